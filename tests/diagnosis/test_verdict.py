"""One word for a run, and what it cannot know."""

import pytest

from logwatch.diagnosis.verdict import tell_calm
from logwatch.session import Session

LOSSES = "".join(f"step {n}: loss {2.5 / n + 0.3:.4f} lr 1.0e-4\n" for n in range(1, 13))
STRANGE = "".join(f"@{n} what then was the loss=[[{2.5 / n:.4f}]]\n" for n in range(1, 13))
CRASHED = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: no\n'
CANCELLED = "slurmstepd: error: *** JOB 8 ON n1 CANCELLED AT 2026-11-20T09:12:33 ***\n"


@pytest.fixture
def update_of(library):
    """What a session makes of a log that has been silent for so long."""

    def update_of(text, silent_s=1.0):
        session = Session(library)
        session.feed(text.encode())
        session.finish()
        return session.update(silent_s)

    return update_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(LOSSES, "ok", id="all is read"),
        pytest.param(LOSSES + CRASHED, "failing", id="an error stands"),
        pytest.param(LOSSES + CANCELLED, "warning", id="somebody stopped it"),
        pytest.param("hello world\n" * 20, "unknown", id="no loss"),
        pytest.param(STRANGE, "unknown", id="a form that is not read"),
        pytest.param(LOSSES + STRANGE, "unknown", id="half of it is not read"),
        pytest.param("", "unknown", id="nothing yet"),
    ],
)
def test_a_run_in_one_word(update_of, text, expected):
    """A run without a problem is ok only where its loss and nearly all of its lines are read."""
    assert expected == update_of(text).verdict.word


def test_a_log_that_stopped_is_not_ok(update_of):
    """A run that hangs and one that was killed have the same log."""
    verdict = update_of(LOSSES, silent_s=3600.0).verdict

    assert ("unknown", 1) == (verdict.word, len(verdict.doubts))
    assert "ok" == update_of(LOSSES + "Training finished\n", silent_s=3600.0).verdict.word


def test_its_sentence(update_of):
    """It names the share of lines that were read, for a doubt too."""
    well, doubted = update_of(LOSSES), update_of(LOSSES + STRANGE)

    assert "no problem found in what was read (100 % of the numeric lines)" == tell_calm(
        well.verdict, well.run.coverage
    )
    assert "not judged: only 50 % of the numeric lines are read" == tell_calm(
        doubted.verdict, doubted.run.coverage
    )
    assert (13, "@1 what then was the loss=[[2.5000]]") == (
        doubted.run.coverage.line,
        doubted.run.coverage.example,
    )


def test_what_was_not_checked(update_of):
    """What the log does not hold is listed with the reason."""
    unchecked = {one.what: one.why for one in update_of(LOSSES).verdict.unchecked}

    assert {
        "overfitting": "no evaluation yet",
        "gradient norm": "not printed",
        "speed": "no rate and no times",
    } == unchecked


def test_a_failed_run_has_an_error(update_of):
    """A launcher's word alone is an error too, where no rule knows the cause."""
    update = update_of(f"{LOSSES}# Ended (code 1) at Mon Jan 1 10:31:01 UTC 2024, elapsed\n")

    assert ("failed", "failing") == (update.status, update.verdict.word)


def test_somebody_else_ended_it(update_of):
    """The status for scripts keeps its five words; the state is exact."""
    update = update_of(LOSSES + CANCELLED)

    assert ("failed", "cancelled") == (update.status, update.state.name)
