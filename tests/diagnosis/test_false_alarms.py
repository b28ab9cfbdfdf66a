"""Real loss curves, whole and cut: alarms on runs that did not learn, none on those that did.

A few of the curves are ill: two lie at ln 10 for ever, and four rest at ln 2 for long, which is
said at the time and taken back when it is over.
"""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.real_logs

STUCK = {52, 53}
"""An MNIST run at ln 10 from its first epoch to its last, train and validation."""

MOST_ALARMS = 0.02
"""Warnings and errors a healthy curve, over all rules."""

CUTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@pytest.fixture(scope="module")
def curves(shared: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Steps and losses of each public curve."""
    rows = (shared / "curves" / "public.jsonl").read_text().splitlines()
    return [(np.array(r["step"], float), np.array(r["loss"], float)) for r in map(json.loads, rows)]


@pytest.mark.parametrize("cut", CUTS)
def test_runs_that_learned_raise_next_to_no_alarm(curves, alarms_of, cut):
    """At every tenth of a run at most one of fifty healthy curves has a warning."""
    healthy = [curve for number, curve in enumerate(curves) if number not in STUCK]
    told = Counter(
        name
        for step, loss in healthy
        for name in alarms_of(
            *(column[step <= step[0] + cut * np.ptp(step)] for column in (step, loss))
        )
    )

    assert told.total() <= MOST_ALARMS * len(healthy), dict(told)


@pytest.mark.parametrize("number", sorted(STUCK))
def test_runs_that_never_learned_are_found(curves, alarms_of, number):
    """Both curves of the stuck run are called flat, and nothing else."""
    assert ["flat-loss"] == alarms_of(*curves[number])


def test_injected_divergences_are_found(curves, alarms_of):
    """Each healthy curve, made to rise to 1.75 times its level within a sixth of the run."""
    missed = []
    for number, (step, loss) in enumerate(curves):
        if number in STUCK:
            continue
        start = len(loss) // 2
        factor = 1 + 0.75 * np.clip((np.arange(len(loss)) - start) / (len(loss) / 6), 0, 1)
        if "loss-rising" not in alarms_of(step, loss * factor):
            missed.append(number)

    assert len(missed) <= 0.05 * len(curves), missed
