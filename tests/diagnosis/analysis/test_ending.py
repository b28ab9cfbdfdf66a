"""How each end of a run is told, and what it was worth."""

import pytest

from logwatch.diagnosis.finding import Severity
from logwatch.parsing.record import Progress


@pytest.mark.parametrize(
    ("kind", "rule", "severity"),
    [
        ("oom_gpu", "out-of-memory", Severity.error),
        ("oom_host", "out-of-memory", Severity.error),
        ("crash", "crashed", Severity.error),
        ("time_limit", "time-limit", Severity.error),
        ("cancelled", "cancelled", Severity.warning),
        ("interrupted", "cancelled", Severity.warning),
        ("preempted", "preempted", Severity.warning),
        ("requeued", "requeued", Severity.info),
        ("node_fail", "node-failure", Severity.error),
        ("nccl_timeout", "nccl-timeout", Severity.error),
        ("task_failed", "crashed", Severity.error),
    ],
)
def test_each_end_is_told_with_its_line(run_maker, falling, kind, rule, severity):
    """One event at the end of a healthy run: its rule, how bad, and the line."""
    found = run_maker.log("train/loss", falling).note(kind, at=199).findings()

    assert severity == found[rule].severity
    assert [2000] == [proof.line for proof in found[rule].evidence]
    assert "on-course" not in found or severity < Severity.warning


@pytest.mark.parametrize("kind", ["oom_gpu", "crash", "time_limit", "cancelled", "preempted"])
def test_an_end_after_which_it_went_on_is_over(run_maker, falling, kind):
    """A caught error, or a requeued job in the same log: no warning any more."""
    findings = run_maker.log("train/loss", falling).note(kind, at=50).findings().values()

    assert all(not found.active for found in findings if found.severity > Severity.ok)


def test_a_time_limit_tells_what_the_run_was_worth(run_maker, falling):
    """Steps done of all, the last checkpoint, and what is lost since."""
    run_maker.progress = Progress(step=199, total=1000)
    run_maker.log("train/loss", falling).note("ckpt_save", at=150, step=150.0)

    detail = run_maker.note("time_limit", at=199).findings()["time-limit"].detail

    assert "It had reached step 199 of 1000" in detail
    assert "the last checkpoint is of step 150, so 49 are lost" in detail


def test_a_crash_after_the_end_is_an_error(run_maker, falling):
    """The job failed: what it had to do after its training is not done."""
    run_maker.log("train/loss", falling).note("finished", at=199)

    found = run_maker.note("crash", "AttributeError: run", at=200).findings()

    assert Severity.error == found["crashed"].severity
    assert "failed" not in found


def test_a_late_line_does_not_undo_a_death(run_maker):
    """One step of a buffer behind an out-of-memory error: still an error."""
    run_maker.log("train/loss", [3.0] * 30).note("oom_gpu", at=28)

    found = run_maker.findings()["out-of-memory"]

    assert (Severity.error, True) == (found.severity, found.active)


def test_steps_for_a_minute_undo_a_death(run_maker):
    """The log's own clock tells that the run went on."""
    times = [float(100 * step) for step in range(30)]
    run_maker.log("train/loss", [3.0] * 30, times=times).note("oom_gpu", at=28)

    assert not run_maker.findings()["out-of-memory"].active


def test_steps_of_the_same_second_do_not(run_maker):
    """Many lines at one moment are a buffer that was emptied."""
    run_maker.log("train/loss", [3.0] * 30, times=[7.0] * 30).note("oom_gpu", at=27)

    assert run_maker.findings()["out-of-memory"].active


def test_a_signal_after_a_death_is_its_echo(run_maker):
    """A launcher stops the other ranks: nobody cancelled the run."""
    run_maker.note("crash", "ValueError: no", at=5).note("interrupted", at=6)

    assert {"crashed"} == run_maker.findings().keys()
