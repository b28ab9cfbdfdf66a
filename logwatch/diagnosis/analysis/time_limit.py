"""How far a run comes before its time limit."""

import math

import numpy as np

from logwatch.diagnosis.analysis.course import pace
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

MOST_GAPS = 4096
"""Newest gaps that tell what is usual."""

RATE_BLOCKS = 10
"""Blocks of newest rates whose fastest and slowest bound the end."""


def last_step_in_time(run: RunView, view: SeriesView, limit: float) -> float:
    """The step that training comes to in `limit` seconds from its start; NaN where unknown."""
    rates = find_rates(run, view)
    passed = time_passed(view, rates)
    if not limit > 0 or view.axis != "step" or not rates or not passed >= 0:
        return math.nan
    return float(view.step[-1]) + max(limit - passed, 0.0) * rates[1]


def find_rates(run: RunView, view: SeriesView) -> tuple[float, float, float] | tuple[()]:
    """Slowest, usual and fastest rate of late, pauses included where times are logged."""
    times = view.time[-MOST_GAPS:]
    blocks = np.array_split(np.arange(len(times)), RATE_BLOCKS)
    if np.isfinite(times).all() and len(times) >= 2 * RATE_BLOCKS:
        steps = view.step[-MOST_GAPS:]
        spans = [(np.ptp(steps[b]), np.ptp(times[b])) for b in blocks]
        found = [float(step / second) for step, second in spans if second > 0 and step > 0]
        whole = float(np.ptp(steps)) / float(np.ptp(times)) if np.ptp(times) > 0 else math.nan
        if found and whole > 0:
            return min(found), whole, max(found)
    rate = pace(run, view)
    return (rate, rate, rate) if rate > 0 else ()


def time_passed(view: SeriesView, rates: tuple[float, ...]) -> float:
    """Seconds since the run began, by the log's clock or by its rate."""
    known = view.time[np.isfinite(view.time)]
    if len(known) > 1:
        return float(known[-1] - known[0])
    return float(np.ptp(view.step)) / rates[1] if rates else math.nan
