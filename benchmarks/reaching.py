"""How well the program tells whether a level is reached before the run ends."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from calibration import Row, measure, weigh
from real_curves import Case, Curve, Floats

from logwatch.diagnosis.forecast import features

SHARES = (0.8, 0.6, 0.4, 0.2, 0.05, -0.1, -0.25, -0.5, -1.0)
"""Levels between what is best so far (1) and the best ever (0); below zero were never reached."""

RIDGE = 0.002
"""Pull of each coefficient to zero: the two rooms say nearly the same."""

ROUNDS = 40
"""Newton steps; a logistic regression of six measures is at its end after ten."""


@dataclass(frozen=True)
class Trial:
    """A level asked for after a cut; `row.answer` is where the run ended, `hit` whether in time."""

    row: Row
    hit: bool


def ask_reach(every: Sequence[Curve], cuts: Sequence[float], fewest: int) -> list[Trial]:
    """Ask for levels that the curves did and did not come to after each cut."""
    asked = []
    for curve in every:
        for seen in (int(cut * len(curve.step)) + 1 for cut in cuts):
            best, least = curve.smooth[:seen].min(), curve.smooth[seen - 1 :].min()
            if seen > fewest and least < best:
                for share in SHARES:
                    target = float(least + share * (best - least))
                    case = Case(curve, seen, target, float(curve.step[-1]))
                    asked.append(Trial(measure(case), share > 0))
    return asked


def tabulate(trials: Sequence[Trial]) -> Floats:
    """(n, 6) what the program looks at."""
    rows = []
    for row in (trial.row for trial in trials):
        found = row.measures
        said = float(found.row[1] + found.row[2]) - features.TURN, float(found.row[3])
        rows.append(features.reach_row(found, said, max(row.length, 1 + features.NEAREST)))
    return np.array(rows)


def regress_reach(trials: Sequence[Trial]) -> Floats:
    """Logistic regression of reaching, all sources of equal weight: (6,) coefficients."""
    matrix = tabulate(trials)
    hit = np.array([trial.hit for trial in trials], dtype=np.float64)
    weight = weigh([trial.row.source for trial in trials])
    penalty = RIDGE * np.eye(matrix.shape[1])
    found = np.zeros(matrix.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-matrix @ found))
        bend = matrix.T @ (matrix * (weight * chance * (1 - chance))[:, None]) + penalty
        slope = matrix.T @ (weight * (hit - chance)) - penalty @ found
        found = found + np.linalg.solve(bend, slope)
    return found


def rank(chance: Floats, hit: Floats) -> float:
    """Area under the ROC curve: how often a hit is given more chance than a miss."""
    order = np.argsort(np.argsort(chance)) + 1.0
    hits = int(hit.sum())
    return float((order[hit].sum() - hits * (hits + 1) / 2) / (hits * (len(hit) - hits)))


@dataclass(frozen=True)
class Reliability:
    """How good the probabilities were, and (low, high, cases, share reached) of each fifth."""

    cases: int
    accuracy: float
    area: float
    fifths: tuple[tuple[float, float, int, float], ...]


def judge_reach(trials: Sequence[Trial], group: Callable[[Row], str]) -> Reliability:
    """Give each group's cases probabilities that were learnt from the other groups."""
    groups = np.array([group(trial.row) for trial in trials])
    chance = np.zeros(len(trials))
    for name in np.unique(groups):
        own = groups == name
        found = regress_reach(
            [trial for trial, is_own in zip(trials, own, strict=True) if not is_own]
        )
        inside = [trial for trial, is_own in zip(trials, own, strict=True) if is_own]
        chance[own] = 1 / (1 + np.exp(-tabulate(inside) @ found))
    hit = np.array([trial.hit for trial in trials])
    fifths = []
    for low in np.arange(0.0, 1.0, 0.2):
        inside = (chance >= low) & (chance < low + 0.2)
        share = float(np.mean(hit[inside])) if inside.any() else math.nan
        fifths.append((float(low), float(low + 0.2), int(inside.sum()), share))
    return Reliability(
        len(hit), float(np.mean((chance > 0.5) == hit)), rank(chance, hit), tuple(fifths)
    )
