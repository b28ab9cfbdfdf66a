"""Is this still the log that was being read? Told by its bytes, because inode numbers mislead."""

from collections.abc import Callable
from typing import Literal

# A stretch at the start, long enough for the first dated line of most logs; another follower of
# logs tells files apart by their first kilobyte, too. Source: fingerprint_size in
# https://pkg.go.dev/github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver
HEAD_BYTES = 1024
# A stretch before the place where reading goes on. A requeued job prints the same banner, but not
# the same figures at the same place; it lies on the page that is read next, so it costs nothing.
SEAM_BYTES = 256

Likeness = Literal["same", "other", "unsure"]


class Fingerprint:
    """The first and the last bytes of what has been read of one log."""

    def __init__(self) -> None:
        self._start = 0
        self._head = b""
        self._end = 0
        self._seam = b""

    def add(self, offset: int, data: bytes) -> None:
        """Take in the next stretch that was read; each follows the one before."""
        if not data:
            return
        if not self._head:
            self._start = offset
        if len(self._head) < HEAD_BYTES:
            self._head += data[: HEAD_BYTES - len(self._head)]
        self._end = offset + len(data)
        self._seam = (self._seam + data[-SEAM_BYTES:])[-SEAM_BYTES:]

    def compare(self, pread: Callable[[int, int], bytes]) -> Likeness:
        """Say whether a file, read by `pread(size, offset)`, still holds what was read.

        "other" is proof of other content: the head differs. "unsure" is less: bytes are missing, or
        those before the reading place differ, as stale pages of a network filesystem may.
        """
        head = pread(len(self._head), self._start)
        if head != self._head[: len(head)]:
            return "other"
        if len(head) < len(self._head):
            return "unsure"
        return "same" if self.is_seam_whole(pread) else "unsure"

    def is_seam_whole(self, pread: Callable[[int, int], bytes]) -> bool:
        """Whether the bytes before the reading place are still those that were read."""
        return self._seam == pread(len(self._seam), self._end - len(self._seam))
