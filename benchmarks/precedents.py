"""Forecasts of curves beside another curve of the same source: what a baseline is worth."""

from collections.abc import Callable, Sequence

import numpy as np
from calibration import Answer, Kind, Row, conclude, regress
from real_curves import Curve, Floats

from logwatch.diagnosis.forecast import boxcox, features, precedent

OTHERS = 3
"""Other curves of its source that each case is forecast beside."""

TRUSTS = (0.0, 0.2, 0.5, 0.8, 0.95, 1.0)
"""Weights of a baseline between which its worth is shown."""


def pair(rows: Sequence[Row], every: Sequence[Curve]) -> list[tuple[Row, Curve]]:
    """Each case with other curves of its source that came to the level, drawn by a fixed seed."""
    rng = np.random.default_rng(0)
    pairs = []
    for row in rows:
        others = [
            curve
            for curve in every
            if curve.source == row.source
            and curve is not row.case.curve
            and curve.smooth.min() <= row.case.target
        ]
        picked = rng.permutation(len(others))[:OTHERS]
        pairs += [(row, others[number]) for number in picked]
    return pairs


def ask_precedent(row: Row, baseline: Curve) -> precedent.Precedent | None:
    """What the program makes of the baseline."""
    step, value = (
        column[: row.case.seen] for column in (row.case.curve.step, row.case.curve.value)
    )
    bins = boxcox.thin((step - row.origin) / row.time, value)
    time = features.count_from_start(baseline.step)[0]
    return precedent.precede(bins, row.measures.level, row.case.target, (time, baseline.value))


def hold_out_beside(
    pairs: Sequence[tuple[Row, Curve]],
    learnt: Sequence[Row],
    kind: Kind,
    group: Callable[[Row], str],
) -> list[tuple[Answer, Answer, float]]:
    """Answers without and with the baseline, and its weight, by tables made without the group."""
    answers = []
    for name in sorted({group(row) for row, _ in pairs}):
        table = regress([row for row in learnt if group(row) != name], kind)
        for row, baseline in [(row, other) for row, other in pairs if group(row) == name]:
            logs: Floats = np.sort(table @ kind.row(row))
            found = ask_precedent(row, baseline)
            led = found.lead(logs) if found else logs
            weight = found.weight if found else 0.0
            answers.append((conclude(row, logs, kind), conclude(row, led, kind), weight))
    return answers
