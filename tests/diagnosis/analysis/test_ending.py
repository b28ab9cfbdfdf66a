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
def test_each_end_is_told_with_its_line(bench, falling, kind, rule, severity):
    """One event at the end of a healthy run: its rule, how bad, and the line."""
    found = bench.log("train/loss", falling).note(kind, at=199).findings()

    assert severity == found[rule].severity
    assert [2000] == [proof.line for proof in found[rule].evidence]
    assert "on-course" not in found or severity < Severity.warning


@pytest.mark.parametrize("kind", ["oom_gpu", "crash", "time_limit", "cancelled", "preempted"])
def test_an_end_after_which_it_went_on_is_over(bench, falling, kind):
    """A caught error, or a requeued job in the same log: no warning any more."""
    findings = bench.log("train/loss", falling).note(kind, at=50).findings().values()

    assert all(not found.active for found in findings if found.severity > Severity.ok)


def test_a_time_limit_tells_what_the_run_was_worth(bench, falling):
    """Steps done of all, the last checkpoint, and what is lost since."""
    bench.progress = Progress(step=199, total=1000)
    bench.log("train/loss", falling).note("ckpt_save", at=150, step=150.0)

    detail = bench.note("time_limit", at=199).findings()["time-limit"].detail

    assert "It had reached step 199 of 1,000" in detail
    assert "the last checkpoint is of step 150, so 49 are lost" in detail


def test_a_crash_after_the_end_is_a_warning(bench, falling):
    """An error while plotting does not undo the training."""
    bench.log("train/loss", falling).note("finished", at=199)

    found = bench.note("crash", "AttributeError: run", at=200).findings()["crashed"]

    assert Severity.warning == found.severity
