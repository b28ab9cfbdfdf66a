"""`crashed`, `out-of-memory`, `nccl-timeout`: the cause among many errors."""

import pytest


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


@pytest.mark.parametrize(
    ("title", "said"), [("Traceback (most recent call last):", False), ("ValueError: no", True)]
)
def test_a_traceback_without_error_did_not_end_a_job_at_its_limit(bench, title, said):
    """A traceback that a library logs as a warning is not why it ended; a named error may be."""
    bench.log("train/loss", [3.0, 2.0, 1.0]).note("crash", title, at=3).note("time_limit", at=9)

    found = bench.findings()
    assert (said, True) == ("crashed" in found, "time-limit" in found)
