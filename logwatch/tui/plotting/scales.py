"""Which y axis lets curves be read: how long, even or logarithmic, and who shares it. Pure."""

from collections.abc import Sequence

import numpy as np

from logwatch.tui.plotting.axis import Axis, span_axis
from logwatch.tui.plotting.curves import Trace
from logwatch.tui.plotting.raster import Curve

SKEWED, FEW = 4.0, 8
"""From so many times its median on, and among so many samples, the largest value would press all
others into the lowest quarter of the chart: a loss that starts at 11 and ends at 2, or diverges."""

MIN_SPAN = 0.01
"""A y axis spans at least this part of its values: what moves by less looks flat, as it is."""

MIN_SHARE, FEWEST = 0.2, 3
"""A curve that another one would press into less of the height than this is shown without it;
fewer samples than this are no curve that could be pressed."""


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


def share_scale(main: Trace, other: Trace) -> bool:
    """Whether both can be read on one axis: the main curve keeps enough of its height."""
    own, others = _bounds(main), _bounds(other)
    if own is None or others is None or len(main.series) < FEWEST:
        return True
    span = max(own[1] - own[0], MIN_SPAN * max(map(abs, own)))
    return span >= MIN_SHARE * (max(own[1], others[1]) - min(own[0], others[0]))


def _bounds(trace: Trace) -> tuple[float, float] | None:
    """The smallest and the largest value that are numbers, None without any."""
    values = trace.series.value if trace.thin is None else trace.series.value[trace.thin.index]
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else None


def has_positive(traces: Sequence[Trace]) -> bool:
    """Whether a log axis can hold any of it."""
    return any(bool((trace.series.value > 0).any()) for trace in traces)


def pick_log(curves: Sequence[Curve], x: Axis, log: bool | None) -> bool:
    """Whether y is logarithmic: as the user says, else where an even one would show one spike."""
    if log is not None:
        return log
    visible = [curve.y[(curve.x >= x.low) & (curve.x <= x.high)] for curve in curves]
    values = np.concatenate([y[np.isfinite(y)] for y in visible]) if visible else np.empty(0)
    if len(values) < FEW or values.min() <= 0:
        return False
    return bool(values.max() > SKEWED * np.median(values))
