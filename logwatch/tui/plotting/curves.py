"""From the series of runs to the curves of a chart: which x, smoothed how, which part. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Floats, Ints
from logwatch.tui.live.thinning import BLOCK, Thin
from logwatch.tui.plotting.axis import Axis, span_axis
from logwatch.tui.plotting.plot import FAINT
from logwatch.tui.plotting.raster import MAX_PIECES, Curve
from logwatch.tui.plotting.smoothing import average, smooth

AXES = ("step", "epoch", "time")
"""What x can be; `time` is since the run's first sample, in seconds."""

AUTO = -1.0
"""No moving average, but a line of means where the samples are crowded: it lags nowhere."""
WEIGHTS = (AUTO, 0.0, 0.6, 0.9, 0.99)
"""Smoothings to go through; the weights are those that TensorBoard users know.
Source: https://github.com/tensorflow/tensorboard (scalars dashboard, smoothing slider)."""

CROWDED = 6.0
"""Samples per dot column from which a noisy curve is a solid band that hides its trend."""

CELLS_PER_MEAN = 4
"""Dot columns that one mean of the trend line stands for: two cells."""

NEIGHBOURS = 256
"""Samples around a place that are looked at for two that are numbers."""

DETAIL = 100_000
"""Visible samples up to which all are drawn; of more, those that a chart needs (see `thinning`)."""


@dataclass(frozen=True, slots=True)
class View:
    """How the user looks at the charts.

    `log` is whether y is logarithmic, None to let the values decide. `zoom` is a range of x, None
    for all of it.
    """

    axis: str = "step"
    log: bool | None = None
    weight: float = AUTO
    zoom: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One series in a chart: `label` stands at its end, `name` in the title.

    `thin` is what to draw of a long one, None for all. `is_sampled`: most of it was not read, so it
    is drawn faintly as it is.
    """

    series: SeriesView
    label: str
    owner: int = 0
    thin: Thin | None = None
    name: str = ""
    is_sampled: bool = False


def has_axis(series: SeriesView, axis: str) -> bool:
    """Whether the samples can be placed along this x."""
    if axis == "step":
        return True
    values = series.epoch if axis == "epoch" else series.time
    return bool(len(values)) and bool(np.isfinite(values[[0, -1]]).any())


def place_x(series: SeriesView, axis: str, part: Ints | slice = np.s_[:]) -> Floats:
    """x of the samples (or of a part of them), (n,); NaN where the log does not say."""
    if axis == "epoch":
        return series.epoch[part] if series.axis != "epoch" else series.step[part]
    if axis == "time":
        known = series.time[np.isfinite(series.time[:1000])][:1] if len(series) else series.time
        start = float(known[0]) if len(known) else math.nan
        return series.time[part] - start
    return series.step[part]


def name_axis(traces: Sequence[Trace], axis: str) -> str:
    """What x is called: `epoch` or `sample` where the log counts no steps."""
    if axis != "step":
        return axis
    kinds = [trace.series.axis for trace in traces if len(trace.series)]
    return kinds[0] if kinds else "step"


def build_curves(traces: Sequence[Trace], view: View, columns: int) -> tuple[list[Curve], Axis]:
    """The curves to draw, raw ones before smoothed ones, and the x axis that holds them."""
    raw: list[Curve] = []
    smoothed: list[Curve] = []
    for trace in traces:
        part = _visible(trace, view)
        x, y = place_x(trace.series, view.axis, part), trace.series.value[part]
        line = _smooth_trace(trace, view, part, x, columns)
        anew = _find_restart(x)
        raw.append(Curve(x[:anew], y[:anew], trace.owner + FAINT))
        is_faint = line is not None or trace.is_sampled
        raw.append(Curve(x[anew:], y[anew:], trace.owner + (FAINT if is_faint else 0)))
        if line is not None:
            smoothed.append(line)
    curves = [curve for curve in (*raw, *smoothed) if len(curve.x)]
    if view.zoom is not None:
        return curves, Axis(*view.zoom)
    return curves, span_axis([curve.x for curve in raw])


def _find_restart(x: Floats) -> int:
    """Where the last attempt of a run begins; what came before it is drawn faintly. 0 without."""
    back = np.flatnonzero(x[1:] < x[:-1])
    return int(back[-1]) + 1 if 0 < len(back) <= MAX_PIECES else 0


def _smooth_trace(
    trace: Trace, view: View, part: Ints | slice, x: Floats, columns: int
) -> Curve | None:
    """The smoothed curve over the raw one, None where there is none to draw."""
    series = trace.series
    if trace.is_sampled:
        return None
    if view.weight > 0:
        return Curve(x, smooth(series.value, view.weight)[part], trace.owner)
    if view.weight != AUTO or not is_crowded(trace, view, columns):
        return None
    whole = _range(trace, view)
    blocks = max(columns // CELLS_PER_MEAN, 2)
    if trace.thin is not None and whole.stop is None:
        centres = np.arange(len(trace.thin.mean)) * BLOCK + BLOCK // 2
        place, mean = place_x(series, view.axis, centres), trace.thin.mean
    else:
        place, mean = place_x(series, view.axis, whole), series.value[whole]
    anew = _find_restart(place)
    return Curve(*average(place[anew:], mean[anew:], blocks), trace.owner)


def is_crowded(trace: Trace, view: View, columns: int) -> bool:
    """Whether there are so many samples in view that they hide their trend."""
    start, stop, _ = _range(trace, view).indices(len(trace.series))
    return stop - start > CROWDED * columns


def tell_smoothing(traces: Sequence[Trace], view: View, columns: int) -> str:
    """How the curves are smoothed, in a word or two; nothing where they are not."""
    if view.weight > 0:
        return f"EMA {view.weight:g}"
    crowded = [trace for trace in traces if is_crowded(trace, view, columns)]
    return "line is the mean" if view.weight == AUTO and crowded else ""


def _visible(trace: Trace, view: View) -> Ints | slice:
    """Which samples to draw: all that are in view, or those that the chart needs of them."""
    whole = _range(trace, view)
    low, high, _ = whole.indices(len(trace.series))
    if trace.thin is None or high - low <= DETAIL:
        return whole
    index = trace.thin.index
    return index[(index >= low) & (index < high)]


def _range(trace: Trace, view: View) -> slice:
    """The samples that are in view, and a neighbour at each side; all where x goes back."""
    steps, thin = trace.series.step, trace.thin
    if (
        view.zoom is None
        or view.axis != "step"
        or not _rises(steps if thin is None else steps[thin.index])
    ):
        return slice(None)
    low, high = np.searchsorted(steps, view.zoom, side="left")
    return slice(max(int(low) - 1, 0), min(int(high) + 1, len(steps)))


def _rises(x: Floats) -> bool:
    return bool((x[1:] >= x[:-1]).all())


def zoom_by(view: View, full: Axis, factor: float, centre: float | None) -> View:
    """The view with `factor` times as much of x, around `centre` or at the newest end."""
    low, high = view.zoom or (full.low, full.high)
    span = (high - low) * factor
    if span >= full.high - full.low:
        return replace(view, zoom=None)
    if centre is None:
        return replace(view, zoom=(high - span, high))
    start = min(max(centre - span / 2, full.low), full.high - span)
    return replace(view, zoom=(start, start + span))


def value_at(series: SeriesView, axis: str, x: float) -> float:
    """The value of a series at x, between samples by a straight line; NaN outside of it.

    Of a series that went back (a restart) its last piece counts.
    """
    places = place_x(series, axis)
    back = np.flatnonzero(places[1:] < places[:-1])
    start = int(back[-1]) + 1 if len(back) else 0
    at = start + int(np.searchsorted(places[start:], x))
    near = np.s_[max(at - NEIGHBOURS, start) : at + NEIGHBOURS]
    known = np.isfinite(places[near]) & np.isfinite(series.value[near])
    place, value = places[near][known], series.value[near][known]
    if not len(place) or not place[0] <= x <= place[-1]:
        return math.nan
    return float(np.interp(x, place, value))
