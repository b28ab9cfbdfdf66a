"""A run's state in a line, and its verdict."""

from dataclasses import replace
from datetime import datetime

import pytest

from logwatch.diagnosis.analysis.states import State
from logwatch.diagnosis.finding import Severity
from logwatch.metrics.run import RunView
from logwatch.parsing.record import Progress
from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.plotting.plot import Span
from logwatch.tui.text.run_status import (
    choose_verdict,
    tell_age,
    tell_pace,
    tell_state,
    tell_verdict,
)
from tests.tui.fakes import make_finding, make_run, make_samples, make_snapshot

RUN = make_run(make_samples("train/loss", [3.0, 2.0]))
NEWS = make_finding("on-course", Severity.ok, title="train/loss falls")


def text_of(spans: list[Span]) -> str:
    """The words without inks."""
    return "".join(text for text, _ in spans)


def test_the_worst_that_is_wrong_is_the_verdict() -> None:
    """After how many there are of each, the first of the gravest is told in full."""
    warning = make_finding("spike", Severity.warning, title="a spike")
    snapshot = make_snapshot(RUN, make_finding(), warning, NEWS)

    assert "✗ 1  ! 1  ✓ 1  lm_loss is NaN since step 748" == text_of(
        tell_verdict(snapshot, ascii_only=False)
    )


def test_good_news_are_the_verdict_when_nothing_is_wrong() -> None:
    """What is over, or only for information, does not stand before good news."""
    past = make_finding(active=False)
    info = make_finding("weights-reinitialised", Severity.info, title="begins anew")

    assert NEWS is choose_verdict((past, info, NEWS))
    assert "+ train/loss falls" == text_of(
        tell_verdict(make_snapshot(RUN, info, NEWS), ascii_only=True)
    )


@pytest.mark.parametrize(
    ("snapshot", "told"),
    [
        (make_snapshot(RUN), "✓ no problem found in what was read"),
        (make_snapshot(RUN, error="x.log does not exist"), "✗ x.log does not exist"),
        (make_snapshot(RunView(), text=b"hello\n"), "no numbers of a training found in 0 lines"),
        (make_snapshot(RUN, read_share=0.43, text=b"x" * 5000), "reading 43 % of 5.0 kB"),
        (
            make_snapshot(RUN, note="the log was emptied"),
            "the log was emptied  ✓ no problem found in what was read",
        ),
    ],
)
def test_every_state_has_its_sentence(snapshot: Snapshot, told: str) -> None:
    """There is always one sentence to read."""
    assert told == text_of(tell_verdict(snapshot, ascii_only=False))


def test_an_end_has_a_time_of_day() -> None:
    """What is left is told as a length and as a clock, with the day when it is far off."""
    now = datetime(2026, 11, 20, 12, 0)
    run = replace(RUN, progress=Progress(step=100, total=200, steps_per_s=1 / 36))
    far = replace(RUN, progress=Progress(step=100, total=10_100, steps_per_s=1 / 36))

    assert "1 h left, ends 13:00" in map(
        text_of, tell_pace(make_snapshot(run), now, ascii_only=False)
    )
    assert "4 d 4 h left, ends Tue 24 Nov 16:00" in map(
        text_of, tell_pace(make_snapshot(far), now, ascii_only=False)
    )


def test_a_finished_run_is_told_no_end() -> None:
    """Nobody waits for what is over."""
    run = replace(RUN, progress=Progress(step=100, total=200, steps_per_s=1.0))
    snapshot = make_snapshot(run)
    over = replace(snapshot, update=replace(snapshot.update, state=State("failed")))
    parts = map(text_of, tell_pace(over, datetime(2026, 11, 20), ascii_only=False))

    assert not any("left" in part for part in parts)


def test_a_run_with_a_problem_is_not_green() -> None:
    """The colour of the badge is that of the worst finding; a good run has that of its state."""
    styles = [
        tell_state("a.log", make_snapshot(RUN, *findings), 20)[0][1]
        for findings in ((make_finding(),), (make_finding(severity=Severity.warning),), (NEWS,))
    ]

    assert ["badge-error", "badge-warning", "badge-ok"] == styles


def test_a_status_is_a_word() -> None:
    """Colour is never all that tells how a run is."""
    assert " RUNNING  a.log" == text_of(tell_state("a.log", make_snapshot(RUN), 20))
    assert " READING  a.log" == text_of(tell_state("a.log", Snapshot(), 20))
    assert " NO LOG  a.log" == text_of(tell_state("a.log", Snapshot(error="gone"), 20))


@pytest.mark.parametrize(
    ("grew_at", "silent_s", "told"),
    [
        (95.0, None, "fresh"),
        (40.0, None, "no output for 1 min"),
        (None, 7500.0, "no output for 2 h 5 min"),
    ],
)
def test_the_age_of_the_data(grew_at: float | None, silent_s: float | None, told: str) -> None:
    """Counted from the last growth that was seen, else from the file's own time."""
    snapshot = make_snapshot(RUN, grew_at=grew_at, silent_s=silent_s)

    assert told == tell_age(snapshot, clock=100.0, shown_at=100.0)
