"""Where the main thread is parked a thread of its own runs the line."""

import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from logwatch.attach import thread
from logwatch.attach.process import read_process
from logwatch.attach.thread import (
    WAITS,
    find_parked,
    inject_thread,
    look_at_all,
    waits_for_good,
)

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
    while True:
        process = read_process(child.pid)
        before = look_at_all(process)
        time.sleep(thread.PROOF_S)
        if find_parked(process, before):
            return process
        assert child.poll() is None


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


def stands(**threads):
    """A process of such threads, as they are seen."""
    seen = {int(name[1:]): text for name, text in threads.items()}
    process = replace(read_process(1), pid=1, threads=tuple(seen), machine="x86_64")
    return process, seen


@pytest.mark.parametrize("later", ["202 0x2 7", "202 0x1 8", ""])
def test_a_thread_that_moves_is_not_parked(monkeypatch, later):
    """One that is in another call later, or has been awake in between, is not parked."""
    process, before = stands(t1="202 0x1 7", t2="0 0x5 7")
    after = {1: later, 2: "0 0x5 7"}
    monkeypatch.setattr(thread, "stand", lambda pid, tid: after[tid])

    assert (2, "read") == find_parked(process, before)


def test_a_lock_is_the_last_choice(monkeypatch):
    """A thread that reads is preferred to one that may wait for a lock, even the main thread."""
    process, seen = stands(t1="202 0x1 7", t2="7 0x1 7", t3="")
    monkeypatch.setattr(thread, "stand", lambda pid, tid: seen[tid])

    assert (2, "poll") == find_parked(process, seen)
    assert (1, "futex") == find_parked(process, {1: seen[1], 3: ""})
    assert find_parked(process, {3: ""}) is None
    assert find_parked(replace(process, machine="riscv64"), seen) is None


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param("202 0x7f 0x189 0x0 0x0 0x0 0xffffffff 0x7ff 0x7fe 7", True, id="join"),
        pytest.param("202 0x7f 0x189 0x0 0x7fa 0x0 0xffffffff 0x7ff 0x7fe 7", False, id="timed"),
        pytest.param("0 0x7 0x189 0x0 0x0 0x0 0x0 0x7ff 0x7fe 7", False, id="read"),
        pytest.param("", False, id="runs"),
    ],
)
def test_what_waits_for_good(monkeypatch, seen, expected):
    """A main thread that waits for another one without a limit does; reading or sleeping ends."""
    process, before = stands(t1=seen)
    monkeypatch.setattr(thread, "stand", lambda pid, tid: seen)

    assert expected == waits_for_good(process, before)


@pytest.mark.ptrace
def test_a_join_waits_for_good(may_trace):
    """A main thread in Thread.join is seen to; one in a sleep is not."""
    for code, expected in ((JOIN, True), (SLEEP, False)):
        with running(code) as child:
            process = wait_parked(child)
            assert expected == waits_for_good(process, look_at_all(process))


def test_both_processors_know_the_usual_waits():
    """A futex, a sleep and an epoll are known on each."""
    for names in WAITS.values():
        assert {"futex", "clock_nanosleep", "epoll_pwait"} <= set(names.values())
