"""What the course of another run says of this one: when did that one come from here to there?

The time that the baseline took from this run's present level to the target, as a ratio, is the
best forecast there is where the two fall alike, and misleads where they do not. How alike they are
is told by the past: the same question asked of levels that this run has left behind.
"""

import math
from dataclasses import dataclass

import numpy as np

from logwatch.metrics.statistics import rolling_median
from logwatch.metrics.statistics import thin as join
from logwatch.parsing.record import Floats

POINTS = 1024
"""Medians that a baseline is joined to: a thousandth of its length is finer than any forecast."""

SMOOTHED = 0.02
"""Part of a baseline on each side whose median is its level.
Source: `SMOOTHED` of diagnosis/analysis/course.py, what a level being reached means."""

ASKED = (0.5, 0.65, 0.8)
"""Fractions of the time so far from which the baseline is asked for the present level."""

BEFORE, AFTER = 0.08, 0.02
"""A level at such a fraction is the median of the bins so far before and after it."""

WORST = 1.5
"""Error, as a log, that a baseline which cannot answer counts as: it tells nothing."""

TRUSTED = 0.2
"""Error of the past, as a log, at which the baseline counts half. On curves of other collections
baselines that erred by less than 0.1 forecast to 3 %, over 0.7 to 30 % and more, where the run's
own past gives 8 %. Source: benchmarks/time_to_target.py, `With a baseline`."""

NARROWED = 0.3
"""Part of the interval that a wholly trusted baseline takes away. With none taken away 85 % of the
intervals held, with a half 72 %. Source: the same."""

NEAREST, FARTHEST = 0.01, math.log(30.0)
"""Least and greatest log ratio that is told."""


@dataclass(frozen=True, slots=True)
class Precedent:
    """The log of the log ratio of the target's time to now, as the baseline says; its weight."""

    log: float
    weight: float

    def lead(self, logs: Floats) -> Floats:
        """(3,) ends of an interval around its median, moved towards the baseline and narrowed."""
        middle = self.weight * self.log + (1 - self.weight) * float(logs[1])
        return np.asarray(middle + (logs - logs[1]) * (1 - NARROWED * self.weight))


def precede(
    bins: tuple[Floats, Floats],
    level: float,
    target: float,
    baseline: tuple[Floats, Floats],
) -> Precedent | None:
    """Ask the baseline, (m,) times from its start and values, how long it took to the target.

    `bins` are (n,) times as fractions of now and values of the run; `level` is its value now,
    from which the baseline is asked. None where it never came to the target, or began below the
    level.
    """
    time, best = _course(*baseline)
    if len(time) < 2 or best[-1] > target or not best[0] > level > target:
        return None
    here = _when(time, best, level)
    ratio = _log_ratio(_when(time, best, target), here)
    errors = [_error(bins, (time, best), here, share, level) for share in ASKED]
    error = float(np.median(errors))
    return Precedent(math.log(ratio), 1 / (1 + (error / TRUSTED) ** 2))


def _course(time: Floats, value: Floats) -> tuple[Floats, Floats]:
    """(k,) times and the lowest levels reached until then."""
    time, value = join(time, POINTS), join(value, POINTS)
    half = int(SMOOTHED * len(value))
    smooth = rolling_median(value, 2 * half + 1)
    return time[half : half + len(smooth)], np.minimum.accumulate(smooth)


def _when(time: Floats, best: Floats, level: float) -> float:
    """The time at which a falling course comes to a level that lies within it."""
    at = int(np.argmax(best <= level))
    if at == 0:
        return float(time[0])
    above, below = float(best[at - 1]), float(best[at])
    return float(time[at - 1] + (time[at] - time[at - 1]) * (above - level) / (above - below))


def _error(
    bins: tuple[Floats, Floats],
    course: tuple[Floats, Floats],
    here: float,
    share: float,
    level: float,
) -> float:
    """By how much the baseline errs in the time from a past level to the present one, as a log."""
    time, value = bins
    near = (time >= share - BEFORE) & (time <= share + AFTER)
    if not near.any():
        return WORST
    past, passed = float(np.median(value[near])), -math.log(float(np.median(time[near])))
    if past <= level or past >= course[1][0]:
        return WORST
    return min(abs(math.log(_log_ratio(here, _when(*course, past)) / passed)), WORST)


def _log_ratio(later: float, sooner: float) -> float:
    return min(max(math.log(max(later, sooner) / sooner), NEAREST), FARTHEST)
