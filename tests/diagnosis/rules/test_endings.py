"""How a run ended, and what it was worth."""

import numpy as np
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


def test_a_time_limit_after_the_last_step_is_a_remark(bench, falling):
    """The job slept after it was done."""
    bench.progress = Progress(step=199, total=200)

    found = bench.log("train/loss", falling).note("time_limit", at=199).findings()["time-limit"]

    assert Severity.info == found.severity


def test_a_crash_after_the_end_is_a_warning(bench, falling):
    """An error while plotting does not undo the training."""
    bench.log("train/loss", falling).note("finished", at=199)

    found = bench.note("crash", "AttributeError: run", at=200).findings()["crashed"]

    assert Severity.warning == found.severity


def test_the_cause_is_the_first_error_that_is_no_echo(bench, falling):
    """Of many ranks' errors ChildFailedError and a lost connection report another one's end."""
    bench.log("train/loss", falling)
    bench.note("crash", "ConnectionResetError: peer", at=199)
    bench.note("crash", "ValueError: bad batch", at=200)
    bench.note("crash", "torch.distributed.elastic.ChildFailedError:", at=201)

    assert "ValueError: bad batch (line 2010)" in bench.findings()["crashed"].title


def test_an_error_of_long_before_is_not_the_cause(bench):
    """A helper that failed in line 1 did not end a run a thousand lines later."""
    bench.note("crash", "ModuleNotFoundError: x", at=0).note("crash", "ValueError: y", at=100)

    assert "ValueError: y" in bench.findings()["crashed"].title


def test_out_of_memory_is_not_told_twice(bench):
    """The traceback of an OOM is its own, and the launcher's echo is no cause."""
    bench.note("oom_gpu", at=10).note("crash", "torch.OutOfMemoryError: CUDA out of memory.", at=10)

    assert {"out-of-memory"} == bench.note("crash", "ChildFailedError:", at=11).findings().keys()


def test_ranks_that_waited_point_to_the_error_before(bench):
    """A collective that timed out because one rank had died names that error."""
    bench.note("crash", "StopIteration", at=10)
    bench.note("nccl_timeout", "NCCL timeout: rank 1 waited in BROADCAST", at=100)

    found = bench.findings()["nccl-timeout"]

    assert "Before it, on line 110: StopIteration." in found.detail
    assert "line 110" in found.remedy


def test_a_cancelled_job_at_its_limit_is_a_time_limit(bench):
    """Slurm writes both; one is told."""
    found = bench.note("cancelled").note("time_limit").findings()

    assert {"time-limit"} == found.keys()


def test_a_keyboard_interrupt_is_no_crash(bench, falling):
    """Stopped by hand."""
    found = bench.log("train/loss", falling).note("crash", "KeyboardInterrupt", at=199).findings()

    assert "crashed" not in found
    assert np.isfinite(found["cancelled"].values["last_step"])
