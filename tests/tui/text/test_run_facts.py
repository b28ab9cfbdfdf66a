"""What a list tells of runs, and their order."""

import math

import pytest

from logwatch.diagnosis.finding import Severity
from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.text.run_facts import SORTS, RunFacts, gather_facts, judge_run, order_runs
from tests.tui.fakes import make_finding, make_run, make_samples, make_snapshot

RUN = make_run(make_samples("train/loss", [4.0, 3.0, 2.0]))


def facts_of(number: int, snapshot: Snapshot, name: str = "a.log") -> RunFacts:
    """What is known of a run, whose log was read 100 s after the start of the clock."""
    return gather_facts(number, name, snapshot, "train/loss", 100.0, 100.0)


def test_a_run_in_figures() -> None:
    """The newest loss, its change since the start, the worst finding, the age of the log."""
    facts = facts_of(3, make_snapshot(RUN, make_finding(), grew_at=70.0))

    assert (3, "failing", 2.0, -0.5, 30.0, "non-finite") == (
        facts.number,
        facts.judgement,
        facts.value,
        facts.change,
        facts.age_s,
        facts.finding.rule if facts.finding else "",
    )


def test_what_is_not_known_is_nan() -> None:
    """A run without the metric has no value, no change, no end."""
    facts = facts_of(0, make_snapshot(make_run(make_samples("lr", [1.0]))))

    assert [True, True, True] == list(
        map(math.isnan, (facts.value, facts.change, facts.pace.eta_s))
    )
    assert not facts.has_value


@pytest.mark.parametrize(
    ("snapshot", "judgement"),
    [
        (Snapshot(), "reading"),
        (make_snapshot(RUN, read_share=0.5), "reading"),
        (Snapshot(error="x does not exist"), "failing"),
        (make_snapshot(RUN, make_finding(severity=Severity.warning)), "warning"),
    ],
)
def test_a_run_is_judged_once_it_is_read(snapshot: Snapshot, judgement: str) -> None:
    """A log that cannot be read is a failing one, never one that waits."""
    assert judgement == judge_run(snapshot)


def test_the_worst_comes_first() -> None:
    """Errors, warnings, what is not judged, what is being read, good runs; pins before all."""
    snapshots = [
        make_snapshot(RUN, read_share=0.1),
        make_snapshot(RUN),
        make_snapshot(RUN, make_finding(severity=Severity.warning)),
        make_snapshot(RUN, make_finding()),
    ]
    facts = [facts_of(at, snapshot) for at, snapshot in enumerate(snapshots)]

    assert [3, 2, 0] == [
        one.number for one in order_runs(facts, "verdict", frozenset()) if one.number != 1
    ]
    assert 1 == order_runs(facts, "verdict", frozenset({1}))[0].number


@pytest.mark.parametrize("reverse", [False, True])
def test_what_is_not_known_comes_last_either_way(reverse: bool) -> None:
    """A run without a loss is neither the best nor the worst."""
    bare = make_snapshot(make_run(make_samples("lr", [1.0])))
    low = make_snapshot(make_run(make_samples("train/loss", [1.0])))
    facts = [facts_of(0, bare), facts_of(1, make_snapshot(RUN)), facts_of(2, low)]
    order = [one.number for one in order_runs(facts, "value", frozenset(), reverse=reverse)]

    assert ([1, 2, 0] if reverse else [2, 1, 0]) == order


@pytest.mark.parametrize("column", SORTS)
def test_every_column_sorts(column: str) -> None:
    """No column fails on runs of which nothing is known."""
    facts = [facts_of(0, Snapshot()), facts_of(1, make_snapshot(RUN, make_finding()))]

    assert {0, 1} == {one.number for one in order_runs(facts, column, frozenset())}
