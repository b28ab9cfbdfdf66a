"""When does a learning-rate schedule end? So the run's length is known where the log names none."""

import math

import numpy as np

from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Floats

FEWEST = 8
"""Samples since the rate began to fall: two shapes with a start and an end each cannot be told
apart by fewer."""

LEAST_FALL = 0.15
"""Part of its peak that the rate must have lost: before it line, cosine and rounding are one."""

EXACT = 0.003
"""Part of the peak by which a schedule may miss its samples, which are rounded to three digits.
A rate that is lowered on a plateau, or in jumps, misses by more."""

FLOORS: Floats = np.array([0.0, 0.01, 0.02, 0.05, 0.1])
"""Parts of the peak at which schedules end. Source: transformers get_cosine_schedule_with_warmup
(zero), DeiT `--min-lr` (a fiftieth); nanoGPT, Megatron-LM and Chinchilla
(https://arxiv.org/abs/2203.15556) a tenth. A wrong one moves a cosine's end by up to 5 %."""

LONGEST = 8.0
"""Times as long as so far that a schedule may go on; less of it than an eighth shows no shape."""

LENGTHS, STARTS, ROUNDS = 24, 5, 4
"""Lengths and starts that are tried, and how often again between the neighbours of the best
length: to a thousandth of it."""

TINY = 1e-18
"""Stands for the power of a shape that is at its floor of zero all the time."""

MOST = 32
"""Samples that a schedule is told by: it has no noise."""


def scheduled_end(view: SeriesView) -> float:
    """The step at which the rate of (n,) samples comes to its floor; NaN where no schedule fits.

    Looks at what came since its peak: a line to zero, or a half cosine to at most a tenth of it.
    """
    kept = view.finite()
    if len(kept) < FEWEST or kept.value.max() <= 0:
        return math.nan
    peaks = np.flatnonzero(kept.value == kept.value.max())
    start = float(kept.step[max(int(peaks[0]) - 1, 0)])
    step, rate = _falling_part(kept.tail(int(peaks[-1])))
    if len(step) < FEWEST or rate[-1] > (1 - LEAST_FALL) * rate[0]:
        return math.nan
    used = np.linspace(0, len(step) - 1, min(MOST, len(step))).astype(np.int64)
    step, rate = step[used], rate[used] / rate[0]
    miss, end = min(_fit_line(step, rate), _fit_cosine(step, rate, start))
    return end if miss <= EXACT else math.nan


def _falling_part(view: SeriesView) -> tuple[Floats, Floats]:
    """Steps and rates from the peak to the floor; none where the rate or the step turns."""
    step, rate = view.step, view.value
    if len(rate) < 2 or (np.diff(rate) > 0).any() or (np.diff(step) < 0).any():
        return np.empty(0), np.empty(0)
    end = int(np.argmax(rate == rate[-1])) + 1
    return step[:end], rate[:end]


def _fit_line(step: Floats, rate: Floats) -> tuple[float, float]:
    """Largest miss of a line, and where it comes to zero."""
    slope, level = np.polyfit(step - step[0], rate, 1)
    miss = float(np.abs(level + slope * (step - step[0]) - rate).max())
    return (miss, float(step[0] - level / slope)) if slope < 0 else (math.inf, math.nan)


def _fit_cosine(step: Floats, rate: Floats, earliest: float) -> tuple[float, float]:
    """Largest miss of the best half cosine from a peak to a floor, and where it ends.

    Near its peak it is flat, so that it began some samples before the last one at the peak, but
    after `earliest`.
    """
    starts = np.linspace(earliest, step[0], STARTS)[:, None, None]
    low, high, seen = 1.0, LONGEST, float(step[-1] - step[0])
    best = (math.inf, math.nan)
    for _ in range(ROUNDS):
        lengths = np.linspace(low, high, LENGTHS)
        angle = np.pi * (step - starts) / (seen * lengths[:, None] + step[0] - starts)
        shape = (1 + np.cos(np.clip(angle, 0, np.pi))) / 2
        misses = np.array([_miss(floor + (1 - floor) * shape, rate) for floor in FLOORS])
        at = int(np.argmin(misses.min(axis=(0, 1))))
        best = float(misses.min()), float(step[0] + lengths[at] * seen)
        low, high = float(lengths[max(at - 1, 0)]), float(lengths[min(at + 1, LENGTHS - 1)])
    return best


def _miss(shape: Floats, rate: Floats) -> Floats:
    """(starts, lengths) largest distances of the rate from shapes of the best height."""
    height = (shape @ rate) / np.maximum((shape**2).sum(axis=-1), TINY)
    return np.asarray(np.abs(height[..., None] * shape - rate).max(axis=-1))
