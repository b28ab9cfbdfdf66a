"""Logs that come through pipes."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.sources.pipe import Pipe, Spool
from logwatch.sources.source import Chunk, Source, SourceError

Collect = Callable[[Source, int], bytes]
CollectEvent = Callable[[Source], Chunk]

DEADLINE = 20.0
WRITER = r"""
import sys, time
for step in range(3):
    print(f"step {step}", end="\n", flush=True)
    print(f"a bar at {step} %\r", end="", file=sys.stderr, flush=True)
"""
TAKER = """
import os
from logwatch.sources.pipe import Pipe, take_stdin
from logwatch.sources.source import SourceError
try:
    pipe = Pipe(take_stdin())
    data = b""
    while (chunk := pipe.read(100, 1.0)).event != "ended":
        data += chunk.data
        pipe.wait(1.0)
    print("log:", data, "keys from a terminal:", os.isatty(0), flush=True)
    print("key:", os.read(0, 10), flush=True)
except SourceError as error:
    print("error:", error)
"""


@pytest.fixture
def ends() -> tuple[int, int]:
    """The reading and the writing end of a pipe."""
    return os.pipe()


def test_a_training_is_read_while_it_runs(collect: Collect, collect_event: CollectEvent) -> None:
    """Standard output and error of a real process come in full, then the end."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        pipe = Pipe(os.dup(process.stdout.fileno()))
        expected = b"".join(b"step %d\na bar at %d %%\r" % (step, step) for step in range(3))

        assert expected == collect(pipe, len(expected))
        assert Chunk(len(expected), b"", len(expected), "ended") == collect_event(pipe)
    assert expected[7:20] == pipe.pread(7, 13)
    pipe.close()


def test_nothing_new_is_an_empty_chunk(ends: tuple[int, int]) -> None:
    """A read of a silent pipe does not wait, nor does it end the log."""
    pipe = Pipe(ends[0])

    assert Chunk(0, b"", 0) == pipe.read(100, 1.0)
    assert not pipe.wait(0.0)
    os.write(ends[1], b"step 1\n")
    assert pipe.wait(DEADLINE)
    assert Chunk(0, b"step 1\n", 7) == pipe.read(100, 1.0)
    os.close(ends[1])
    pipe.close()


def test_the_end_comes_after_the_last_byte(ends: tuple[int, int]) -> None:
    """Bytes that lay in the pipe when its writer went are not lost, and the end is told alone."""
    os.write(ends[1], b"step 1\n")
    os.close(ends[1])
    pipe = Pipe(ends[0])

    assert Chunk(0, b"step", 4) == pipe.read(4, 1.0)
    assert Chunk(4, b" 1\n", 7) == pipe.read(100, 1.0)
    assert Chunk(7, b"", 7, "ended") == pipe.read(100, 1.0)
    assert "pipe, ended" == pipe.describe()
    assert not pipe.wait(0.0)
    pipe.close()


def test_waiting_for_an_ended_pipe_waits(ends: tuple[int, int]) -> None:
    """A reader that goes on waiting after the end does not spin."""

    class Patience(threading.Event):
        waited: ClassVar[list[float | None]] = []

        def wait(self, timeout: float | None = None) -> bool:
            self.waited.append(timeout)
            return False

    os.close(ends[1])
    pipe = Pipe(ends[0])
    pipe.read(100, 1.0)
    pipe._closed = Patience()

    assert (False, [0.5]) == (pipe.wait(0.5), Patience.waited)
    pipe.close()


def test_a_fast_writer_cannot_hold_the_reader(
    ends: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read ends after its time although the pipe has more."""
    monkeypatch.setattr("logwatch.sources.pipe.PIECE_BYTES", 100)
    ticks = iter(range(100))
    pipe = Pipe(ends[0], clock=lambda: next(ticks) * 0.1)
    os.write(ends[1], b"x" * 5000)

    assert [300, 300] == [len(pipe.read(5000, 0.25).data) for _ in range(2)]
    os.close(ends[1])
    pipe.close()


def test_after_close_there_is_nothing(ends: tuple[int, int]) -> None:
    """A closed pipe gives no bytes and no error, and may be closed again."""
    pipe = Pipe(ends[0])
    pipe.close()
    pipe.close()

    assert b"" == pipe.read(100, 1.0).data
    assert b"" == pipe.pread(0, 10)
    os.close(ends[1])


def test_a_closed_descriptor_is_said(ends: tuple[int, int]) -> None:
    """`logwatch - <&-` gets a sentence."""
    os.close(ends[0])
    os.close(ends[1])
    with pytest.raises(SourceError, match=r"^standard input is closed; pipe a log into it: "):
        Pipe(ends[0])


def test_a_terminal_is_no_log() -> None:
    """`logwatch -` with nothing piped into it says what to do."""
    control, terminal = os.openpty()
    with pytest.raises(SourceError, match=r"^standard input is a terminal; pipe a log into it: "):
        Pipe(terminal)
    os.close(control)
    os.close(terminal)


@given(st.lists(st.binary(max_size=30)), st.integers(0, 300), st.integers(0, 40))
def test_the_last_bytes_can_be_read_again(pieces: list[bytes], offset: int, size: int) -> None:
    """The spool gives any stretch that it still holds, exactly, and nothing older or newer."""
    spool = Spool(limit=64)
    for piece in pieces:
        spool.append(piece)
    stream = b"".join(pieces)
    kept = offset >= len(stream) - 64

    assert (stream[offset : offset + size] if kept else b"") == spool.pread(offset, size)
    spool.close()


def test_a_full_disk_costs_only_the_old_lines(
    ends: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be spooled the log is still read, and the status says why."""
    full = Path("/dev/full").open("r+b", buffering=0)  # noqa: SIM115  the spool closes it
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: full)
    pipe = Pipe(ends[0])
    os.write(ends[1], b"step 1\n")

    assert Chunk(0, b"step 1\n", 7) == pipe.read(100, 1.0)
    assert b"" == pipe.pread(0, 7)
    assert "pipe, old lines are not kept: no space left on device" == pipe.describe()
    os.close(ends[1])
    pipe.close()


def test_no_temporary_folder_costs_only_the_old_lines(
    ends: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no temporary folder the log is still read."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    pipe = Pipe(ends[0])
    os.write(ends[1], b"step 1\n")

    assert b"step 1\n" == pipe.read(100, 1.0).data
    assert "pipe, old lines are not kept: no such file or directory" == pipe.describe()
    os.close(ends[1])
    pipe.close()


@pytest.mark.terminal
def test_keys_come_from_the_terminal_while_the_log_comes_through_the_pipe(checkout: Path) -> None:
    """After standard input is taken, a full-screen program can read keys."""
    command = f"printf 'step 1\\n' | {sys.executable} -c '{TAKER}'"
    child = pexpect.spawn(
        "/bin/sh", ["-c", command], env=os.environ | {"PYTHONPATH": str(checkout)}, timeout=DEADLINE
    )
    child.expect_exact(r"log: b'step 1\n' keys from a terminal: True")
    child.sendline("q")
    child.expect_exact(r"key: b'q\n'")
    child.close()


def test_without_a_terminal_the_user_is_told(checkout: Path) -> None:
    """In a batch job there are no keys to read; the sentence names what works there."""
    result = subprocess.run(
        [sys.executable, "-c", TAKER],
        input=b"step 1\n",
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(checkout)},
        start_new_session=True,
        check=True,
        timeout=DEADLINE,
    )

    expected = "error: there is no terminal to read keys from; use logwatch check -\n"
    assert expected == result.stdout.decode()
