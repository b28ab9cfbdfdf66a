"""From the series of runs to the curves of a chart: which x, smoothed how, which part. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Floats, Ints
from logwatch.tui.axis import Axis, span_axis
from logwatch.tui.plot import FAINT
from logwatch.tui.raster import Curve
from logwatch.tui.smoothing import smooth

AXES = ("step", "epoch", "time")
"""What x can be; `time` is since the run's first sample, in seconds."""

AUTO = -1.0
WEIGHTS = (AUTO, 0.0, 0.6, 0.9, 0.99)
"""Smoothings to go through; the fixed ones are those that TensorBoard users know.
Source: https://github.com/tensorflow/tensorboard (scalars dashboard, smoothing slider)."""

CROWDED = 6.0
"""Samples per dot column from which a noisy curve is a solid band that hides its trend."""

AUTO_SHARE = 0.02
"""A trend line averages about this share of all samples: it follows what the eye could follow."""

MIN_SPAN = 0.01
"""A y axis spans at least this part of its values: what moves by less looks flat, as it is."""

MIN_SHARE = 0.2
"""A curve that another one would press into less of the height than this is shown without it."""

DETAIL = 100_000
"""Visible samples up to which all are drawn; of more, those that a chart needs (see `thinning`)."""


@dataclass(frozen=True, slots=True)
class View:
    """How the user looks at the charts. `zoom` is a range of x, None for all of it."""

    axis: str = "step"
    log: bool = False
    weight: float = AUTO
    zoom: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One series in a chart: `label` stands at its end, `name` in the title.

    `thin` are the indices to draw of a long one, None for all.
    """

    series: SeriesView
    label: str
    owner: int = 0
    thin: Ints | None = None
    name: str = ""


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


def pick_weight(traces: Sequence[Trace], view: View, columns: int) -> float:
    """The weight of the moving average, 0 for none; chosen by the crowd of samples if AUTO."""
    if view.weight != AUTO:
        return view.weight
    most = max((len(trace.series) for trace in traces), default=0)
    if most < CROWDED * columns:
        return 0.0
    return 1 - 1 / (AUTO_SHARE * most)


def build_curves(traces: Sequence[Trace], view: View, columns: int) -> tuple[list[Curve], Axis]:
    """The curves to draw, raw ones before smoothed ones, and the x axis that holds them."""
    weight = pick_weight(traces, view, columns)
    raw: list[Curve] = []
    smoothed: list[Curve] = []
    for trace in traces:
        part = _visible(trace, view)
        x = place_x(trace.series, view.axis, part)
        is_crowded = weight > 0 and len(trace.series) > 2
        owner = trace.owner + FAINT if is_crowded else trace.owner
        raw.append(Curve(x, trace.series.value[part], owner))
        if is_crowded:
            smoothed.append(Curve(x, smooth(trace.series.value, weight)[part], trace.owner))
    curves = [*raw, *smoothed]
    if view.zoom is not None:
        return curves, Axis(*view.zoom)
    return curves, span_axis([curve.x for curve in raw])


def _visible(trace: Trace, view: View) -> Ints | slice:
    """Which samples to draw: all that are in view, or those that the chart needs of them."""
    series, thin = trace.series, trace.thin
    if thin is not None:
        thin = thin[thin < len(series)]
    if view.zoom is None or view.axis != "step" or not _is_sorted(series, thin):
        return thin if thin is not None else np.s_[:]
    low, high = np.searchsorted(series.step, view.zoom, side="left")
    low, high = max(int(low) - 1, 0), min(int(high) + 1, len(series))
    if thin is None or high - low <= DETAIL:
        return np.s_[low:high]
    return thin[(thin >= low) & (thin < high)]


def _is_sorted(series: SeriesView, thin: Ints | None) -> bool:
    step = series.step if thin is None else series.step[thin]
    return bool((np.diff(step) >= 0).all())


def span_values(curves: Sequence[Curve], x: Axis, log: bool) -> Axis:
    """A y axis for what of the curves is in view, raw samples included: nothing is cut off."""
    visible = [curve.y[(curve.x >= x.low) & (curve.x <= x.high)] for curve in curves]
    axis = span_axis(visible, log, margin=0.02)
    least = MIN_SPAN * max(abs(axis.low), abs(axis.high))
    if log or axis.high - axis.low >= least:
        return axis
    middle = axis.low / 2 + axis.high / 2
    return Axis(middle - least / 2, middle + least / 2)


def widen_to(axis: Axis, values: Sequence[float]) -> Axis:
    """The axis with those values on it that leave the curves room to be read."""
    for value in values:
        wider = span_axis([np.array([axis.low, axis.high, value])], axis.log)
        ends = wider.place(np.array([axis.low, axis.high]))
        if ends[1] - ends[0] >= MIN_SHARE:
            axis = wider
    return axis


def share_scale(main: SeriesView, other: SeriesView) -> bool:
    """Whether both can be read on one axis: the main curve keeps enough of its height."""
    own, both = main.value[np.isfinite(main.value)], other.value[np.isfinite(other.value)]
    if not len(own) or not len(both):
        return True
    low, high = float(own.min()), float(own.max())
    span = max(high - low, MIN_SPAN * max(abs(low), abs(high)))
    return span >= MIN_SHARE * (max(high, float(both.max())) - min(low, float(both.min())))


def has_positive(traces: Sequence[Trace]) -> bool:
    """Whether a log axis can hold any of it."""
    return any(bool((trace.series.value > 0).any()) for trace in traces)


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
    """The value of a series at x, between samples by a straight line; NaN outside of it."""
    finite = series.finite()
    places = place_x(finite, axis)
    known = np.isfinite(places)
    places, values = places[known], finite.value[known]
    if not len(places) or not places[0] <= x <= places[-1]:
        return math.nan
    return float(np.interp(x, places, values))
