"""Whether a level has changed: windows as long as the noise asks for, a test on ranks and one on levels.

All figures are those of (n,) points in the order of the log, in log units where all are positive:
a loss that doubles has risen as much at 4 as at 0.004, and its noise is as large a part of it.
"""

import math
from dataclasses import dataclass

import numpy as np

from logwatch.metrics.statistics import MEDIAN_ERROR, NORMAL_MAD, mad, noise
from logwatch.parsing.record import Floats

LEVEL_ERRORS, RANK_ERRORS = 4.5, 2.7
"""A level has changed when its gap is so many standard errors, and when ranks agree.

Both count autocorrelation, and both hold at once: levels find a change soon, ranks do not believe a
few outliers. Over fifty looks at a run and a dozen widths at each."""

FEWEST = 12
"""Points of which three are a level and nine tell the noise."""

NARROWEST, WIDEST_PART, GROWTH = 3, 4, 1.4
"""Newest points that are a level: at least, at most this part of all, and from one width to the
next."""

REFERENCE, LEAST_REFERENCE = 2, 24
"""Times as many points are the level before, and at least so many."""

HALF_NOISE = 0.5
"""A change of less than half the scatter of one point is too small for an alarm, however sure."""

WINDOWS, NARROWEST_MEMORY, WIDEST_MEMORY = 8, 6, 24
"""Points of a window about whose line the scatter is measured; differences miss slow wandering."""

MOST_MEMORY = 0.95
"""Correlation of neighbours that is believed at most: windows of 24 cannot tell more."""

FEWEST_BLOCKS = 8
"""Blocks whose medians tell how much a level scatters."""

STRIDES = 8
"""Places of a reference window per its width that are looked at."""


def in_log_units(values: Floats) -> tuple[Floats, bool]:
    """(n,) logarithms and True where all values are positive, else the values and False."""
    if len(values) and float(values.min()) > 0:
        return np.log(values), True
    return values, False


@dataclass(frozen=True, slots=True)
class Scatter:
    """How much points lie about their level: `single` of one, `memory` of neighbours (0 to 1).

    `blocks` are pairs of a width and the standard error of a median that such blocks showed.
    """

    single: float
    memory: float
    blocks: tuple[tuple[int, float], ...] = ()

    def inflation(self, width: int) -> float:
        """How many times the variance of a level is that of independent points.

        Source: Bayley & Hammersley 1946, https://doi.org/10.2307/2983560 (first-order memory).
        """
        r, n = self.memory, width
        return 1.0 + 2 * r / (1 - r) * (1 - (1 - r**n) / (n * (1 - r))) if r else 1.0

    def error(self, width: int) -> float:
        """The standard error of a median of `width` neighbours."""
        own = MEDIAN_ERROR * self.single * math.sqrt(self.inflation(width) / width)
        shown = (error * math.sqrt(min(1.0, block / width)) for block, error in self.blocks
                 if block <= width)  # fmt: skip
        return max(own, *shown, 0.0)


def measure_scatter(points: Floats) -> Scatter:
    """Measure the scatter of (n,) finite points about their level, in windows of their own lines."""
    quick = noise(points)
    if not quick > 0:
        return Scatter(0.0, 0.0)
    width = int(np.clip(len(points) // WINDOWS, NARROWEST_MEMORY, WIDEST_MEMORY))
    count = len(points) // width
    table = points[len(points) - count * width :].reshape(count, width)
    pairs = np.array([(noise(row), NORMAL_MAD * mad(_rest(row))) for row in table])
    late = pairs[count // 2 :]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = 1 - (late[:, 0] / late[:, 1]) ** 2
    memory = float(np.clip(np.nanmedian(shares), 0.0, MOST_MEMORY))
    single = max(quick, *np.median(late, axis=0))
    return Scatter(single, memory, tuple(_blocks(points)))


def _rest(row: Floats) -> Floats:
    """What is left of a window without the line through the medians of its outer thirds."""
    third = max(len(row) // 3, 1)
    first, last = float(np.median(row[:third])), float(np.median(row[-third:]))
    slope = (last - first) / max(len(row) - third, 1)
    return row - slope * np.arange(len(row))


def _blocks(points: Floats):
    width = 4
    while len(points) // width >= FEWEST_BLOCKS:
        count = len(points) // width
        medians = np.median(points[len(points) - count * width :].reshape(count, width), axis=1)
        yield width, NORMAL_MAD * mad(np.diff(medians, n=2)) / math.sqrt(6)
        width *= 2


@dataclass(frozen=True, slots=True)
class Shift:
    """A level now beside the best one before: where that lies, both levels, how sure (from 1 on)."""

    start: int
    end: int
    width: int
    before: float
    now: float
    least: float
    score: float

    @property
    def is_sure(self) -> bool:
        """Whether noise does not explain it."""
        return self.score >= 1


def find_rise(points: Floats, least: float, errors: float = LEVEL_ERRORS, ranks: float = RANK_ERRORS) -> Shift | None:
    """The surest rise of the newest of (n,) points over the lowest level before, None without any."""
    best = None
    if len(points) < FEWEST:
        return None
    scatter = measure_scatter(points)
    least = max(least, HALF_NOISE * scatter.single)
    for now, before in _widths(len(points)):
        found = _compare(points, now, before, scatter, (least, errors, ranks))
        if found is not None and (best is None or found.score > best.score):
            best = found
    return best


def _widths(count: int):
    width = NARROWEST
    while width <= max(NARROWEST, count // WIDEST_PART):
        before = min(max(REFERENCE * width, LEAST_REFERENCE), count - width)
        if before < max(width, 2 * NARROWEST):
            break
        yield width, before
        width = max(width + 1, int(width * GROWTH))


def _compare(points, now, before, scatter, limits):
    least, errors, ranks = limits
    past, newest = points[: len(points) - now], points[len(points) - now :]
    start, low = lowest(past, before)
    level = float(np.median(newest))
    if level - low < least:
        return None
    error = math.hypot(scatter.error(now), scatter.error(before))
    reference = past[start : start + before]
    gap = (level - low) / max(error, 1e-300)
    order = separation(newest, reference) / math.sqrt(scatter.inflation(now))
    return Shift(start, start + before, now, low, level, least, min(gap / errors, order / ranks))


def lowest(points: Floats, width: int) -> tuple[int, float]:
    """Where the window of `width` neighbours with the lowest median begins, and that median."""
    stride = max(1, width // STRIDES)
    windows = np.lib.stride_tricks.sliding_window_view(points, width)[::-1][::stride]
    medians = np.median(windows, axis=1)
    place = int(np.argmin(medians))
    return len(points) - width - place * stride, float(medians[place])


def separation(newer: Floats, older: Floats) -> float:
    """How surely newer points lie above older ones, in standard errors, by their ranks alone.

    Where all do, the chance of that order tells it.
    Source: Mann & Whitney 1947, https://doi.org/10.1214/aoms/1177730491.
    """
    a, b, sorted_ = len(newer), len(older), np.sort(older)
    places = sorted_.searchsorted(newer, "left") + sorted_.searchsorted(newer, "right")
    share = float(places.sum()) / (2 * a * b)
    errors = (share - 0.5) / math.sqrt((a + b + 1) / (12 * a * b))
    if newer.min() > sorted_[-1]:
        log_chance = math.lgamma(a + 1) + math.lgamma(b + 1) - math.lgamma(a + b + 1)
        errors = max(errors, math.sqrt(max(0.0, -2 * log_chance - math.log(-4 * math.pi * log_chance))))
    return errors
