"""Where the main thread is parked a thread of its own runs the line."""

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace

import pytest

from logwatch.attach import thread
from logwatch.attach.process import read_process
from logwatch.attach.thread import WAITS, find_parked, inject_thread

JOIN = """
import os, threading
def work():
    os.write(1, b"ready\\n")
    while True: sum(range(100))
worker = threading.Thread(target=work, daemon=True)
worker.start()
worker.join()
"""
SLEEP = "import os, time\nos.write(1, b'ready\\n')\ntime.sleep(1000)"
TELL = (
    "import os, threading, signal; "
    "os.write(1, ('%d %d\\n' % (threading.get_native_id(), "
    "len(signal.pthread_sigmask(signal.SIG_BLOCK, [])))).encode())"
)


@contextmanager
def running(code):
    """A child that has said `ready`; it is ended."""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert "ready\n" == child.stdout.readline()
        yield child
    finally:
        child.kill()
        child.communicate()


@pytest.fixture(autouse=True)
def _short_proof(monkeypatch):
    monkeypatch.setattr(thread, "PROOF_S", 0.1)


def wait_parked(child):
    """The process, once its main thread is parked."""
    while find_parked(read_process(child.pid)) is None:
        assert child.poll() is None
    return read_process(child.pid)


@pytest.mark.ptrace
@pytest.mark.parametrize(
    ("code", "wait"),
    [pytest.param(JOIN, "futex", id="join"), pytest.param(SLEEP, "clock_nanosleep", id="sleep")],
)
def test_another_thread_runs_the_line(may_trace, code, wait):
    """Ten lines run, each in a new thread that hears no signals, and the main thread waits on."""
    with running(code) as child:
        for _ in range(10):
            process = wait_parked(child)
            done = inject_thread(process, TELL)
            tid, blocked = map(int, child.stdout.readline().split())
            assert tid not in process.threads
            assert blocked > 50
            assert "thread" == done.method
            note = f"the main thread waits in {wait}: a thread of its own runs the probe"
            assert note == done.note
        assert child.poll() is None


def test_a_thread_that_moves_is_not_parked(monkeypatch):
    """A thread counts as parked if call, arguments, stack and place stay the same."""
    seen = {1: iter(["202 0x1", "202 0x1", "202 0x2"]), 2: iter(["0 0x5"] * 1000)}
    monkeypatch.setattr(thread, "look", lambda pid, tid: next(seen[tid], "202 0x2"))
    process = replace(read_process(1), threads=(1, 2), machine="x86_64")

    assert (2, "read") == find_parked(process)


def test_a_lock_is_the_last_choice(monkeypatch):
    """A thread that reads is preferred to one that may wait for a lock, even the main thread."""
    calls = {1: "202 0x1", 2: "7 0x1", 3: ""}
    monkeypatch.setattr(thread, "look", lambda pid, tid: calls[tid])
    process = replace(read_process(1), pid=1, threads=(1, 2, 3), machine="x86_64")

    assert (2, "poll") == find_parked(process)
    assert (1, "futex") == find_parked(replace(process, threads=(1, 3)))
    assert find_parked(replace(process, threads=(3,))) is None
    assert find_parked(replace(process, machine="riscv64")) is None


def test_both_processors_know_the_usual_waits():
    """A futex, a sleep and an epoll are known on each."""
    for names in WAITS.values():
        assert {"futex", "clock_nanosleep", "epoll_pwait"} <= set(names.values())
