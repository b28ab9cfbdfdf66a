"""gdb is given all addresses, so that it reads no symbols."""

import shutil
import subprocess
import sys

import pytest

from logwatch.attach import gdb
from logwatch.attach.gdb import explain, inject_gdb, write_command
from logwatch.attach.process import read_process
from logwatch.attach.site import InjectError

LOOP = "import os\nos.write(1, b'ready\\n')\nwhile True: sum(range(100))"
TELL = "__import__('os').write(1, b'here' + bytes([10]))"
FUNCTIONS = {
    "mmap": 1,
    "Py_IsInitialized": 2,
    "Py_AddPendingCall": 3,
    "PyRun_SimpleString": 4,
}


@pytest.fixture
def looper():
    """A child that computes."""
    child = subprocess.Popen([sys.executable, "-c", LOOP], stdout=subprocess.PIPE, text=True)
    assert "ready\n" == child.stdout.readline()
    yield child
    child.kill()
    child.communicate()


@pytest.mark.ptrace
def test_a_line_runs(may_trace_all, looper):
    """A line that gdb hands over runs, and the process goes on."""
    if shutil.which("gdb") is None:
        pytest.skip("needs gdb")
    try:
        done = inject_gdb(read_process(looper.pid), TELL)
    except InjectError as error:
        if "too old for this processor" not in str(error):
            raise
        pytest.skip("needs a gdb that knows this processor")

    assert "here\n" == looper.stdout.readline()
    assert ("gdb", "gdb stops all threads of the process") == (done.method, done.note)
    assert looper.poll() is None


def test_without_gdb(looper, monkeypatch):
    """A machine without gdb says so."""
    monkeypatch.setattr(gdb, "find_gdb", lambda: None)

    with pytest.raises(InjectError, match="there is no gdb on this machine"):
        inject_gdb(read_process(looper.pid), TELL)


@pytest.mark.parametrize("line", ['print("x")', "a % b", "'\\n'", "'é'"])
def test_only_plain_text_is_given_to_gdb(looper, monkeypatch, line):
    """What gdb would read otherwise than it stands is refused."""
    monkeypatch.setattr(gdb, "find_gdb", lambda: "/usr/bin/gdb")

    with pytest.raises(InjectError, match="cannot be given to gdb"):
        inject_gdb(read_process(looper.pid), line)


def test_no_symbols_are_read():
    """The command switches the reading of libraries off, and names each function by its address."""
    command = " ".join(write_command("gdb", 7, FUNCTIONS, "None"))

    assert "set auto-solib-add off" in command
    assert "-p 7" in command
    assert all(f"{address:#x}" in command for address in FUNCTIONS.values())


@pytest.mark.parametrize(
    ("program", "sentence"), [("echo ptrace: Operation not permitted.", "not permitted"), (":", "")]
)
def test_what_gdb_says_is_told(looper, monkeypatch, tmp_path, program, sentence):
    """Where gdb fails its last words are in the sentence."""
    fake = tmp_path / "gdb"
    fake.write_text(f"#!/bin/sh\n{program}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(gdb, "find_gdb", lambda: str(fake))

    with pytest.raises(InjectError, match=f"gdb failed: .*{sentence}"):
        inject_gdb(read_process(looper.pid), TELL)


def test_a_gdb_that_hangs_is_ended(looper, monkeypatch, tmp_path):
    """After the limit it is asked to end, and that is told."""
    fake = tmp_path / "gdb"
    fake.write_text("#!/bin/sh\nexec sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setattr(gdb, "find_gdb", lambda: str(fake))
    monkeypatch.setattr(gdb, "LIMIT_S", 0.1)

    with pytest.raises(InjectError, match="took longer"):
        inject_gdb(read_process(looper.pid), TELL)


def test_the_last_line_is_the_reason():
    """Blank lines are passed over."""
    assert "why" == explain("what\nwhy\n\n")
    assert "it printed nothing" == explain("")


def test_a_gdb_too_old_for_the_processor_is_named():
    """gdb detaches after its complaint, so the last line alone would explain nothing."""
    output = (
        "Couldn't write extended state status: Invalid argument.\n"
        "[Inferior 1 (process 7) detached]\n"
    )

    assert "this gdb is too old for this processor: it cannot write its registers" == (
        explain(output)
    )
