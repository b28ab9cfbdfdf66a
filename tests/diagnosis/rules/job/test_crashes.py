"""`crashed`, `out-of-memory`, `nccl-timeout`: the cause among many errors."""

import pytest


def test_the_cause_is_the_first_error_that_is_no_echo(run_maker, falling):
    """Of many ranks' errors ChildFailedError and a lost connection report another one's end."""
    run_maker.log("train/loss", falling)
    run_maker.note("crash", "ConnectionResetError: peer", at=199)
    run_maker.note("crash", "ValueError: bad batch", at=200)
    run_maker.note("crash", "torch.distributed.elastic.ChildFailedError:", at=201)

    assert "ValueError: bad batch (line 2010)" in run_maker.findings()["crashed"].title


def test_an_error_of_long_before_is_not_the_cause(run_maker):
    """A helper that failed in line 1 did not end a run a thousand lines later."""
    run_maker.note("crash", "ModuleNotFoundError: x", at=0).note("crash", "ValueError: y", at=100)

    assert "ValueError: y" in run_maker.findings()["crashed"].title


def test_out_of_memory_is_not_told_twice(run_maker):
    """The traceback of an OOM is its own, and the launcher's echo is no cause."""
    run_maker.note("oom_gpu", at=10).note(
        "crash", "torch.OutOfMemoryError: CUDA out of memory.", at=10
    )

    assert {"out-of-memory"} == run_maker.note(
        "crash", "ChildFailedError:", at=11
    ).findings().keys()


def test_ranks_that_waited_point_to_the_error_before(run_maker):
    """A collective that timed out because one rank had died names that error."""
    run_maker.note("crash", "StopIteration", at=10)
    run_maker.note("nccl_timeout", "NCCL timeout: rank 1 waited in BROADCAST", at=100)

    found = run_maker.findings()["nccl-timeout"]

    assert "Before it, on line 110: StopIteration." in found.detail
    assert "line 110" in found.remedy


@pytest.mark.parametrize(
    ("title", "said"), [("Traceback (most recent call last):", False), ("ValueError: no", True)]
)
def test_a_traceback_without_error_did_not_end_a_job_at_its_limit(run_maker, title, said):
    """A traceback that a library logs as a warning is not why it ended; a named error may be."""
    run_maker.log("train/loss", [3.0, 2.0, 1.0]).note("crash", title, at=3).note("time_limit", at=9)

    found = run_maker.findings()
    assert (said, True) == ("crashed" in found, "time-limit" in found)


def test_an_error_whose_words_name_memory_is_out_of_memory(run_maker):
    """A traceback that ends in MemoryError needs no event of its own kind."""
    assert {"out-of-memory"} == run_maker.note("crash", "MemoryError", at=10).findings().keys()


def test_shared_memory_has_its_own_remedy(run_maker):
    """A bus error of a worker asks for shared memory and not for a smaller batch."""
    title = "DataLoader worker (pid 8) is killed by signal: Bus error. out of shared memory"

    assert (
        "--shm-size" in run_maker.note("oom_host", title, at=1).findings()["out-of-memory"].remedy
    )


def test_an_error_that_the_job_outlived_is_not_told_beside_its_limit(run_maker):
    """A helper failed on the first lines; the job ran to its time limit hundreds of lines later."""
    run_maker.note("crash", "ModuleNotFoundError: No module named 'x'", at=0).note(
        "time_limit", at=50
    )

    assert {"time-limit"} == run_maker.findings().keys()


def test_a_thread_that_died_is_told_where_nothing_else_is(run_maker):
    """A tracker's thread may have stopped the run; an error of the run itself goes before it."""
    run_maker.note("thread_error", "Exception: The backend has shutdown", at=3)
    assert "a thread ended" in run_maker.findings()["crashed"].title

    run_maker.note("crash", "ValueError: no", at=4)
    assert "ValueError" in run_maker.findings()["crashed"].title


def test_of_launchers_words_the_one_that_says_why(run_maker):
    """`Killing subprocess` is an echo of the code that another process left."""
    run_maker.note("task_failed", "Killing subprocess 42", at=3)
    run_maker.note("task_failed", "exits with return code = -9", at=4)

    assert "SIGKILL" in run_maker.findings()["crashed"].remedy
