"""Stretches of a loss that surely do not fall."""

import math
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.analysis import subject
from logwatch.diagnosis.analysis.shifts import Scatter, in_log_units, measure_scatter
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import Trend, decimate, level_error, theil_sen
from logwatch.parsing.record import Floats

FEWEST = 5
"""Samples for a trend: of four, its interval is the range of all slopes."""

FLAT_FALL = 0.01
SURELY_FLAT = 0.03
"""A fall of less than the first of its level, and surely of less than the second, is none: the
estimate is held against the one, its 95 % interval's end against the other, so that noise means
silence. Of 82 public curves of runs that learned, cut at each tenth, they call one stuck at 40 and
50 % of its epochs, when it did rest at ln 2, and none at any other cut. Of runs made to stay level
they find, at 300 samples, all whose noise is 0.5 or 2 % of it, half at 5 %, none at 10 %; at 10,000
samples all of these."""

LEVEL_ERRORS = 3.0
"""Standard errors that the first and the last level may be apart by chance."""

FLAT_RISE = 0.05
"""Above it the loss is not flat, it rises: `loss-rising` speaks of it."""

START_WIDTHS = (1, 3, 10, 30, 100, 300)
"""Numbers of first samples whose median is held against the level: a fine-tuning that falls in its
first hundred steps and then stays is not stuck. One sample alone may be an accident, so it must be
ten times as far above."""

HEAD_WIDTHS = 20
"""So many times as many samples tell the noise of that median."""

HEAD_PARTS = 3
"""Times as many points there must be as are the start of a noisy series."""

START_FALL = 0.03
START_ERRORS = 4.0
"""Above the level by this part of it and so many standard errors: the loss fell at the start."""


NOISY, MOST_HIDDEN = 0.03, 0.2
"""Scatter of one sample, as a part of its level, from which on a larger fall than `SURELY_FLAT` may
hide in it: one as large as that scatter, but 20 % at most. Of 141 healthy curves of 30 repositories
and 60 logs, looked at at each fiftieth, two are then called flat (an SSD that lost 3 % in its first
1,300 steps, and one of epochs); of curves made to stay level 37 of 40 are found."""

HIDDEN_ERRORS, FALL_ERRORS, NOISY_START_ERRORS = 2.0, 1.0, 1.8
"""Standard errors that are added to the fall between the outer thirds, that it may have itself, and
by which the first samples may lie above the rest. A diffusion model's loss, each sample at another
noise level, falls in its first logs and scarcely after: its start tells that it learned.
Source: Nichol & Dhariwal 2021, arXiv 2102.09672, section 3.3 (gradient noise by timestep)."""

FEWEST_NOISY = 30
"""Samples without which a noisy loss is not called flat."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A stretch that does not move: the level that its trend starts from, and the trend.

    `surely` is the fall, as a part of the level, that would have been seen.
    """

    first: float
    trend: Trend
    surely: float = SURELY_FLAT

    @property
    def last(self) -> float:
        """The level that the trend ends at."""
        return self.first + self.trend.over_span()[0]

    @property
    def changes(self) -> tuple[float, float, float]:
        """Change over the stretch as a fraction of the first level: estimate, 95 % interval."""
        scale = abs(self.first) or 1.0
        change, low, high = self.trend.over_span()
        return change / scale, low / scale, high / scale

    def values(self, samples: int) -> dict[str, float]:
        """The figures of a finding."""
        change, low, high = self.changes
        return {"first": self.first, "last": self.last, "change": change,
                "change_low": low, "change_high": high, "samples": float(samples)}  # fmt: skip


def find_rest(
    run: RunView, view: SeriesView, fall: float = FLAT_FALL, surely: float = SURELY_FLAT
) -> Rest | None:
    """The levels and the trend of a series that surely does not fall, None for any other."""
    curve = decimate(view)
    width = subject.window(curve)
    first, last = (float(np.median(part)) for part in (curve.value[:width], curve.value[-width:]))
    error = math.sqrt(2) * level_error(curve.value, width)
    if first - last > max(fall * abs(first), LEVEL_ERRORS * error):
        return None
    trend = theil_sen(curve.value)
    middle = float(np.median(curve.value))
    rest = Rest(middle - trend.over_span()[0] / 2, trend, surely)
    change, low, high = rest.changes
    if change < -fall or low <= -surely or high >= FLAT_RISE:
        return None
    return None if _fell_at_start(run, view, last) else rest


def find_noisy_rest(view: SeriesView) -> Rest | None:
    """The levels and the trend of a positive series whose noise could hide only a small fall."""
    curve = decimate(view)
    points, is_log = in_log_units(curve.value)
    scatter = measure_scatter(points)
    if not is_log or len(curve) < FEWEST_NOISY or scatter.single < NOISY:
        return None
    third = len(points) // 3
    fall = float(np.median(points[:third]) - np.median(points[-third:]))
    error = math.sqrt(2) * scatter.error(third)
    surely = min(scatter.single, MOST_HIDDEN)
    seen = max(fall, 0.0) + HIDDEN_ERRORS * error
    if fall > FALL_ERRORS * error or seen > -math.log1p(-surely):
        return None
    if -fall > HIDDEN_ERRORS * error + math.log1p(FLAT_RISE) or _starts_higher(points, scatter):
        return None
    trend = theil_sen(curve.value)
    return Rest(float(np.median(curve.value)) - trend.over_span()[0] / 2, trend, surely)


def _starts_higher(points: Floats, scatter: Scatter) -> bool:
    """Whether the first points, few or many, lie above those after them."""
    widths = [width for width in START_WIDTHS if HEAD_PARTS * width <= len(points)]
    return any(
        float(np.median(points[:width]) - np.median(points[width:]))
        > NOISY_START_ERRORS * scatter.error(width)
        for width in widths
    )


def rest_of_few(view: SeriesView) -> Rest:
    """The rest that two to four samples are: their median, their change, no interval."""
    each = float(view.value[-1] - view.value[0]) / (len(view) - 1)
    middle = float(np.median(view.value))
    trend = Trend(each, math.nan, math.nan, len(view))
    return Rest(middle - trend.over_span()[0] / 2, trend)


def _fell_at_start(run: RunView, view: SeriesView, level: float) -> bool:
    """Whether the first samples, few or many, lie above the level that came after them."""
    whole = run.series[view.name]
    start = int(np.searchsorted(whole.offset, view.offset[0]))
    values = whole.value[start : start + HEAD_WIDTHS * START_WIDTHS[-1]]
    values = values[np.isfinite(values)]
    for width in START_WIDTHS:
        if width * 2 > len(view):
            break
        head = values[: HEAD_WIDTHS * width]
        above = float(np.median(values[:width])) - level
        error = level_error(head[width:], width)
        least = START_FALL if width > 1 else 10 * START_FALL
        if above > max(least * abs(level), START_ERRORS * error):
            return True
    return False
