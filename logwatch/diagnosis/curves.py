"""When will a curve come down to a level? A forecast with an honest interval, from its past alone.

Fits of the curve's shape say when it would; quantile regression on real curves turns what they say
into a step and an 80 % interval. `benchmarks/time_to_target.py --fit` makes the tables below, and
without `--fit` measures them on sources that they were not made from.
Source: Koenker & Bassett 1978, https://doi.org/10.2307/1913643 (quantile regression).
"""

import math
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.boxcox import LOGARITHMIC, Fit, fit_window, thin, weights
from logwatch.parsing.record import Floats

WINDOWS = (0.5, 0.7)
"""Fits see the time from these fractions of now on; the early fall of a loss misleads them."""

LONG_WINDOW = 0.3
"""The bend of a curve shows only over a longer stretch."""

FEWEST_POINTS = 4
"""Below that there is no forecast: three points leave a bent line no degree of freedom."""

FEW_POINTS = 8
"""Below that the cautious table is used: the other one was made with more."""

EARLY_POSITION = 0.15
"""Before this fraction of a run of known length the cautious table is used: the other one was made
at 20 % and later."""

FRESH_POINTS = 100
"""A training that has just begun anew counts as early for so many points."""

FALLING = 1.0
"""Fall in standard errors below which the interval has no end: the curve may not fall at all."""

NEAREST = 0.01
"""Least log ratio of the target's time to now: nearer than 1 % is now, as noise goes."""

FARTHEST_SETTLED, FARTHEST_EARLY = 8.0, 30.0
"""A fit that says later than so many times now, or never, is taken to say this: runs end before."""

SUREST = 2.0
"""Widths of the interval from its median to the run's end; further out no case could tell more."""

SETTLED: Floats = np.array(
    [
        [-0.732, 0.333, -0.204, 0.595, -0.537],
        [-0.208, 0.312, -0.022, 0.462, -0.138],
        [0.015, 0.092, 0.171, 0.4, -0.004],
    ]
)
"""Coefficients of `Measures.row` for the 10, 50 and 90 % quantiles of the log of the log ratio that
came true. None falls in what the fits say: a lower level never comes sooner.

Made from 1195 cases of 20 sources, cut at 20 to 50 % of the run, all sources of equal weight. With
sources held out half of the forecasts are off by less than 13 %, and 83 % of the intervals hold
(78 % as a mean of sources).
"""

EARLY: Floats = np.array([[-0.476, 0.623], [0.37, 0.499], [0.968, 0.327]])
"""The same from the first 2 to 10 % of runs, 1871 cases, at 7, 50 and 93 %. With collections held
out half are off by less than 57 %, and 83 % of the intervals hold (67 to 93 % by collection)."""

REACH = (-0.65, 3.08)
"""Offset and slope of the log odds that a level is reached before the run's end, by how far the end
lies past the median in widths of the interval. Sources held out, 73 % of 3087 answers are right."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a falling curve comes down to a level, in steps of the log.

    `low` and `high` hold 80 % of what real curves did that got there. `high` is Inf where the curve
    may not be falling, or comes there only by a drop (`far`); `step` is Inf where it does not fall.
    `probability` is that of getting there before the run's end, NaN where that is unknown or the
    run is too young to tell. `times` is how many times as long as so far training is expected to
    take; `early` says that the cautious table was used.
    """

    step: float
    low: float
    high: float
    probability: float
    times: float
    early: bool
    far: bool


@dataclass(frozen=True, slots=True)
class Measures:
    """What a table asks for, (2,) or (5,), and two doubts.

    `row` is one; the log of the log ratio that the fits say; its part above -1; the log of what a
    power law says; the exponent. `falling` is the fall in its standard errors; `far` says that
    every fit comes to the level later than any run lasts, or never.
    """

    row: Floats
    falling: float
    far: bool


def forecast(
    step: Floats, value: Floats, target: float, *, end: float = math.nan, fresh: bool = False
) -> Forecast | None:
    """Say when the curve of (n,) finite values at rising steps first comes down to `target`.

    `end` is the run's last step, NaN if unknown; `fresh` says that training began anew at the first
    of these samples. None with fewer than `FEWEST_POINTS` samples, or all at one step.
    """
    if len(step) < FEWEST_POINTS or step[-1] <= step[0]:
        return None
    time, origin = count_from_start(step, fresh)
    now, length = float(time[-1]), end - origin
    young = fresh and len(step) < FRESH_POINTS if math.isnan(end) else now < EARLY_POSITION * length
    early = young or len(step) < FEW_POINTS
    found = measure(*thin(time / now, value), target, early)
    logs = np.sort((EARLY if early else SETTLED) @ found.row)
    low, middle, high = (float(np.exp(np.exp(log))) for log in logs)
    steps = [times * now + origin for times in (low, middle, high)]
    if found.falling <= FALLING or found.far:
        steps[2] = math.inf
    if found.falling <= 0:
        steps[1] = math.inf
    chance = math.nan if early else reach_probability(logs, length / now)
    return Forecast(steps[1], steps[0], steps[2], chance, middle, early, found.far)


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
    if early:
        return Measures(np.array([1.0, mean]), falling, far)
    power = _log(power_law(time, value, target, near), farthest)
    bend = fit_window(time, height, LONG_WINDOW).exponent()
    row = np.array([1.0, mean, max(mean + 1.0, 0.0), power, bend])
    return Measures(row, falling, far)


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


def reach_probability(logs: Floats, length: float) -> float:
    """How likely the level comes before `length` times now, NaN where that is unknown or past.

    `logs` are a table's (3,) answers: the ends of the interval around the median, sorted.
    """
    if not length > 1:
        return math.nan
    room = _log(math.log(length), math.inf) - float(logs[1])
    room = room / max(float(logs[2] - logs[0]), NEAREST)
    room = min(max(room, -SUREST), SUREST)
    return 1 / (1 + math.exp(-(REACH[0] + REACH[1] * room)))


def _log(ratio: float, farthest: float) -> float:
    return math.log(min(max(ratio, NEAREST), farthest))
