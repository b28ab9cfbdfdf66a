"""Quantile regression that turns what the fits say of real curves into forecasts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from real_curves import Case, Floats

from logwatch.diagnosis import boxcox, curves

RIDGE = 0.01
"""Pull of each slope to zero, for measures of unit deviation: they say nearly the same."""

NEVER = 9.0
"""Error that a forecast of never, or of ten times too late, counts as."""


@dataclass(frozen=True)
class Row:
    """A case as a table sees it: its measures and the log of the log ratio that came true."""

    case: Case
    measures: curves.Measures
    time: float
    origin: float
    answer: float


@dataclass(frozen=True)
class Answer:
    """What was forecast for a case."""

    case: Case
    step: float
    low: float
    high: float

    @property
    def error(self) -> float:
        """Distance from the truth over the truth."""
        return min(abs(self.step - self.case.truth) / self.case.truth, NEVER)

    @property
    def holds(self) -> bool:
        """Whether the truth lies in the interval."""
        return self.low <= self.case.truth <= self.high


def measure(case: Case, early: bool) -> Row:
    """Measure the part of the curve that was seen."""
    step, value = case.curve.step[: case.seen], case.curve.value[: case.seen]
    time, origin = curves.count_from_start(step, early)
    now = float(time[-1])
    measures = curves.measure(*boxcox.thin(time / now, value), case.target, early)
    answer = math.log(max(math.log((case.truth - origin) / now), curves.NEAREST))
    return Row(case, measures, now, origin, answer)


def weigh(sources: Sequence[str]) -> Floats:
    """(n,) weights that make all sources equal: the next log comes from yet another one."""
    _, index, count = np.unique(sources, return_inverse=True, return_counts=True)
    return np.asarray(1 / (count[index] * len(count)))


def regress(rows: Sequence[Row], quantiles: Sequence[float]) -> Floats:
    """Quantile regression by reweighted least squares: (quantiles, measures) coefficients."""
    matrix = np.array([row.measures.row for row in rows])
    answer = np.array([row.answer for row in rows])
    weight = weigh([row.case.curve.source for row in rows])
    mean = weight @ matrix[:, 1:]
    spread = np.sqrt(weight @ (matrix[:, 1:] - mean) ** 2)
    scaled = np.column_stack([matrix[:, 0], (matrix[:, 1:] - mean) / spread])
    penalty = np.diag([0.0] + [RIDGE] * (scaled.shape[1] - 1))
    table = []
    for quantile in quantiles:
        found = np.zeros(scaled.shape[1])
        for _ in range(150):
            rest = answer - scaled @ found
            pull = weight * np.where(rest > 0, quantile, 1 - quantile)
            pull /= np.maximum(np.abs(rest), 1e-3)
            normal = scaled.T @ (scaled * pull[:, None]) + penalty
            found = np.linalg.solve(normal, scaled.T @ (pull * answer))
        slope = found[1:] / spread
        table.append([found[0] - mean @ slope, *slope])
    return np.array(table)


def answer(row: Row, table: Floats) -> Answer:
    """Forecast a case as the program does, by another table."""
    ends = [
        row.time * math.exp(math.exp(log)) + row.origin for log in sorted(table @ row.measures.row)
    ]
    found = row.measures
    step = math.inf if found.falling <= 0 else ends[1]
    high = math.inf if found.falling <= curves.FALLING or found.far else ends[2]
    return Answer(row.case, step, ends[0], high)


def hold_out(
    rows: Sequence[Row], quantiles: Sequence[float], group: Callable[[Row], str]
) -> list[Answer]:
    """Forecast each group of rows by a table made from the other groups."""
    answers = []
    for name in sorted(set(map(group, rows))):
        table = regress([row for row in rows if group(row) != name], quantiles)
        answers += [answer(row, table) for row in rows if group(row) == name]
    return answers
