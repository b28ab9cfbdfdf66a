"""A disk that misbehaves as network filesystems do, and waiting with a deadline."""

import errno
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from logwatch.sources.filesystem import FileSystem
from logwatch.sources.source import Chunk, Source
from logwatch.sources.tail import Tail
from logwatch.sources.watch import Watch

DEADLINE = 20.0  # seconds until a test that waits for something gives up


@dataclass(frozen=True)
class FakeStat:
    """What the disk says of a file."""

    st_size: int
    st_ino: int
    st_mtime_ns: int
    st_dev: int = 1
    st_mode: int = stat.S_IFREG | 0o644


@dataclass
class FakeFile:
    """A file's content, and how much of it the disk admits to."""

    inode: int
    data: bytearray = field(default_factory=bytearray)
    written: int = 0
    stale_size: int | None = None
    hole: int = 0


class FakeDisk:
    """One folder in memory, a clock, and the ways in which a disk may mislead its reader."""

    def __init__(self) -> None:
        self.files: dict[str, FakeFile] = {}
        self.opened: dict[int, FakeFile] = {}
        self.now = 1000.0
        self.open_error: OSError | None = None
        self.read_error: OSError | None = None
        self.bad_from = 0  # reads that go beyond this offset meet the error
        self.reads = 0
        self._made = 0

    def write(self, name: str, data: bytes) -> FakeFile:
        """Put a new file under the name; one that lay there lives on for who holds it."""
        self._made += 1
        self.files[name] = FakeFile(self._made, bytearray(data), self._made)
        return self.files[name]

    def append(self, name: str, data: bytes) -> None:
        self.files[name].data += data
        self.files[name].written += 1

    def cut(self, name: str, size: int) -> None:
        del self.files[name].data[size:]
        self.files[name].written += 1

    def open(self, path: str) -> int:
        if self.open_error:
            raise self.open_error
        if Path(path).name not in self.files:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        fd = next(number for number in range(3, 99) if number not in self.opened)
        self.opened[fd] = self.files[Path(path).name]
        return fd

    def fstat(self, fd: int) -> FakeStat:
        file = self.opened[fd]
        size = len(file.data) if file.stale_size is None else file.stale_size
        return FakeStat(size, file.inode, file.written)

    def pread(self, fd: int, size: int, offset: int) -> bytes:
        self.reads += 1
        if self.read_error and offset + size > self.bad_from:
            raise self.read_error
        return bytes(self.opened[fd].data[offset : offset + size])

    def find_data(self, fd: int, offset: int) -> int:
        return max(offset, self.opened[fd].hole)

    def close(self, fd: int) -> None:
        del self.opened[fd]

    def clock(self) -> float:
        return self.now

    def follow(self, name: str, kind: str) -> Tail:
        """Follow a file of this disk as if it lay on a filesystem of type `kind`."""
        fs = FileSystem(self.open, self.fstat, self.pread, self.find_data, self.close, self.clock)
        path = Path("/fake") / name
        return Tail(path, fs=fs, watch=Watch(path, kind=kind, clock=self.clock))


def read_until(source: Source, is_enough: Callable[[list[Chunk]], bool]) -> list[Chunk]:
    """Wait and read as the screen does, until the chunks are enough; fail at the deadline."""
    chunks: list[Chunk] = []
    end = time.monotonic() + DEADLINE
    while not is_enough(chunks):
        assert time.monotonic() < end, f"only {chunks} in {DEADLINE} s"
        if source.wait(0.5):
            chunks.append(source.read(1 << 20, 0.5))
    return chunks


@pytest.fixture(scope="session")
def make_disk() -> type[FakeDisk]:
    return FakeDisk


@pytest.fixture
def disk() -> FakeDisk:
    return FakeDisk()


@pytest.fixture(scope="session")
def collect() -> Callable[[Source, int], bytes]:
    """A function that follows a source until it gave so many bytes, and returns them."""

    def collect_bytes(source: Source, size: int) -> bytes:
        chunks = read_until(source, lambda got: sum(len(chunk.data) for chunk in got) >= size)
        return b"".join(chunk.data for chunk in chunks)

    return collect_bytes


@pytest.fixture(scope="session")
def collect_event() -> Callable[[Source], Chunk]:
    """A function that follows a source until something happens to it, and returns that chunk."""

    def collect_one(source: Source) -> Chunk:
        return read_until(source, lambda got: bool(got) and got[-1].event != "")[-1]

    return collect_one


@pytest.fixture(scope="session")
def append() -> Callable[[Path, bytes], None]:
    """A function that appends to a file as a training does."""

    def append_bytes(path: Path, data: bytes) -> None:
        with path.open("ab") as file:
            file.write(data)

    return append_bytes


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of one line on this machine's disk."""
    path = tmp_path / "train.log"
    path.write_bytes(b"step 1 loss 3.2\n")
    return path


@pytest.fixture
def tail(log: Path) -> Iterator[Tail]:
    """The log, followed, and read to its end."""
    tail = Tail(log)
    tail.read(100, 1.0)
    yield tail
    tail.close()
