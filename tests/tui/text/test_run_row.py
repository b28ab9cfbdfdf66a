"""Rows of a list of runs."""

import pytest

from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.text.run_facts import RunFacts, gather_facts
from logwatch.tui.text.run_row import SHOWN, find_useful, head_row, lay_out_columns, tell_row
from logwatch.tui.text.styles import count_cells
from tests.tui.fakes import make_finding, make_run, make_samples, make_snapshot

RUN = make_run(make_samples("train/loss", [4.0, 2.0]))


def row_of(facts: RunFacts, width: int) -> str:
    """The row as plain text."""
    layout = lay_out_columns(width, len(facts.name))
    spans = tell_row(
        facts,
        layout,
        mark=("A", ""),
        draw_curve=lambda cells: "~" * cells,
        distance="",
        ascii_only=False,
    )
    return "".join(text for text, _ in spans)


def gather(snapshot: Snapshot, name: str = "train.log") -> RunFacts:
    """What is known of a run."""
    return gather_facts(0, name, snapshot, "train/loss", 0.0, 0.0)


def test_a_wide_screen_has_every_column() -> None:
    """State, share, time left, curve, loss, change, age, finding."""
    row = row_of(gather(make_snapshot(RUN, make_finding(), silent_s=7500.0)), 140)

    assert "A✗ train.log    running" == row[:23]
    assert ["2", "-50", "%", "2.1", "h", "lm_loss", "is"] == row.split("~ ")[1].split()[:7]


@pytest.mark.parametrize("width", [20, 40, 58, 80, 100, 140, 200])
def test_a_row_is_never_wider_than_the_screen(width: int) -> None:
    """Columns go where there is no room for them; head and row have the same width."""
    facts = gather(make_snapshot(RUN, make_finding()), "a" * 70 + "-end.log")
    layout = lay_out_columns(width, len(facts.name))
    head = head_row(layout, "train/loss", "verdict", reverse=False)

    assert count_cells(head) == len(row_of(facts, width)) <= width


def test_names_keep_both_ends() -> None:
    """Runs of a sweep differ at the ends of their names."""
    assert "aaaaaa…" in row_of(gather(make_snapshot(RUN), "a" * 70 + "-lr3.log"), 80)
    assert "-lr3.log" in row_of(gather(make_snapshot(RUN), "a" * 70 + "-lr3.log"), 80)


def test_what_could_not_be_read_says_why() -> None:
    """The reason stands where a finding would."""
    assert "x.log does not exist" in row_of(gather(Snapshot(error="x.log does not exist")), 120)
    assert "reading" in row_of(gather(Snapshot()), 80)


@pytest.mark.parametrize("column", ["name", *SHOWN])
def test_the_column_that_sorts_is_marked(column: str) -> None:
    """An arrow says by what the list is sorted, and which way."""
    layout = lay_out_columns(160, 20)
    told = "".join(text for text, _ in head_row(layout, "train/loss", column, reverse=True))

    assert 1 == told.count("▴")


def test_columns_that_nobody_fills_give_way_to_the_finding() -> None:
    """Of runs without steps and losses only the state and the finding are told."""
    bare = gather(make_snapshot(make_run(make_samples("lr", [1.0])), make_finding()))
    every, few = (lay_out_columns(100, 9, one) for one in (frozenset(SHOWN), find_useful([bare])))

    assert {"state", "cause"} == few.columns.keys()
    assert few.columns["cause"] > every.columns["cause"]
