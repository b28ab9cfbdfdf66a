"""An example proves samples: each value with the counters that stand in its table."""

from typing import Any

import pytest

from logwatch.parsing.authoring.examples import check_examples
from logwatch.parsing.dialects.table import dialect_from_table

LINES = "step 1 loss 0.5\nstep 2 loss 0.25\n"


def faults_of(*expect: dict[str, float]) -> list[str]:
    """What is wrong with an example of two lines that promises these samples."""
    pattern = {
        "name": "line",
        "kind": "regex",
        "match": r"^step (?P<step>\d+) loss (?P<loss>\S+)$",
    }
    example = {"pattern": "line", "text": LINES, "expect": list(expect)}
    table: dict[str, Any] = {"name": "own", "title": "-", "source": "-"}
    return list(check_examples(dialect_from_table({**table, "pattern": [pattern],
                                                   "example": [example]})))  # fmt: skip


@pytest.mark.parametrize(
    "expect",
    [
        [{"step": 2, "train/loss": 0.25}],
        [{"step": 1, "train/loss": 0.5}, {"step": 2, "train/loss": 0.25}],
        [{"train/loss": 0.25}, {"step": 1}],
    ],
)
def test_samples_at_their_counters_prove_it(expect: list[dict[str, float]]) -> None:
    """A table holds the values of one step; a table without a counter holds them of any."""
    assert [] == faults_of(*expect)


def test_a_value_of_another_step_is_a_fault() -> None:
    """A value and a step that stand in the log, but not in one sample, do not prove it."""
    (fault,) = faults_of({"step": 1, "train/loss": 0.25})

    assert "train/loss = 0.25 should be at step = 1" in fault
