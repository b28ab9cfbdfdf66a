"""Following real files on this machine's own disk."""

import os
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from logwatch.sources.filesystem import FileSystem
from logwatch.sources.source import Chunk, Source, SourceError
from logwatch.sources.tail import Tail

Append = Callable[[Path, bytes], None]
Collect = Callable[[Source, int], bytes]


def test_what_is_there_comes_first(log: Path) -> None:
    """The first read gives the file's bytes, its size, and no event."""
    tail = Tail(log)

    assert Chunk(0, b"step 1 loss 3.2\n", 16) == tail.read(100, 1.0)
    assert Chunk(16, b"", 16) == tail.read(100, 1.0)


def test_a_read_is_bounded_in_bytes(log: Path) -> None:
    """No read gives more than was asked, and the size is known from the first."""
    tail = Tail(log)

    assert [Chunk(0, b"step 1", 16), Chunk(6, b" loss ", 16)] == [tail.read(6, 1), tail.read(6, 1)]
    assert Chunk(12, b"", 16) == tail.read(0, 1.0)


def test_nothing_is_waited_for_while_bytes_are_left(log: Path) -> None:
    """Waiting is over at once, as often as asked, until all known bytes are read."""
    tail = Tail(log)
    tail.read(6, 1.0)
    waits = [tail.wait(0.0) for _ in range(3)]
    tail.read(100, 1.0)
    tail.wait(0.0)  # begins to watch

    assert [True, True, True, False] == [*waits, tail.wait(0.0)]
    tail.close()


def test_a_read_is_bounded_in_time(tmp_path: Path) -> None:
    """A slow disk gives one piece when the time is over, not all that was asked."""
    path = tmp_path / "big.log"
    path.write_bytes(b"x" * (5 << 20))
    ticks = iter(range(1000))
    tail = Tail(path, fs=FileSystem(clock=lambda: next(ticks) * 0.1))

    assert 1 << 20 == len(tail.read(5 << 20, 0.05).data)
    assert 3 << 20 == len(tail.read(5 << 20, 0.25).data)


def test_growth_is_noticed(log: Path, tail: Tail, collect: Collect, append: Append) -> None:
    """Lines that are appended later are waited for and read."""
    assert tail.wait(0.0)  # begins to watch
    append(log, b"step 2 loss 3.1\nst")

    assert b"step 2 loss 3.1\nst" == collect(tail, 18)


def test_after_close_there_is_nothing(log: Path, tail: Tail, append: Append) -> None:
    """A closed log gives no bytes and no error."""
    tail.close()
    tail.close()
    append(log, b"more\n")

    assert Chunk(16, b"", 16) == tail.read(100, 1.0)
    assert b"" == tail.pread(0, 10)
    assert not tail.wait(0.0)


def test_descriptors_do_not_pile_up(log: Path, tail: Tail, append: Append) -> None:
    """However often the name is opened again, one descriptor is held."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(50):
        append(log, b"step %d\n" % number)
        tail.read(100, 1.0)
        tail.read(100, 1.0)

    assert before == len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing", "does not exist"),
        ("folder", "is a folder, not a log file"),
        ("/dev/null", "is a device, not a log file"),
        ("fifo", "is a pipe, not a file"),
        ("loop", "is a symbolic link that leads back to itself"),
        ("train.log/x", "cannot be read: not a directory"),
    ],
)
def test_what_cannot_be_followed_is_said(log: Path, name: str, says: str) -> None:
    """Each kind of failure has its own sentence."""
    (log.parent / "folder").mkdir()
    os.mkfifo(log.parent / "fifo")
    (log.parent / "loop").symlink_to(log.parent / "loop")
    with pytest.raises(SourceError) as caught:
        Tail(log.parent / name, name=name)

    assert f"{name} {says}" == str(caught.value)


def test_memory_is_bounded_by_the_chunk(tmp_path: Path) -> None:
    """A file is read to its end in the memory of a few chunks, whatever its size."""
    path = tmp_path / "big.log"
    with path.open("wb") as file:
        for _ in range(64):
            file.write(b"x" * (1 << 20))
    tail = Tail(path)
    tracemalloc.start()
    while tail.read(2 << 20, 1.0).data:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 8 << 20


def test_bytes_are_shown_again_while_the_name_is_reopened(
    log: Path, tail: Tail, append: Append
) -> None:
    """Another thread never reads a descriptor that was closed or given to another file."""
    wrong = []
    done = threading.Event()

    def show() -> None:
        while not done.is_set():
            if tail.pread(0, 6) != b"step 1":
                wrong.append(tail.pread(0, 6))

    thread = threading.Thread(target=show)
    thread.start()
    for number in range(2, 300):
        append(log, b"step %d\n" % number)
        tail.read(100, 1.0)
        with (log.parent / "other").open("wb") as other:
            other.write(b"another file takes the free descriptor")
    done.set()
    thread.join()

    assert [] == wrong
