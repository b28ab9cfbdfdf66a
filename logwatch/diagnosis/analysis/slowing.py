"""Where a run became slower for good: one change of level, held against the run's own variation."""

import math
from dataclasses import dataclass

import numpy as np

from logwatch.metrics.statistics import Curve, rolling_median
from logwatch.parsing.record import Floats

LEAST = 0.15
"""A step that takes so much longer, as a part of what it took. In 26 of 30 real logs that print a
rate the levels of a run stay within 8 % of the fastest; two of nanoGPT came to take 15 to 18 %
longer as their board grew warm."""

SETTLED = 0.1
"""The first tenth does not count: a compiler and cold caches slow it, a cold board is fast."""

SIDE, SIDE_PART = 8, 0.05
"""Levels on each side of the change at least, and part of the run. With six a bar that is redrawn
ten times a second told a slowdown where only its own average moved."""

USUAL, LATER = 0.95, 0.25
"""Quantiles: three quarters of the levels after the change must be slower than nineteen in twenty
of those before it. So a run that varies by itself must slow by more."""

MOST = math.log(1.5)
"""How far a level may be from the middle one, in logarithms, to count in full: a pause of an hour
must not place the change."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A change for good: the first level after it, and the middle level before and after."""

    start: int
    before: float
    after: float


def find_shift(time: Floats, least: float = LEAST) -> Shift | None:
    """The change of (n,) levels of seconds a step to slower ones, None where there is none.

    Placed by the largest cumulative sum of what lies above the mean (Page 1954,
    https://doi.org/10.1093/biomet/41.1-2.100), scaled as that of noise would be at each place.
    """
    settled = int(SETTLED * len(time))
    log = np.log(time[settled:])
    side = max(SIDE, math.ceil(SIDE_PART * len(time)))
    if len(log) < 2 * side:
        return None
    near = np.clip(log - np.median(log), -MOST, MOST)
    count = np.arange(side, len(log) - side + 1)
    sums = np.cumsum(near - near.mean())[count - 1]
    at = int(count[np.argmax(-sums / np.sqrt(count * (len(log) - count)))])
    before, after = log[:at], log[at:]
    middle = float(np.median(before)), float(np.median(after))
    if middle[1] - middle[0] < math.log1p(least):
        return None
    if np.quantile(after, LATER) <= np.quantile(before, USUAL):
        return None
    return Shift(settled + at, math.exp(middle[0]), math.exp(middle[1]))


def first_sample(curve: Curve, shift: Shift, width: int) -> int:
    """The sample at which the slower steps begin; a level stands for `width` points."""
    return int(curve.index[min(shift.start + width // 2, len(curve) - 1)])


def levels(curve: Curve, width: int, is_time: bool) -> Floats:
    """(n,) seconds a step, medians of `width` points; from rates unless `is_time`."""
    level = rolling_median(curve.value, width)
    return level if is_time else 1 / level
