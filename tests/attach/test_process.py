"""What /proc says of a process is told as it is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from logwatch.attach import process as process_module
from logwatch.attach.process import list_gpus, list_trainings, read_process

SLEEPER = [sys.executable, "-c", "print('ready', flush=True); input()"]


def test_this_process():
    """Our own number, user, command, Python and threads are told."""
    found = read_process(os.getpid())

    assert found is not None
    assert (os.getpid(), os.getuid()) == (found.pid, found.uid)
    assert "pytest" in found.command
    assert f"{sys.version_info.major}.{sys.version_info.minor}" == found.python
    assert os.uname().machine == found.machine
    assert os.getpid() in found.threads
    assert (0, ()) == (found.tracer, found.foreign)
    assert not found.is_hidden


def test_no_such_process():
    """A number that nobody has gives nothing."""
    assert read_process(2**22 + 1) is None


def test_a_log_is_where_the_output_goes(tmp_path):
    """A file behind stdout is the log; a pipe is none."""
    path = tmp_path / "train.log"
    with path.open("w") as log:
        child = subprocess.Popen(SLEEPER, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.PIPE)
    try:
        found = read_process(child.pid)
    finally:
        child.communicate(b"\n")

    assert found is not None
    assert (str(path), None, str(path)) == (found.stdout, found.stderr, found.log)


def test_a_log_in_a_closed_folder(tmp_path, monkeypatch):
    """A log whose folder may not be entered is told all the same, without an error."""
    path = tmp_path / "train.log"
    with path.open("w") as log:
        child = subprocess.Popen(SLEEPER, stdin=subprocess.PIPE, stdout=log)
    is_file = Path.is_file

    def refuse(asked):
        if "proc" not in asked.parts[:2] or "root" in asked.parts:
            raise PermissionError(13, "Permission denied")
        return is_file(asked)

    monkeypatch.setattr(Path, "is_file", refuse)
    try:
        assert str(path) == read_process(child.pid).stdout
    finally:
        child.communicate(b"\n")


def test_a_program_that_is_no_python():
    """Where nothing exports Python's names there is no version."""
    child = subprocess.Popen(["sleep", "60"])
    try:
        found = read_process(child.pid)
    finally:
        child.kill()
        child.wait()

    assert found is not None
    assert (None, None) == (found.python, found.library)


@pytest.mark.torch
@pytest.mark.ptrace
def test_trainings_are_listed(start_target):
    """A process that has torch in its memory is listed, and we are not."""
    target = start_target("sleep")

    pids = {found.pid: found for found in list_trainings()}

    assert target.pid in pids
    assert os.getpid() not in pids
    assert "server.py" in pids[target.pid].command


def test_accelerators_are_named_by_their_devices(monkeypatch):
    """Open devices of accelerators are told by name, once each, others are not."""
    links = {"3": "/dev/nvidia1", "4": "/dev/nvidia1", "5": "/dev/nvidiactl", "6": "/dev/nvidia0"}
    monkeypatch.setattr(Path, "iterdir", lambda path: (path / name for name in links))
    monkeypatch.setattr(process_module, "read_link", lambda path: links[path.name])

    assert ("nvidia0", "nvidia1") == list_gpus(1)


def test_a_kept_secret_is_told(monkeypatch):
    """A memory map that may not be read leaves the process hidden, without a version."""
    monkeypatch.setattr(process_module, "look_at_mappings", lambda pid: None)

    found = read_process(os.getpid())

    assert found is not None
    assert (True, None, False) == (found.is_hidden, found.python, found.has_torch)
