"""What a curve's past says of the time at which it comes to a level, as a table's row."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.forecast.boxcox import LOGARITHMIC, Fit, fit_window, weights
from logwatch.parsing.record import Floats

WINDOWS = (0.5, 0.7)
"""Fits see the time from these fractions of now on; the early fall of a loss misleads them."""

LONG_WINDOW = 0.3
"""The bend of a curve shows only over a longer stretch."""

NEAREST = 0.01
"""Least log ratio of the target's time to now: nearer than 1 % is now, as noise goes."""

FARTHEST_SETTLED, FARTHEST_EARLY = 8.0, 30.0
"""A fit that says later than so many times now, or never, is taken to say this: runs end before."""

TURN = -1.0
"""Log of the log ratio 0.37, 1.4 times now: nearer than that, forecasts err otherwise."""

SUREST = 2.0
"""Room before the run's end, as a log of log ratios; with more or less no case could tell more."""

SUREST_FALL = (0.1, 100.0)
"""Standard errors of a fall beyond which it is no surer."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What the tables ask for, and two doubts.

    `row` for the cautious table is one and the log of the log ratio that the fits say; for the
    other one, that log in two parts (below and above -1), the log of what a power law says, and
    the exponent. `falling` is the fall in its standard errors; `far` says that every fit comes to
    the level later than any run lasts, or never. `level` is the curve's value now.
    """

    row: Floats
    falling: float
    far: bool
    level: float

    def bounded_row(self, length: float) -> Floats:
        """(6,) what `BOUNDED` asks for; `length` is the run's over the time so far, above one.

        One, the near part, the exponent, what the fits and the power law say but no later than
        the run's end, and that end.
        """
        end = _log(math.log(length), math.inf)
        _, near, beyond, power, bend = self.row
        mean = near + beyond - TURN
        return np.array([1.0, near, bend, min(mean, end), min(power, end), end])


def count_from_start(step: Floats, fresh: bool = False) -> tuple[Floats, float]:
    """Give (n,) times since training began, all above zero, and the step that is time zero.

    A log that begins late is read as if training had begun one length of the log before it: what
    lies further back no longer bends the curve.
    """
    first, last = float(step[0]), float(step[-1])
    spacing = (last - first) / (len(step) - 1)
    origin = first - spacing if fresh or first <= 0 else max(0.0, 2 * first - last)
    return step - origin, origin


def measure(time: Floats, value: Floats, target: float, early: bool) -> Measures:
    """Measure (n,) bins, time as a fraction of now, for the cautious table or the other."""
    height = (value - target) / (float(np.abs(value - target).max()) or 1.0)
    near, late = (fit_window(time, height, start) for start in WINDOWS)
    farthest = math.log(FARTHEST_EARLY if early else FARTHEST_SETTLED)
    said = (near.log_ratio(), late.log_ratio())
    mean = (_log(said[0], farthest) + _log(said[1], farthest)) / 2
    falling, far = max(near.falling, late.falling), min(said) >= farthest
    level = target + float(late.level @ late.weight) * (float(np.abs(value - target).max()) or 1.0)
    if early:
        return Measures(np.array([1.0, mean]), falling, far, level)
    power = _log(power_law(time, value, target, near), farthest)
    bend = fit_window(time, height, LONG_WINDOW).exponent()
    row = np.array([1.0, min(mean, TURN), max(mean, TURN), power, bend])
    return Measures(row, falling, far, level)


def power_law(time: Floats, value: Floats, target: float, near: Fit) -> float:
    """Log ratio that a line through log values in log time says; Inf: never.

    Values that are not all positive have no logarithm: then the log line of `near` answers.
    """
    time, value = time[near.start :], value[near.start :]
    if value.min() <= 0:
        return float(near.log_ratios()[LOGARITHMIC])
    if target <= 0:
        return math.inf
    x, y, weight = np.log(time), np.log(value) - math.log(target), weights(time)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return math.inf
    middle, height = np.average(x, weights=weight), np.average(y, weights=weight)
    spread = float(weight @ (x - middle) ** 2)
    slope = float(weight @ ((x - middle) * (y - height))) / spread if spread else 0.0
    return float(middle - height / slope) if slope < 0 else math.inf


def reach_row(found: Measures, said: Sequence[float], length: float) -> Floats:
    """(6,) what `REACH` asks for; `said` are the logs of log ratios of fits and power law."""
    end = _log(math.log(length), math.inf)
    room = [min(max(end - log, -SUREST), SUREST) for log in said]
    fall = math.log(min(max(found.falling, SUREST_FALL[0]), SUREST_FALL[1]))
    return np.array([1.0, *room, found.row[4], fall, end])


def _log(ratio: float, farthest: float) -> float:
    return math.log(min(max(ratio, NEAREST), farthest))
