"""Where a level stands above its best: climbs, and jumps at the start."""

import math
import re
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.analysis import subject
from logwatch.diagnosis.analysis.shifts import Needs, Rise, find_rise, in_log_units
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import (
    Curve,
    decimate,
    level_error,
    longest_run,
    noise,
    rolling_median,
)
from logwatch.parsing.record import Floats

MIN_SAMPLES = 12
"""Four medians of three: a level, a best level and two to hold against each other."""

RISE = 0.05
RISE_ERRORS = 8.0
"""Above its best level by this part of it and by so many standard errors of a level: it is high.
Source: the level rule of the study behind this program fired on 1 of 104 real curves by them, one
that did diverge."""

MAY_RISE = re.compile(r"train(?=/).*(?:loss|nll|xent|norm|[/_]kl(?:$|[/_]))", re.IGNORECASE)
"""Series that are named when they rise with the loss: other losses, divergences, norms."""

EXCESS, MOST_EXCESS = 0.5, 3.0
"""A climb is one when its levels' heights, in units of what is high, add up to half a window; one
counts as three at most, so a single sample never suffices: a cumulative sum, which speaks after two
samples of a steep rise and after half a window of a slight one.
Source: Page 1954, https://doi.org/10.1093/biomet/41.1-2.100.
Measured on 82 public curves of runs that learned, at every sample of the sparse and every half
percent of the dense ones: no alarm. At 0.33 there was none either; at 1, slow rises are told 0.7 %
of the run later, and where all levels of a window had to be high, 1.5 % later."""

GIVEN_BACK = 0.02
"""A rise that takes back less than this part of what was learned is noise near the floor: a loss
that fell from 3.6 to 0.002 and stands at 0.004 is not ill."""

JUMP = 2.0
"""A loss whose later samples are all above this many times its first jumped in the first steps. A
first sample may also be a fraction of a running mean, but then what follows falls.
Example: IvLabs/context_enhancement, 7.1 at step 0, 60 to 200 ever after."""

NOISY = 0.03
"""Scatter of one point, as a part of its level, from which on windows grow with the noise."""

HELD, LOOKS_BACK = 0.6, 6
"""Part of what makes a rise sure with which one that was sure still stands, and how many of its own
widths back it may have been: a verdict stands until its disproof does."""

TINY = 1e-300
"""Where neither the level nor the noise sets a limit, any height is above it."""

JUST_NOW = 3
"""Samples whose median tells where a loss stands now."""


@dataclass(frozen=True, slots=True)
class Climb:
    """A rise over the best level: levels, and the samples of the view that they belong to."""

    best: float
    top: float
    first: float
    limit: float
    best_index: int
    top_index: int
    end_index: int
    over: bool

    @property
    def rise(self) -> float:
        """Height over the best level, relative to it; NaN where the best is 0."""
        return (self.top - self.best) / abs(self.best) if self.best else math.nan


def find_climb(view: SeriesView, rise: float = RISE, errors: float = RISE_ERRORS) -> Climb | None:
    """The rise that a finite series ends in, else the longest that it had, None without any."""
    curve = decimate(view)
    if len(curve) < MIN_SAMPLES:
        return None
    width = subject.window(curve)
    level = rolling_median(curve.value, width)
    best = np.minimum.accumulate(level)
    limit = np.maximum(_limits(curve, level, best, width, (rise, errors)), TINY)
    excess = np.minimum((level - best) / limit, MOST_EXCESS)
    above = excess > 1
    start, end = _last_false(above) + 1, len(level)
    over = float(excess[start:].sum()) < EXCESS * width
    if over:
        start, end = longest_run(above)
        if float(excess[start:end].sum()) < EXCESS * width:
            return None
    top = start + int(np.argmax(level[start:end])) if over else len(level) - 1
    low = int(np.argmin(level[: top + 1]))
    middle = width // 2
    return Climb(
        float(level[low]), float(level[top]), float(level[0]), float(limit[top]),
        int(curve.index[low + middle]), int(curve.index[top + (middle if over else width - 1)]),
        int(curve.index[end - 1 + middle]), over,
    )  # fmt: skip


def find_noisy_climb(view: SeriesView, rise: float = RISE) -> Climb | None:
    """The rise that a finite series ends in where its samples scatter by `NOISY` or more."""
    curve = decimate(view)
    points, is_log = in_log_units(curve.value)
    scale = 1.0 if is_log else float(np.median(np.abs(points)))
    if len(curve) < MIN_SAMPLES or noise(points) < NOISY * scale:
        return None
    needs = Needs(math.log1p(rise) if is_log else rise * scale)
    found = find_rise(points, needs)
    if found is None or not (found.is_sure or _was_sure(points, found, needs)):
        return None
    return _climb_of(curve, found, is_log)


def _was_sure(points: Floats, found: Rise, needs: Needs) -> bool:
    """Whether a rise that is nearly sure was sure a short while ago and never came back since."""
    if found.score < HELD:
        return False
    for back in range(found.width, LOOKS_BACK * found.width + 1, found.width):
        since = rolling_median(points[-back - found.width :], found.width)
        if len(points) - back < found.end or float(since.min()) < found.before + found.least:
            return False
        before = find_rise(points[:-back], needs)
        if before is not None and before.is_sure:
            return True
    return False


def _climb_of(curve: Curve, found: Rise, is_log: bool) -> Climb:
    levels = np.array([found.before, found.now, found.before + found.least])
    best, top, limit = (float(level) for level in (np.exp(levels) if is_log else levels))
    first = float(np.median(curve.value[: max(found.width // 2, 3)]))
    middle = (found.start + found.end) // 2
    last = int(curve.index[-1])
    return Climb(best, top, first, limit - best, int(curve.index[middle]), last, last, over=False)


def find_jump(view: SeriesView) -> Climb | None:
    """A rise right after the first sample, from which the loss never came back."""
    first, later = float(view.value[0]) if len(view) else 0.0, view.value[1:]
    if len(view) < MIN_SAMPLES or first <= 0 or float(later.min()) < JUMP * first:
        return None
    if subject.falls(view.tail(1)):
        return None
    last = len(view) - 1
    top = float(np.median(view.value[-JUST_NOW:]))
    return Climb(first, top, first, JUMP * first - first, 0, last, last, over=False)


def _last_false(mask: np.ndarray) -> int:
    return int(np.flatnonzero(~mask)[-1]) if not mask.all() else -1


def _limits(
    curve: Curve, level: Floats, best: Floats, width: int, least: tuple[float, float]
) -> Floats:
    """(n,) heights over the best level that noise alone may reach; `least` as `RISE` and errors."""
    rise, errors = least
    recent = curve.value[-max(8 * width, 30) :]
    error = max(level_error(curve.value, width), level_error(recent, width))
    learned = level[0] - best
    high = np.maximum(rise * np.abs(best), GIVEN_BACK * learned)
    return np.asarray(np.maximum(high, errors * error), dtype=np.float64)


def rising_with(
    run: RunView, view: SeriesView, start: int, least: float = RISE
) -> list[tuple[str, float, float]]:
    """Other train series that rose over the samples of `view` since `start`: name, first, last."""
    found = []
    for name, other in run.series.items():
        if name == view.name or not MAY_RISE.match(name):
            continue
        part = subject.sketch(other)
        part = part.where((part.offset >= view.offset[start]) & np.isfinite(part.value))
        if len(part) < MIN_SAMPLES:
            continue
        width = subject.window(decimate(part))
        first, last = (float(np.median(p)) for p in (part.value[:width], part.value[-width:]))
        if first > 0 and last - first > max(least * first, 4 * level_error(part.value, width)):
            found.append((name, float(part.value[0]), float(part.value[-1])))
    return sorted(found, key=lambda row: row[1] / row[2])[:2]
