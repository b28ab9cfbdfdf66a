"""Read a log that comes through a pipe, as in `python train.py 2>&1 | logwatch -`."""

import contextlib
import fcntl
import os
import select
import tempfile
import threading
import time
from collections.abc import Callable

from logwatch.sources.source import Chunk, SourceError, name_reason

PIECE_BYTES = 1 << 20
# Slack for the writer, which stands still while the pipe is full: the most that a user may ask for.
# Source: pipe(7), F_SETPIPE_SZ, /proc/sys/fs/pipe-max-size
PIPE_BYTES = 1 << 20
# Text kept to be shown again, the latest of it. A tqdm bar that redraws ten times a second for a
# week writes 0.6 GB. Unbounded, it would fill a node's /tmp, which may even be memory.
SPOOL_BYTES = 1 << 30

USAGE = "python train.py 2>&1 | logwatch -"


class Spool:
    """The last bytes of a stream in an anonymous temporary file, by their place in the stream."""

    def __init__(self, limit: int = SPOOL_BYTES) -> None:
        self.limit = limit
        self.size = 0
        self.failure = ""
        self._lock = threading.Lock()
        try:
            self._file = tempfile.TemporaryFile(prefix="logwatch-", buffering=0)  # noqa: SIM115
        except OSError as error:
            self._fail(error)

    def append(self, data: bytes) -> None:
        """Keep `data`, over the oldest; a full disk ends the keeping and nothing else."""
        with self._lock:
            start = 0
            while start < len(data) and not self.failure:
                place = (self.size + start) % self.limit
                piece = memoryview(data)[start : start + self.limit - place]
                try:
                    start += os.pwrite(self._file.fileno(), piece, place)
                except OSError as error:
                    self._file.close()
                    self._fail(error)
            self.size += len(data)

    def pread(self, offset: int, size: int) -> bytes:
        """Return bytes of the stream; empty where they are not kept, or not yet there."""
        with self._lock:
            end = min(self.size, offset + size)
            if self.failure or offset < max(0, self.size - self.limit) or offset >= end:
                return b""
            place = offset % self.limit
            first = os.pread(self._file.fileno(), min(end - offset, self.limit - place), place)
            return first + os.pread(self._file.fileno(), end - offset - len(first), 0)

    def close(self) -> None:
        """Give the disk space back."""
        with self._lock:
            if not self.failure:
                self._file.close()
                self.failure = "closed"

    def _fail(self, error: OSError) -> None:
        self.failure = name_reason(error)


class Pipe:
    """A log that comes through an open descriptor: a pipe, a FIFO or a socket.

    Whoever writes it stands still while nobody reads, and is killed when this end closes.
    One thread reads, waits and closes; any thread may call `pread`.
    """

    def __init__(
        self,
        fd: int,
        *,
        name: str = "standard input",
        spool: Spool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take over `fd`.

        Raises: SourceError where it is closed, or a terminal, which sends keys and no log.
        """
        self.name = name
        self._fd = fd
        self._clock = clock
        _refuse_terminal(fd, name)
        with contextlib.suppress(OSError):  # a socket, or a limit below
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN)
        self._spool = spool or Spool()
        self._closed = threading.Event()
        self._has_ended = False

    def read(self, max_bytes: int, max_seconds: float) -> Chunk:
        """Return what has come, without waiting for more; "ended" comes alone, after all bytes."""
        deadline = self._clock() + max_seconds
        pieces: list[bytes] = []
        room = max_bytes
        while room > 0 and self._is_ready(0.0):
            try:
                piece = os.read(self._fd, min(PIECE_BYTES, room))
            except BlockingIOError:  # another reader of the same pipe was faster
                break
            except OSError:  # the writer's machine is gone, as of a socket
                piece = b""
            if not piece:
                self._has_ended = True
                break
            pieces.append(piece)
            room -= len(piece)
            if self._clock() >= deadline:
                break
        data = b"".join(pieces)
        offset = self._spool.size
        self._spool.append(data)
        is_over = self._has_ended and not data
        return Chunk(offset, data, offset + len(data), "ended" if is_over else "")

    def pread(self, offset: int, size: int) -> bytes:
        """Return bytes that came before; empty for those older than the last gigabyte."""
        return self._spool.pread(offset, size)

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; True when bytes, or the end, have come."""
        if self._has_ended:
            self._closed.wait(timeout)
            return False
        return self._is_ready(timeout)

    def describe(self) -> str:
        """Say "pipe", whether it has ended, and why lines cannot be shown again."""
        ended = ", ended" if self._has_ended else ""
        failure = self._spool.failure
        return f"pipe{ended}" + (f", old lines are not kept: {failure}" if failure else "")

    def close(self) -> None:
        """Close the descriptor; a writer that goes on gets SIGPIPE."""
        if not self._closed.is_set():
            self._closed.set()
            self._has_ended = True
            os.close(self._fd)
            self._spool.close()

    def _is_ready(self, timeout: float) -> bool:
        """Whether a read returns at once. A FIFO that nobody has opened to write is not ready."""
        return not self._has_ended and bool(self._poll.poll(max(0.0, timeout) * 1000))


def take_stdin() -> int:
    """Move standard input to another descriptor, return it, and read keys from the terminal.

    Raises: SourceError where standard input is closed or a terminal, or there is no terminal.
    """
    _refuse_terminal(0, "standard input")
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        why = "there is no terminal to read keys from; use logwatch check -"
        raise SourceError(why) from error
    moved = os.dup(0)
    os.dup2(terminal, 0)
    os.close(terminal)
    return moved


def _refuse_terminal(fd: int, name: str) -> None:
    try:
        os.fstat(fd)
    except OSError as error:
        raise SourceError(f"{name} is closed; pipe a log into it: {USAGE}") from error
    if os.isatty(fd):
        raise SourceError(f"{name} is a terminal; pipe a log into it: {USAGE}")
