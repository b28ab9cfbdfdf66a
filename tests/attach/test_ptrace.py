"""A stopped thread is put back as it was, whatever it was doing and whatever happens to it."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from logwatch.attach import ptrace
from logwatch.attach.inject import inject_call
from logwatch.attach.mapping import find_addresses, find_libc, read_mappings
from logwatch.attach.process import read_process
from logwatch.attach.ptrace import Memory, run_apart
from logwatch.attach.site import InjectError, survey
from logwatch.attach.stop import LateError, NotNowError, Stop, StopError
from logwatch.attach.thread import look

pytestmark = [pytest.mark.ptrace, pytest.mark.usefixtures("may_trace")]

TARGETS = Path(__file__).resolve().parent / "targets"
LOOP = """
import os, select
os.write(1, b"ready\\n")
total = 0
while not select.select([0], [], [], 0)[0]:
    total += sum(range(100))
os.write(1, f"{total % 4950}\\n".encode())
"""


@contextmanager
def running(*words):
    """A Python child that has said `ready`; it is ended."""
    pipe = subprocess.PIPE
    child = subprocess.Popen(
        [sys.executable, *words], stdin=pipe, stdout=pipe, text=True, bufsize=1
    )
    try:
        assert "ready\n" == child.stdout.readline()
        yield child
    finally:
        child.kill()
        child.communicate()


@contextmanager
def looping():
    """A child that computes, its memory, and all that a stop of it needs."""
    with running("-c", LOOP) as child:
        memory = Memory(child.pid)
        try:
            yield child, memory, survey(child.pid, memory)
        finally:
            memory.close()


def assert_lives(child):
    """The child goes on, and ends with the right figures."""
    child.stdin.close()
    assert "0\n" == child.stdout.readline()
    child.stdin = None
    assert 0 == child.wait()


def in_stop(child, memory, site, act, limit_s=0.25):
    """What `act` gives, done with the child's main thread while it stands still."""

    def work():
        with Stop(child.pid, memory, limit_s) as stop:
            stop.save(site.machine, site.gadgets)
            return act(stop)

    return run_apart(work)


@pytest.mark.parametrize(
    ("name", "result"), [("nanosleep", "0 0"), ("poll", "0 0"), ("read", "1 0")]
)
def test_an_interrupted_call_is_done_again(name, result):
    """A call that waits ends as if nobody had interrupted it: no EINTR, no early end."""
    with running(str(TARGETS / "waits.py"), name) as child:
        while not look(child.pid, child.pid):  # it has said `ready` and is about to wait
            os.sched_yield()
        process = read_process(child.pid)
        inject_call(process, "None")  # one at least; more, as long as it waits
        for _ in range(4):
            if look(child.pid, child.pid):
                inject_call(process, "None")
        if name == "read":
            child.stdin.write("x")
            child.stdin.flush()
        assert f"{result}\n" == child.stdout.readline()


def test_no_signal_is_lost():
    """Every signal that is sent during injections arrives, once."""
    count = 300
    with running(str(TARGETS / "signalled.py")) as child:
        process = read_process(child.pid)

        def send():
            for _ in range(count):
                os.kill(child.pid, signal.SIGRTMIN)

        sender = threading.Thread(target=send)
        sender.start()
        for _ in range(25):
            inject_call(process, "None")
        sender.join()
        child.stdin.close()
        assert f"{count}\n" == child.stdout.readline()
        child.stdin = None


def test_a_filter_of_system_calls_does_not_matter():
    """In a process that is filtered as in a container each line is handed over."""
    with running(str(TARGETS / "filtered.py")) as child:
        process = read_process(child.pid)
        for _ in range(20):
            inject_call(process, "None")
        assert_lives(child)


def test_a_slow_call_is_left_to_itself():
    """A call that takes longer than the limit goes on without us, and leads back by itself."""
    with looping() as (child, memory, site):
        libc = find_libc(child.pid, read_mappings(child.pid), "usleep")
        usleep = find_addresses(libc, ["usleep"])["usleep"]

        with pytest.raises(LateError):
            in_stop(child, memory, site, lambda stop: stop.call(usleep, 400_000), 0.05)

        assert 0 == read_process(child.pid).tracer
        assert_lives(child)


def test_a_call_that_fails_is_taken_back():
    """A call of an address where nothing is gives an error to us, none to the process."""
    with looping() as (child, memory, site):
        with pytest.raises(StopError, match="failed by SIGSEGV"):
            in_stop(child, memory, site, lambda stop: stop.call(0x10))
        assert_lives(child)


def test_stopped_by_a_signal_meanwhile():
    """A process that SIGSTOP stops in the middle of a call is stopped afterwards, not before."""
    with looping() as (child, memory, site):

        def act(stop):
            os.kill(child.pid, signal.SIGSTOP)
            return stop.call(site.names["Py_IsInitialized"])

        assert 1 == in_stop(child, memory, site, act)
        while "T" != read_process(child.pid).state:  # SIGSTOP takes effect once we have let go
            assert child.poll() is None
            os.sched_yield()
        os.kill(child.pid, signal.SIGCONT)
        assert_lives(child)


def test_a_fault_of_ours_lets_go():
    """An exception of our own in the middle leaves the thread as it was, traced by nobody."""
    with looping() as (child, memory, site):
        with pytest.raises(ZeroDivisionError):
            in_stop(child, memory, site, lambda stop: stop.call(site.names["Py_IsInitialized"]) / 0)
        assert 0 == read_process(child.pid).tracer
        assert_lives(child)


def test_killed_while_it_stands():
    """A process that is killed while we hold it gives one sentence."""
    with looping() as (child, memory, site):

        def act(stop):
            os.kill(child.pid, signal.SIGKILL)
            return stop.call(site.names["Py_IsInitialized"])

        with pytest.raises((StopError, OSError)):
            in_stop(child, memory, site, act)


def test_a_process_that_has_ended_is_told():
    """To inject into a process that is gone gives one sentence."""
    with running("-c", LOOP) as child:
        process = read_process(child.pid)

    with pytest.raises(InjectError, match="cannot be opened"):
        inject_call(process, "None")


def test_memory_that_is_not_there():
    """Reading or writing where nothing is mapped is an error, not a short answer."""
    memory = Memory(os.getpid())
    try:
        with pytest.raises(OSError, match="cannot read 8 bytes at 0x10"):
            memory.read(0x10, 8)
        with pytest.raises(OSError, match="cannot write 1 bytes at 0x10"):
            memory.write(0x10, b"x")
    finally:
        memory.close()


def test_the_thread_that_traces_hears_no_signal():
    """All signals are blocked where we trace, and no thread of ours remains."""
    before = threading.active_count()

    blocked = run_apart(lambda: signal.pthread_sigmask(signal.SIG_BLOCK, []))

    assert {signal.SIGINT, signal.SIGTERM} <= blocked
    assert before == threading.active_count()
    assert ptrace.SYSTEM_CALL_STOP == 0x85


def test_a_thread_that_does_not_stop_is_not_used(monkeypatch):
    """Where the stop takes longer than the limit nothing is changed, and it may be tried again."""
    with looping() as (child, memory, site):
        monkeypatch.setattr(ptrace, "wait", lambda tid, until: None)
        with pytest.raises(NotNowError, match="did not stop in time"):
            in_stop(child, memory, site, lambda stop: stop.call(0x10))
        monkeypatch.undo()
        assert 0 == read_process(child.pid).tracer
        assert_lives(child)
