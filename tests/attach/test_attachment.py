"""To attach is to check, to enter, and to hear; to close is to leave nothing."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from logwatch.attach import attachment, entry, thread
from logwatch.attach.attachment import Options, attach, warn_of_container
from logwatch.attach.mapping import read_mappings
from logwatch.attach.page import FREE, MARK
from logwatch.attach.ptrace import Memory
from logwatch.attach.refusal import AttachRefused
from tests.attach.started import PATIENCE_S

JOIN = """
import os, threading, time
worker = threading.Thread(target=time.sleep, args=(1000,), daemon=True)
worker.start()
os.write(1, b"ready\\n")
worker.join()
"""
AS_ANOTHER = """
import binascii, ctypes, os, threading, logwatch.attach.guest  # a home of root is closed to it
os.setgroups([])
os.setgid(4711)
os.setuid(4711)
ctypes.CDLL(None).prctl(4, 1)  # PR_SET_DUMPABLE: as if that user had started it
"""
BUSY_IN_C = """
import os
os.write(1, b"ready\\n")
sum(range(10**12))
"""


@pytest.fixture
def start(may_trace):
    """Start a child from code; it is ended after the test."""
    children = []

    def start(code):
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        children.append(child)
        assert "ready\n" == child.stdout.readline()
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


@pytest.mark.torch
@pytest.mark.ptrace
def test_a_training_is_heard(start_target):
    """What is told: process, hello, method, pause, and how long the first values took."""
    target = start_target("train")

    with attach(target.pid, Options()) as found:
        heard = []
        while "values" not in heard and found.is_open:
            heard += [message["kind"] for message in found.receive(1.0)]
        assert target.pid == found.process.pid == found.hello["pid"]
        assert found.method in {"ptrace", "remote"}
        assert 0 < found.pause_s < found.first_data_s
        assert found.fileno() >= 0
        assert found.ask({"kind": "stack"})
    assert not found.is_open
    assert -1 == found.fileno()
    assert not found.ask({"kind": "stack"})
    found.close()
    target.wait_steps(1)


@pytest.mark.torch
@pytest.mark.ptrace
def test_one_page_is_left(start_target):
    """After several attaches the process holds one page of ours, marked as free."""
    target = start_target("train")

    def pages():
        return [page.start for page in read_mappings(target.pid) if page.permissions == "r-xp"]

    before = pages()
    for _ in range(3):
        attach(target.pid, Options(method="ptrace")).close()
    (page,) = set(pages()) - set(before)

    memory = Memory(target.pid)
    assert MARK + FREE.to_bytes(8, "little") == memory.read(page, 16)
    memory.close()


@pytest.mark.ptrace
def test_a_parked_main_thread(start, monkeypatch):
    """Where the main thread waits for ever, another is made at once, and that is said."""
    monkeypatch.setattr(entry, "HELLO_S", 2 * PATIENCE_S)
    told = []
    child = start(JOIN)

    with attach(child.pid, Options(time_limit_s=PATIENCE_S), told.append) as found:
        assert "thread" == found.method
        assert child.pid == found.hello["pid"]
    assert any("a thread of its own runs the probe" in sentence for sentence in told)
    assert child.poll() is None


@pytest.mark.ptrace
def test_silence_is_told(start, monkeypatch):
    """A main thread that stays in C is not torn out: we say where it is, and leave."""
    monkeypatch.setattr(entry, "HELLO_S", 0.1)
    monkeypatch.setattr(thread, "PROOF_S", 0.05)
    told = []
    child = start(BUSY_IN_C)

    with pytest.raises(AttachRefused) as caught:
        attach(child.pid, Options(method="ptrace", time_limit_s=0.5), told.append)

    refusal = caught.value.refusal
    assert ("no-answer", 40) == (refusal.code, refusal.exit_code)
    assert refusal.sentence.startswith("nothing answered in time: the main thread of process")
    assert child.poll() is None
    assert 0 == read_tracer(child.pid)


def read_tracer(pid):
    """Who traces a process."""
    return attachment.read_process(pid).tracer


@pytest.mark.ptrace
def test_another_container(may_trace):
    """A process that sees other files than we do is entered through its own root; that is said."""
    found = replace(attachment.read_process(1), pid=7, foreign=("mnt", "pid"))
    sentence = "process 7 is in another container: its files are reached through /proc/7/root"
    assert sentence == warn_of_container(found)
    assert "" == warn_of_container(replace(found, foreign=("net",)))
    if os.geteuid():  # who is not root cannot make one here
        return
    told = []
    code = "import os, time\nos.write(1, b'ready\\n')\nwhile True: sum(range(100))"
    hide_tmp = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs x /tmp && exec "$@"', "sh"]
    python = os.path.realpath(sys.executable)  # of an environment that may lie in /tmp itself
    with subprocess.Popen([*hide_tmp, python, "-c", code], stdout=subprocess.PIPE) as child:
        try:
            assert b"ready\n" == child.stdout.readline()
            with attach(child.pid, Options(), told.append) as inside:
                assert child.pid == inside.hello["pid"]
                assert "mnt" in inside.process.foreign
        finally:
            child.kill()
    assert any("in another container" in sentence for sentence in told)


@pytest.mark.ptrace
@pytest.mark.skipif(os.geteuid() != 0, reason="takes root: the target has another user")
def test_root_attaches_to_another_user(start):
    """The guest of another user gets in, and no folder remains."""
    child = start(AS_ANOTHER + JOIN)

    with attach(child.pid, Options()) as found:
        assert (child.pid, 4711) == (found.hello["pid"], found.process.uid)
        folder = found._link.folder
    assert "/tmp" == str(folder.parent)
    assert not folder.exists()


@pytest.mark.ptrace
def test_a_fault_leaves_no_folder(start, monkeypatch, tmp_path):
    """Whatever goes wrong on the way in, no folder and no socket remain."""
    folders = []
    make = attachment.make_link

    def remember(process, options):
        link = make(process, options)
        folders.append(link.folder)
        return link

    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(attachment, "make_link", remember)
    monkeypatch.setattr(entry, "inject", fail)
    child = start(JOIN)

    with pytest.raises(ZeroDivisionError):
        attach(child.pid, Options())
    assert [False] == [folder.exists() for folder in folders]


@pytest.mark.ptrace
def test_a_failed_injection_is_a_refusal(start, monkeypatch):
    """Where neither the first way nor another thread works, the first reason is told."""

    def fail(process, line, method, script, before):
        raise entry.InjectError(f"{method} does not work")

    monkeypatch.setattr(entry, "inject", fail)
    child = start(JOIN)

    with pytest.raises(AttachRefused) as caught:
        attach(child.pid, Options())
    assert "failed" == caught.value.refusal.code
    assert caught.value.refusal.sentence in {"ptrace does not work", "remote does not work"}


def test_options_are_a_value():
    """They compare, and are not changed."""
    assert Options() == replace(Options(budget=0.5), budget=0.01)
    assert (
        Options(method="auto", budget=0.01, every=None, loss=True, time_limit_s=10.0) == Options()
    )
