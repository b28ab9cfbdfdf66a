"""Quantile regression that turns what the fits say of real curves into forecasts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from real_curves import Case, Floats

from logwatch.diagnosis.forecast import boxcox, curves, features

RIDGE = 0.01
"""Pull of each slope to zero, for measures of unit deviation: they say nearly the same."""

NEVER = 9.0
"""Error that a forecast of never, or of ten times too late, counts as."""

ROUNDS = 60
"""Reweightings of a regression; twice as many change the third digit of no coefficient by two."""


@dataclass(frozen=True)
class Row:
    """A case as a table sees it: its measures and the log of the log ratio that came true."""

    case: Case
    measures: features.Measures
    time: float
    origin: float
    answer: float

    @property
    def length(self) -> float:
        """The run's length over the time at the cut."""
        return (float(self.case.curve.step[-1]) - self.origin) / self.time

    @property
    def source(self) -> str:
        """Where the curve is from."""
        return self.case.curve.source


@dataclass(frozen=True)
class Kind:
    """A way to forecast: which row of a case its table asks for, and which slopes may be negative.

    `ends` says that the run's length is known.
    """

    row: Callable[[Row], Floats]
    free: frozenset[int]
    quantiles: tuple[float, float, float]
    ends: bool = False


SETTLED = Kind(lambda row: row.measures.row, frozenset({0, 4}), (0.085, 0.5, 0.915))
"""A little wider than asked for: one collection of three held less than 70 % at 0.1 and 0.9."""

BOUNDED = Kind(
    lambda row: row.measures.bounded_row(row.length), frozenset({0, 2, 5}), (0.1, 0.5, 0.9), True
)
EARLY = Kind(lambda row: row.measures.row, frozenset({0}), (0.07, 0.5, 0.93))
"""Wider than asked for: so early, sources differ more from each other than curves within one."""


@dataclass(frozen=True)
class Answer:
    """What was forecast for a case."""

    case: Case
    step: float
    low: float = math.nan
    high: float = math.nan

    @property
    def error(self) -> float:
        """Distance from the truth over the truth."""
        return min(abs(self.step - self.case.truth) / self.case.truth, NEVER)

    @property
    def holds(self) -> bool:
        """Whether the truth lies in the interval."""
        return self.low <= self.case.truth <= self.high


def measure(case: Case, early: bool = False) -> Row:
    """Measure the part of the curve that was seen."""
    step, value = case.curve.step[: case.seen], case.curve.value[: case.seen]
    time, origin = features.count_from_start(step, early)
    now = float(time[-1])
    found = features.measure(*boxcox.thin(time / now, value), case.target, early)
    answer = math.log(max(math.log((case.truth - origin) / now), features.NEAREST))
    return Row(case, found, now, origin, answer)


def weigh(sources: Sequence[str]) -> Floats:
    """(n,) weights that make all sources equal: the next log comes from yet another one."""
    _, index, count = np.unique(sources, return_inverse=True, return_counts=True)
    return np.asarray(1 / (count[index] * len(count)))


def regress(rows: Sequence[Row], kind: Kind) -> Floats:
    """Quantile regression by reweighted least squares: (quantiles, measures) coefficients."""
    matrix = np.array([kind.row(row) for row in rows])
    answer = np.array([row.answer for row in rows])
    weight = weigh([row.source for row in rows])
    mean = weight @ matrix[:, 1:]
    spread = np.sqrt(weight @ (matrix[:, 1:] - mean) ** 2)
    scaled = np.column_stack([matrix[:, 0], (matrix[:, 1:] - mean) / spread])
    free = np.array([number in kind.free for number in range(matrix.shape[1])])
    table = []
    for quantile in kind.quantiles:
        found = _regress_one(scaled, answer, weight, quantile, free)
        slope = found[1:] / spread
        table.append([found[0] - mean @ slope, *slope])
    return np.array(table)


def _regress_one(
    matrix: Floats, answer: Floats, weight: Floats, quantile: float, free: Floats
) -> Floats:
    penalty = np.diag([0.0] + [RIDGE] * (matrix.shape[1] - 1))
    found = np.zeros(matrix.shape[1])
    for _ in range(ROUNDS):
        rest = answer - matrix @ found
        pull = weight * np.where(rest > 0, quantile, 1 - quantile)
        pull /= np.maximum(np.abs(rest), 1e-3)
        normal = matrix.T @ (matrix * pull[:, None]) + penalty
        found = _solve_signed(normal, matrix.T @ (pull * answer), free)
    return found


def _solve_signed(normal: Floats, right: Floats, free: Floats) -> Floats:
    """The solution whose entries are not negative but for the free ones: the worst leave first.

    A negative slope would bring a lower level sooner.
    """
    used = np.ones(len(right), dtype=bool)
    while True:
        found = np.zeros(len(right))
        found[used] = np.linalg.solve(normal[np.ix_(used, used)], right[used])
        wrong = np.where(free, 0.0, found)
        if wrong.min() >= 0:
            return found
        used[int(np.argmin(wrong))] = False


def answer(row: Row, table: Floats, kind: Kind) -> Answer:
    """Forecast a case as the program does, by another table."""
    return conclude(row, np.sort(table @ kind.row(row)), kind)


def conclude(row: Row, logs: Floats, kind: Kind) -> Answer:
    """The forecast that (3,) logs of log ratios mean."""
    ends = [row.time * math.exp(math.exp(log)) + row.origin for log in logs]
    found = row.measures
    step = math.inf if found.falling <= 0 else ends[1]
    is_endless = found.falling <= curves.FALLING or (found.far and not kind.ends)
    return Answer(row.case, step, ends[0], math.inf if is_endless else ends[2])


def hold_out(
    rows: Sequence[Row], learnt: Sequence[Row], kind: Kind, group: Callable[[Row], str]
) -> list[Answer]:
    """Forecast each group of rows by a table made from what was learnt of the other groups."""
    answers = []
    for name in sorted(set(map(group, rows))):
        table = regress([row for row in learnt if group(row) != name], kind)
        answers += [answer(row, table, kind) for row in rows if group(row) == name]
    return answers
