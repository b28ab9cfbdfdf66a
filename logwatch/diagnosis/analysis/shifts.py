"""Whether a level has risen: windows as long as the noise asks for, judged by level and by rank.

Points are (n,) finite values in the order of the log, best in log units (`in_log_units`): a loss
that doubles has then risen as much at 4 as at 0.004, and its noise is as large a part of it.

A rise is sure when its gap is `LEVEL_ERRORS` standard errors of both levels and the ranks of the
points agree by `RANK_ERRORS`. Both count the memory of neighbouring points. The first finds a rise
early, the second does not believe a few outliers. Of series of 40, 100 and
300 points that stay level, with a scatter of 30 %, looked at 25 times each, 0 of 180 are called
rising with normal noise, 2 with Student's (3 degrees), and 1 with a memory of 0.5.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logwatch.metrics.statistics import MEDIAN_ERROR, NORMAL_MAD, mad, noise
from logwatch.parsing.record import Floats

LEVEL_ERRORS, RANK_ERRORS = 4.5, 2.7

FEWEST = 12
"""Points of which three are a level and nine tell the noise."""

NARROWEST, WIDEST_PART, GROWTH = 3, 4, 1.4
"""Newest points that are a level: at least, at most this part of all, and from one width to the
next."""

REFERENCE, LEAST_REFERENCE = 2, 24
"""Times as many points are the level before, and at least so many."""

HALF_NOISE = 0.5
"""A change of less than half the scatter of one point is too small for an alarm, however sure."""

WINDOWS, NARROWEST_MEMORY, WIDEST_MEMORY = 8, 12, 24
"""Windows about whose line the scatter is measured, and their least and largest width:
differences alone miss a level that wanders slowly."""

CLIP = 4.5
"""Median distances from the line, three deviations of normal noise, beyond which one point does not
count for more."""

BIAS = (3.6, 2.4)
"""Points by whose share of a window the line of each window lowers the memory that is measured."""

MOST_MEMORY = 0.95
"""Correlation of neighbours that is believed at most: windows of 24 cannot tell more."""

FEWEST_BLOCKS = 8
"""Blocks whose medians tell how much a level scatters."""

STRIDES = 8
"""Places per its width at which a window is tried."""

TINY = 1e-300
"""Where nothing scatters, any gap is sure."""


def in_log_units(values: Floats) -> tuple[Floats, bool]:
    """(n,) logarithms and True where all values are positive, else the values and False."""
    if len(values) and float(values.min()) > 0:
        return np.log(values), True
    return values, False


@dataclass(frozen=True, slots=True)
class Scatter:
    """How far points lie from their level: `single` of one, `memory` of neighbours (0 to 1).

    `blocks` are pairs of a width and the standard error of a median that such blocks showed.
    """

    single: float
    memory: float
    blocks: tuple[tuple[int, float], ...] = ()

    def inflation(self, width: int) -> float:
        """The variance of a level over that of independent points.

        Source: Bayley & Hammersley 1946, https://doi.org/10.2307/2983560 (first-order memory).
        """
        part = self.memory
        if not part:
            return 1.0
        return 1 + 2 * part / (1 - part) * (1 - (1 - part**width) / (width * (1 - part)))

    def error(self, width: int) -> float:
        """The standard error of a median of `width` neighbours."""
        own = MEDIAN_ERROR * self.single * math.sqrt(self.inflation(width) / width)
        shown = [error * math.sqrt(size / width) for size, error in self.blocks if size <= width]
        return max(own, *shown) if shown else own


def measure_scatter(points: Floats) -> Scatter:
    """Measure the scatter of (n,) points in windows about their own lines; 0 of a constant."""
    quick = noise(points)
    if not quick > 0:
        return Scatter(0.0, 0.0)
    if len(points) < FEWEST:
        return Scatter(quick, 0.0)
    width = int(np.clip(len(points) // WINDOWS, NARROWEST_MEMORY, WIDEST_MEMORY))
    count = len(points) // width
    table = points[len(points) - count * width :].reshape(count, width)
    rest = np.array([_off_line(row) for row in table])
    slow = NORMAL_MAD * float(np.median([mad(row) for row in rest[count // 2 :]]))
    return Scatter(max(quick, slow), _memory(rest), tuple(_block_errors(points)))


def _memory(rest: Floats) -> float:
    """The correlation of neighbours in (windows, width) points about their lines.

    By von Neumann's ratio, corrected for the line of each window as simulated memories of 0 to 0.9
    ask for.
    Source: von Neumann 1941, https://doi.org/10.1214/aoms/1177731677.
    """
    width = rest.shape[1]
    spread = np.median(np.abs(rest), axis=1, keepdims=True) * CLIP
    clipped = np.clip(rest, -spread, spread)
    clipped = clipped - clipped.mean(axis=1, keepdims=True)
    squares = (clipped**2).mean(axis=1)
    known = squares > 0
    if 2 * np.count_nonzero(known) <= len(known):
        return 0.0
    ratios = (np.diff(clipped, axis=1) ** 2).mean(axis=1)[known] / squares[known]
    found = 1 - float(np.median(ratios)) / 2
    return float(np.clip((1 + BIAS[0] / width) * (found + BIAS[1] / width), 0.0, MOST_MEMORY))


def _off_line(row: Floats) -> Floats:
    """A window without the line through the medians of its outer thirds, about its median."""
    third = len(row) // 3
    first, last = float(np.median(row[:third])), float(np.median(row[-third:]))
    rest = row - (last - first) / (len(row) - third) * np.arange(len(row))
    return np.asarray(rest - np.median(rest), dtype=np.float64)


def _block_errors(points: Floats) -> Iterator[tuple[int, float]]:
    """Widths, and the standard errors of medians that second differences of blocks show."""
    width = 4
    while len(points) // width >= FEWEST_BLOCKS:
        count = len(points) // width
        medians = np.median(points[len(points) - count * width :].reshape(count, width), axis=1)
        yield width, NORMAL_MAD * mad(np.diff(medians, n=2)) / math.sqrt(6)
        width *= 2


@dataclass(frozen=True, slots=True)
class Rise:
    """The newest level over the lowest one before.

    `start` and `end` are the lowest window, `width` the newest points that are the level now,
    `least` the rise that would matter; `score` is 1 where noise ceases to explain the rise.
    """

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


@dataclass(frozen=True, slots=True)
class Needs:
    """What a rise needs: its size, and standard errors by level and by rank."""

    least: float
    errors: float = LEVEL_ERRORS
    ranks: float = RANK_ERRORS


def find_rise(points: Floats, needs: Needs) -> Rise | None:
    """The surest rise of the newest of (n,) points, None where no level is `least` higher."""
    if len(points) < FEWEST:
        return None
    scatter = measure_scatter(points)
    least = max(needs.least, HALF_NOISE * scatter.single)
    asked = Needs(least, needs.errors, needs.ranks)
    rises = (_compare(points, *pair, scatter, asked) for pair in _widths(len(points)))
    return max((rise for rise in rises if rise), key=lambda rise: rise.score, default=None)


def _widths(count: int) -> Iterator[tuple[int, int]]:
    """Points of the level now, and of the level before."""
    width = NARROWEST
    while width <= max(NARROWEST, count // WIDEST_PART):
        before = min(max(REFERENCE * width, LEAST_REFERENCE), count - width)
        if before >= max(width, 2 * NARROWEST):
            yield width, before
        width = max(width + 1, int(width * GROWTH))


def _compare(
    points: Floats, width: int, before: int, scatter: Scatter, asked: Needs
) -> Rise | None:
    past, newest = points[:-width], points[-width:]
    start, low = find_lowest(past, before)
    level = float(np.median(newest))
    if level - low < asked.least:
        return None
    gap = (level - low) / max(math.hypot(scatter.error(width), scatter.error(before)), TINY)
    order = separate(newest, past[start : start + before]) / math.sqrt(scatter.inflation(width))
    score = min(gap / asked.errors, order / asked.ranks)
    return Rise(start, start + before, width, low, level, asked.least, score)


def find_lowest(points: Floats, width: int) -> tuple[int, float]:
    """Where the window of `width` points with the lowest median begins, and that median."""
    stride = max(1, width // STRIDES)
    windows = np.lib.stride_tricks.sliding_window_view(points, width)[::-1][::stride]
    medians = np.median(windows, axis=1)
    place = int(np.argmin(medians))
    return len(points) - width - place * stride, float(medians[place])


def separate(newer: Floats, older: Floats) -> float:
    """Standard errors by which newer points lie above older ones, by their ranks alone.

    Where all do, the chance of that order counts, which the errors of few points understate.
    Source: Mann & Whitney 1947, https://doi.org/10.1214/aoms/1177730491.
    """
    few, many, order = len(newer), len(older), np.sort(older)
    places = order.searchsorted(newer, "left") + order.searchsorted(newer, "right")
    share = float(places.sum()) / (2 * few * many)
    errors = (share - 0.5) / math.sqrt((few + many + 1) / (12 * few * many))
    if newer.min() <= order[-1]:
        return errors
    chance = math.lgamma(few + 1) + math.lgamma(many + 1) - math.lgamma(few + many + 1)
    return max(errors, math.sqrt(max(0.0, -2 * chance - math.log(-4 * math.pi * chance))))
