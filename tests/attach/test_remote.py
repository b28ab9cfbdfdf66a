"""Python's own protocol of 3.14 is spoken as its headers say."""

import os
import struct
import subprocess
import sys

import pytest

from logwatch.attach import remote
from logwatch.attach.process import read_process
from logwatch.attach.remote import (
    Remote,
    erase_request,
    inject_remote,
    read_remote,
    withdraw_remote,
    write_request,
)
from logwatch.attach.site import InjectError

RUNTIME, INTERPRETER, THREAD = 0x10000, 0x20000, 0x30000
HAS_REMOTE = sys.version_info[:2] in remote.SUPPORT
LOOP = "import os\nos.write(1, b'ready\\n')\nwhile True: sum(range(100))"


class FakeMemory:
    """Memory that is all zeros but for what was written."""

    def __init__(self):
        self.bytes = {}

    def read(self, address, size):
        """Bytes, zero where nothing was written."""
        return bytes(self.bytes.get(at, 0) for at in range(address, address + size))

    def read_word(self, address):
        """8 bytes as a number."""
        return int.from_bytes(self.read(address, 8), "little")

    def write(self, address, content):
        """Keep the bytes."""
        self.bytes.update(enumerate(content, address))


def lay_out(version, support, enabled=1, thread=THREAD):
    """The memory of a Python of that version, whose offsets are 0x100, 0x200 and so on."""
    memory = FakeMemory()
    memory.write(RUNTIME, b"xdebugpy")
    memory.write(RUNTIME + 8, struct.pack("<Q", version[0] << 24 | version[1] << 16))
    memory.write(RUNTIME + 40, struct.pack("<Q", 0x100))
    memory.write(RUNTIME + 80, struct.pack("<Q", 0x200))
    memory.write(RUNTIME + support, struct.pack("<6Q", 0x300, 0x400, 0x500, 0, 4, 512))
    memory.write(RUNTIME + 0x100, struct.pack("<Q", INTERPRETER))
    memory.write(INTERPRETER + 0x200, struct.pack("<Q", thread))
    memory.write(INTERPRETER + 0x500, struct.pack("<i", enabled))
    return memory


class FakeStop:
    """A stop of nothing."""

    def __init__(self, memory):
        self.memory = memory

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.mark.parametrize(("version", "support"), [((3, 14), 712), ((3, 15), 840)])
def test_where_to_write(version, support):
    """The addresses follow from the table of each known version."""
    found = read_remote(RUNTIME, lay_out(version, support))

    expected = Remote(version, True, THREAD + 0x300, THREAD + 0x400, THREAD + 0x404, 512)
    assert expected == found


def test_what_is_written():
    """Path, flag and one bit of the eval breaker; the version in its upper bytes stays."""
    memory = lay_out((3, 14), 712)
    found = read_remote(RUNTIME, memory)
    memory.write(found.breaker, struct.pack("<Q", 0x1234_02))
    before = dict(memory.bytes)

    write_request(FakeStop(memory), found, b"/tmp/a.py\0")

    changed = {at for at, byte in memory.bytes.items() if before.get(at, 0) != byte}
    assert 0x1234_22 == memory.read_word(found.breaker)
    assert b"/tmp/a.py\0" == memory.read(found.path, 10)
    assert b"\1\0\0\0" == memory.read(found.pending, 4)
    assert changed == {found.breaker, found.pending, *range(found.path, found.path + 9)}


def test_what_was_not_run_is_taken_back():
    """A request of ours is erased as long as it stands; one of another debugger is not."""
    memory = lay_out((3, 14), 712)
    found = read_remote(RUNTIME, memory)
    write_request(FakeStop(memory), found, b"/tmp/a.py\0")

    assert not erase_request(FakeStop(memory), found, b"/tmp/b.py\0")
    assert b"\1\0\0\0" == memory.read(found.pending, 4)
    assert erase_request(FakeStop(memory), found, b"/tmp/a.py\0")
    assert bytes(4) == memory.read(found.pending, 4)
    assert not erase_request(FakeStop(memory), found, b"/tmp/a.py\0")


def test_another_debugger_goes_first():
    """Where a file is already under way nothing is written."""
    memory = lay_out((3, 14), 712)
    found = read_remote(RUNTIME, memory)
    memory.write(found.pending, b"\1")
    before = dict(memory.bytes)

    with pytest.raises(InjectError, match="another debugger"):
        write_request(FakeStop(memory), found, b"/tmp/a.py\0")
    assert before == memory.bytes


@pytest.mark.parametrize(
    ("memory", "sentence"),
    [
        (FakeMemory(), "older than 3.13"),
        (lay_out((3, 13), 712), "3.13 has no remote debugging that we know"),
        (lay_out((3, 16), 712), "3.16 has no remote debugging that we know"),
        (lay_out((3, 14), 712, thread=0), "has not started yet"),
    ],
)
def test_what_is_unknown_is_refused(memory, sentence):
    """Other versions, and a Python that has no main thread, are told and left alone."""
    with pytest.raises(InjectError, match=sentence):
        read_remote(RUNTIME, memory)


def test_a_switch_is_read():
    """Remote debugging that is switched off is seen."""
    assert not read_remote(RUNTIME, lay_out((3, 14), 712, enabled=0)).is_enabled


@pytest.mark.ptrace
def test_this_python(may_trace, tmp_path):
    """Ten files run in a Python that has the protocol; one that has not says so."""
    script = tmp_path / "script.py"
    script.write_text("__import__('os').write(1, b'here\\n')")
    child = subprocess.Popen([sys.executable, "-c", LOOP], stdout=subprocess.PIPE, text=True)
    try:
        assert "ready\n" == child.stdout.readline()
        process = read_process(child.pid)
        if HAS_REMOTE:
            for _ in range(10):
                assert "remote" == inject_remote(process, str(script)).method
                assert "here\n" == child.stdout.readline()
        else:
            with pytest.raises(InjectError):
                inject_remote(process, str(script))
        assert not withdraw_remote(process, str(script))
        assert child.poll() is None
    finally:
        child.kill()
        child.communicate()


@pytest.mark.ptrace
def test_switched_off_is_respected(may_trace):
    """With PYTHON_DISABLE_REMOTE_DEBUG no file is run."""
    environment = {**os.environ, "PYTHON_DISABLE_REMOTE_DEBUG": "1"}
    child = subprocess.Popen(
        [sys.executable, "-c", LOOP], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert "ready\n" == child.stdout.readline()
        with pytest.raises(
            InjectError, match="switched off" if HAS_REMOTE else "this Python|remote debugging"
        ):
            inject_remote(read_process(child.pid), "/nowhere.py")
    finally:
        child.kill()
        child.communicate()
