"""When will a curve come down to a level? A forecast with an honest interval, from its past alone.

Fits of the curve's shape say when it would; quantile regression on real curves turns what they say
into a step and an 80 % interval. `benchmarks/time_to_target.py --fit` makes the tables below, and
without `--fit` measures them on sources that they were not made from.
Source: Koenker & Bassett 1978, https://doi.org/10.2307/1913643 (quantile regression).
"""

import math
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.forecast.boxcox import thin
from logwatch.diagnosis.forecast.features import (
    TURN,
    Measures,
    count_from_start,
    measure,
    reach_row,
)
from logwatch.diagnosis.forecast.precedent import Precedent, precede
from logwatch.parsing.record import Floats

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

SETTLED: Floats = np.array(
    [
        [-0.46, 0.572, 0.0, 0.447, -0.354],
        [0.136, 0.404, 0.205, 0.469, -0.181],
        [0.399, 0.213, 0.18, 0.375, -0.043],
    ]
)
"""Coefficients of `Measures.row` for the 8.5, 50 and 91.5 % quantiles of the log of the log ratio
that came true. None falls in what the fits say: a lower level never comes sooner.

Made from 10457 cases of 23 sources, cut at 20 to 60 % of the run, all sources of equal weight. With
collections held out half of the study's forecasts are off by less than 13 %, and 82 % of the
intervals hold, at least 70 % in each (docs/diagnosis.md).
"""

BOUNDED: Floats = np.array(
    [
        [-0.457, 0.235, -0.35, 0.131, 0.625, 0.39],
        [-0.077, 0.084, -0.146, 0.244, 0.519, 0.295],
        [0.119, 0.127, -0.045, 0.051, 0.239, 0.663],
    ]
)
"""The same of `Measures.bounded_row` at 10, 50 and 90 %, for runs whose length is known: of levels
that were reached before the end. Runs lower their learning rate towards their end, and curves bend
down with it.

Made from the same. Held out, half are off by less than 11 %, and 82 % of the intervals hold, at
least 73 % in each collection.
"""

EARLY: Floats = np.array([[-0.434, 0.617], [0.38, 0.499], [1.049, 0.233]])
"""The same from the first 2 to 10 % of runs, 2019 cases, at 7, 50 and 93 %. With collections held
out half are off by less than 56 %, and 85 % of the intervals hold."""

REACH: Floats = np.array([1.04, 0.56, 2.03, 0.32, -0.36, -0.48])
"""Coefficients of the log odds that a level is reached before the run's end: one; how much later
than the fits say and than the power law says the run ends, as logs of log ratios; the exponent; the
log of the fall in its standard errors; the log of the log ratio of the end.

Collections held out, 75 % of 3231 answers are right, and of those told 0.6 to 0.8 77 % came true.
"""


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a falling curve comes down to a level, in steps of the log.

    `low` and `high` hold 80 % of what real curves did that got there, before the run's end where
    that is known (`bounded`). `high` is Inf where the curve may not be falling, or comes there only
    by a drop (`far`); `step` is Inf where it does not fall. `probability` is that of getting there
    before the limit, NaN where that is unknown or the run is too young to tell. `times` is how many
    times as long as so far training is expected to take; `early` says that the cautious table was
    used, `trust` (0 to 1) how much the baseline's course counted.
    """

    step: float
    low: float
    high: float
    probability: float
    times: float
    early: bool
    far: bool
    bounded: bool = False
    trust: float = 0.0


def forecast(
    step: Floats,
    value: Floats,
    target: float,
    *,
    end: float = math.nan,
    limit: float = math.nan,
    fresh: bool = False,
    baseline: tuple[Floats, Floats] | None = None,
) -> Forecast | None:
    """Say when the curve of (n,) finite values at rising steps first comes down to `target`.

    `end` is the run's last step, NaN if unknown, and `limit` the step at which it will be stopped
    where that comes before its end; `fresh` says that training began anew at the first of these
    samples; `baseline` are the (m,) steps and values of another run. None with fewer than
    `FEWEST_POINTS` samples, or all at one step.
    """
    if len(step) < FEWEST_POINTS or step[-1] <= step[0]:
        return None
    time, origin = count_from_start(step, fresh)
    now, length = float(time[-1]), end - origin
    young = fresh and len(step) < FRESH_POINTS if math.isnan(end) else now < EARLY_POSITION * length
    early = young or len(step) < FEW_POINTS
    bins = thin(time / now, value)
    found = measure(*bins, target, early)
    before = _precede(bins, found.level, target, baseline) if baseline else None
    bounded = not early and length > now
    logs = answer(found, before, early, length / now if bounded else math.nan)
    low, middle, high = (float(np.exp(np.exp(log))) for log in logs)
    steps = [times * now + origin for times in (low, middle, high)]
    if bounded:
        steps = [min(reached, end) for reached in steps]
    far = found.far and not bounded and before is None
    if found.falling <= FALLING or far:
        steps[2] = math.inf
    if found.falling <= 0:
        steps[1] = math.inf
    until = min(length, limit - origin) if limit < end or math.isnan(end) else length
    chance = math.nan if early else reach_probability(found, until / now, before)
    trust = before.weight if before else 0.0
    return Forecast(steps[1], steps[0], steps[2], chance, middle, early, far, bounded, trust)


def _precede(
    bins: tuple[Floats, Floats], level: float, target: float, baseline: tuple[Floats, Floats]
) -> Precedent | None:
    step, value = baseline
    if len(step) < FEWEST_POINTS or step[-1] <= step[0]:
        return None
    return precede(bins, level, target, (count_from_start(step)[0], value))


def answer(
    found: Measures, before: Precedent | None, early: bool, length: float = math.nan
) -> Floats:
    """(3,) sorted logs of log ratios: the ends of the interval around the median.

    `length` is the run's over the time so far, NaN where unknown.
    """
    if length > 1:
        logs = np.sort(BOUNDED @ found.bounded_row(length))
    else:
        logs = np.sort((EARLY if early else SETTLED) @ found.row)
    return logs if before is None else before.lead(logs)


def reach_probability(found: Measures, length: float, before: Precedent | None = None) -> float:
    """How likely the level comes before `length` times now, NaN where that is unknown or past."""
    if not length > 1:
        return math.nan
    said = found.row[1] + found.row[2] - TURN, found.row[3]
    if before is not None:
        said = tuple(before.weight * before.log + (1 - before.weight) * log for log in said)
    return 1 / (1 + math.exp(-float(REACH @ reach_row(found, said, length))))
