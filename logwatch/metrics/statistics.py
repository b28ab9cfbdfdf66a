"""Robust statistics of noisy curves: what a rule asks before it calls a run ill."""

import math
from dataclasses import dataclass

import numpy as np

from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Floats, Ints

MAX_POINTS = 512
"""Points that a curve is cut down to: twice a wide terminal; their rolling median takes 0.2 ms."""

MAX_PER_BIN = 64
"""Samples that one bin's median looks at, evenly spaced. The error of a median of 64 is 16 % of the
noise, well under what the spread between bins shows; 2 M samples then cost no more than 32 768."""

MAX_SLOPE_POINTS = 64
"""Points that a Theil-Sen slope looks at: 2016 pairs. Binning first also takes most of the
correlation between neighbours away, which Sen's interval knows nothing of."""

NORMAL_MAD = 1.4826
"""A normal distribution's standard deviation over its median absolute deviation.
Source: Rousseeuw & Croux 1993, https://doi.org/10.1080/01621459.1993.10476408"""

MEDIAN_ERROR = 1.2533
"""sqrt(pi / 2): standard error of a median over that of a mean, for normal noise.
Source: Kenney & Keeping, Mathematics of Statistics 1962, part 1, section 14.9."""

MIN_BLOCKS = 6
"""Blocks whose medians show how much a level scatters: four second differences."""

Z95 = 1.96
"""Two-sided 95 % quantile of the normal distribution."""

FEWEST_RANKED = 5
"""Values whose order can be told from chance. Of all orders of five 1.7 % lie over 1.645 errors
off, of seven 4.4 %, of many 5 % (counted); of four none does."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A series cut down to at most `MAX_POINTS` robust points, in the order of the log.

    `value` and `step` are (n,) medians of bins of finite samples; `index` is (n,): the sample of
    the view that each bin starts at. With few samples each bin is one sample.
    """

    value: Floats
    step: Floats
    index: Ints

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, slots=True)
class Trend:
    """A slope per point with its 95 % interval, and the points that it was fitted to."""

    slope: float
    low: float
    high: float
    points: int

    def over_span(self) -> tuple[float, float, float]:
        """Change from the first point to the last: estimate, low, high."""
        span = max(self.points - 1, 0)
        return self.slope * span, self.low * span, self.high * span


def decimate(view: SeriesView, points: int = MAX_POINTS) -> Curve:
    """Cut a series down to at most `points` medians of equal counts, of its finite samples.

    An empty series gives an empty curve. Order is the log's, not the step's: a resumed run goes on.
    """
    keep = np.flatnonzero(np.isfinite(view.value))
    if len(keep) <= points:
        return Curve(view.value[keep], view.step[keep], keep.astype(np.int64))
    picked = keep[_bins(len(keep), points)]
    value = np.median(view.value[picked], axis=1)
    return Curve(value, view.step[picked[:, picked.shape[1] // 2]], picked[:, 0])


def thin(values: Floats, points: int) -> Floats:
    """(n,) values as at most `points` medians of equal counts, in order."""
    if len(values) <= points:
        return values
    return np.asarray(np.median(values[_bins(len(values), points)], axis=1), dtype=np.float64)


def _bins(count: int, points: int) -> Ints:
    """(points, rows) indices of evenly spaced samples, those of one bin in a row."""
    edges = np.linspace(0, count, points + 1).astype(np.int64)
    widths = np.diff(edges)
    rows = min(MAX_PER_BIN, int(widths.min()))
    inside = np.arange(rows) / rows
    return (edges[:-1, None] + inside * widths[:, None]).astype(np.int64)


def mad(values: Floats) -> float:
    """Median absolute deviation from the median, NaN when empty."""
    if not len(values):
        return math.nan
    return float(np.median(np.abs(values - np.median(values))))


def noise(values: Floats) -> float:
    """Standard deviation of one sample about the local level, in the values' unit.

    From the MAD of first differences about their median, so neither a trend nor a few jumps count.
    When over half of the differences are equal (a log of few digits) the mean absolute difference
    stands in. Fewer than three values give NaN. Non-finite values are not expected.
    Source: von Neumann 1941, https://doi.org/10.1214/aoms/1177731677 (differences);
    Rousseeuw & Croux 1993 (MAD).
    """
    if len(values) < 3:
        return math.nan
    differences = np.diff(values)
    spread = NORMAL_MAD * mad(differences)
    if spread == 0:
        spread = float(np.abs(differences).mean()) * math.sqrt(math.pi / 2)
    return spread / math.sqrt(2)


def level_error(values: Floats, width: int) -> float:
    """Standard error of a median of `width` neighbouring values, in the values' unit.

    The larger of the one for independent noise and the one that medians of neighbouring blocks
    show: where noise is correlated only the second tells. It is taken from second differences, so
    a trend does not count. NaN with fewer than three values.
    """
    independent = MEDIAN_ERROR * noise(values) / math.sqrt(width)
    blocks = len(values) // width
    if width < 2 or blocks < MIN_BLOCKS:
        return independent
    medians = np.median(values[len(values) - blocks * width :].reshape(blocks, width), axis=1)
    shown = NORMAL_MAD * mad(np.diff(medians, n=2)) / math.sqrt(6)
    return max(independent, shown)


def rolling_median(values: Floats, width: int) -> Floats:
    """(n - width + 1,) medians of each `width` neighbours; empty when there are fewer values."""
    if len(values) < width:
        return np.empty(0)
    windows = np.lib.stride_tricks.sliding_window_view(values, width)
    return np.asarray(np.median(windows, axis=1), dtype=np.float64)


def theil_sen(values: Floats) -> Trend:
    """Median slope of all pairs of points, with Sen's 95 % interval; evenly spaced points.

    Longer inputs are binned to `MAX_SLOPE_POINTS` first. Fewer than four values give NaN.
    Source: Sen 1968, https://doi.org/10.1080/01621459.1968.10480934 (interval from the variance of
    Kendall's S, n (n - 1) (2 n + 5) / 18).
    """
    points = thin(values, MAX_SLOPE_POINTS)
    count = len(points)
    if count < 4:
        return Trend(math.nan, math.nan, math.nan, count)
    early, late = np.triu_indices(count, 1)
    slopes = np.sort((points[late] - points[early]) / (late - early))
    half = Z95 * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = max(int((len(slopes) - half) / 2), 0)
    high = min(math.ceil((len(slopes) + half) / 2), len(slopes) - 1)
    return Trend(float(np.median(slopes)), float(slopes[low]), float(slopes[high]), count)


def ranks(values: Floats) -> Floats:
    """(n,) ranks from 0; equal values share the mean of theirs. Finite values are expected."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count + 1) / 2)[place], dtype=np.float64)


def likeness(values: Floats) -> float:
    """How much more alike neighbours are than in a random order, in standard errors.

    By the rank version of von Neumann's ratio: near 0 for noise, large for a curve that wanders,
    below 0 for one that swings. 0 for fewer than `FEWEST_RANKED` values, and where all are equal.
    Source: Bartels 1982, https://doi.org/10.1080/01621459.1982.10477764 (mean 2, variance
    20 / (5 n + 7)).
    """
    rank = ranks(values)
    spread = float(((rank - rank.mean()) ** 2).sum()) if len(values) >= FEWEST_RANKED else 0.0
    if not spread:
        return 0.0
    ratio = float((np.diff(rank) ** 2).sum()) / spread
    return (2 - ratio) / math.sqrt(20 / (5 * len(values) + 7))


def longest_run(mask: np.ndarray) -> tuple[int, int]:
    """Start and end (past it) of the longest stretch of True in an (n,) mask; (0, 0) when none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    if not len(edges):
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])
