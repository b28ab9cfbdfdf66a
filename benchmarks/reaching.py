"""How well the program tells whether a level is reached before the run ends."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from calibration import Row, measure, regress, weigh
from real_curves import Case, Curve, Floats

from logwatch.diagnosis import curves

SHARES = (0.8, 0.6, 0.4, 0.2, 0.05, -0.1, -0.25, -0.5, -1.0)
"""Levels between what is best so far (1) and the best ever (0); below zero were never reached."""


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
                    asked.append(Trial(measure(case, early=False), share > 0))
    return asked


def find_room(trials: Sequence[Trial], table: Floats) -> Floats:
    """(n, 2) one, and how far the run's end lies past the median, in widths of the interval."""
    logs = np.sort([table @ trial.row.measures.row for trial in trials], axis=1)
    ends = np.array([trial.row.answer for trial in trials])
    room = (ends - logs[:, 1]) / np.maximum(logs[:, 2] - logs[:, 0], curves.NEAREST)
    return np.column_stack([np.ones(len(room)), np.clip(room, -curves.SUREST, curves.SUREST)])


def regress_reach(trials: Sequence[Trial], table: Floats) -> Floats:
    """Logistic regression of reaching on the room that is left: (2,) offset and slope."""
    matrix = find_room(trials, table)
    hit = np.array([trial.hit for trial in trials], dtype=np.float64)
    weight = weigh([trial.row.case.curve.source for trial in trials])
    found = np.zeros(2)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-matrix @ found))
        bend = matrix.T @ (matrix * (weight * chance * (1 - chance))[:, None])
        found = found + np.linalg.solve(bend, matrix.T @ (weight * (hit - chance)))
    return found


def rank(chance: Floats, hit: Floats) -> float:
    """Area under the ROC curve: how often a hit is given more chance than a miss."""
    order = np.argsort(np.argsort(chance)) + 1.0
    hits = int(hit.sum())
    return float((order[hit].sum() - hits * (hits + 1) / 2) / (hits * (len(hit) - hits)))


def show_reach(trials: Sequence[Trial], rows: Sequence[Row], quantiles: Sequence[float]) -> None:
    """Print accuracy, ranking and calibration, each source forecast from the others alone."""
    sources = np.array([trial.row.case.curve.source for trial in trials])
    chance = np.zeros(len(trials))
    for source in np.unique(sources):
        table = regress([row for row in rows if row.case.curve.source != source], quantiles)
        others = [trial for trial in trials if trial.row.case.curve.source != source]
        found = regress_reach(others, table)
        own = [trial for trial in trials if trial.row.case.curve.source == source]
        chance[sources == source] = 1 / (1 + np.exp(-find_room(own, table) @ found))
    hit = np.array([trial.hit for trial in trials])
    right = np.mean((chance > 0.5) == hit)
    print(
        f"\nReached before the run's end, sources held out: {len(hit)} cases, {hit.sum()} reached"
    )
    print(f"accuracy {right:.2f}, area under the ROC curve {rank(chance, hit):.2f}")
    for low in np.arange(0.0, 1.0, 0.2):
        inside = (chance >= low) & (chance < low + 0.2)
        share = np.mean(hit[inside])
        print(f"said {low:.1f}-{low + 0.2:.1f}: {inside.sum():5d} cases, {share:.2f} reached")
