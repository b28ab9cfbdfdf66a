"""Follow one log file by open, fstat and pread, whatever is done to it meanwhile.

Every look opens the name anew: open() makes a network filesystem ask its server for the size, which
an old descriptor may not learn for a minute. Source: nfs(5), "Close-to-open cache consistency".
"""

import stat
import threading
from pathlib import Path
from typing import NamedTuple

from logwatch.sources.filesystem import FileSystem, Stat
from logwatch.sources.fingerprint import Fingerprint, Likeness
from logwatch.sources.source import (
    Chunk,
    ChunkEvent,
    SourceError,
    explain_failure,
    name_reason,
    refuse_kind,
    show_name,
)
from logwatch.sources.watch import Watch

PIECE_BYTES = 1 << 20  # the clock is read between pieces; at 20 MB/s over a network one takes 50 ms
# A shorter file on a network filesystem is believed when seen twice this far apart: a client keeps
# attributes for at least 3 s, so the second sight is fresh. Source: nfs(5), acregmin; coreutils
# src/tail.c ("st_size may be smaller than the data read");
# https://github.com/fluent/fluent-bit/issues/10276 (logs read again and again)
CONFIRM_SECONDS = 3.0
# NULs in a growing file on a network filesystem are data still under way: pages are written back in
# any order, after 30 s at the latest. Then they count. Source: Documentation/admin-guide/sysctl/vm
# (dirty_expire_centisecs); https://github.com/elastic/beats/pull/9236
HOLE_SECONDS = 30.0


class Sight(NamedTuple):
    """What a look saw; the same sight again means that nothing was done to the file."""

    device: int
    inode: int
    size: int
    mtime_ns: int


class Tail:
    """One followed file. One thread reads, waits and closes; any thread may call `pread`."""

    def __init__(
        self,
        path: Path,
        *,
        name: str = "",
        fs: FileSystem | None = None,
        watch: Watch | None = None,
    ) -> None:
        """Open `path`, which is shown to the user as `name`.

        Raises: SourceError where it does not exist, is no file, or may not be read.
        """
        self.name = name or show_name(path)
        self._path = str(path)
        self._fs = fs or FileSystem()
        try:
            self._fd = self._fs.open(self._path)
            found = self._fs.fstat(self._fd)
        except OSError as error:
            raise explain_failure(self.name, path, error) from error
        if not stat.S_ISREG(found.st_mode):
            self._fs.close(self._fd)
            refusal = refuse_kind(self.name, found.st_mode)
            raise refusal or SourceError(f"{self.name} is a pipe, not a file")
        self._watch = watch or Watch(path)
        self._lock = threading.Lock()  # held while the descriptor is used elsewhere, or exchanged
        self._trouble = ""
        self._event: ChunkEvent = ""  # not yet told
        self._begin(found)

    def _begin(self, found: Stat) -> None:
        """Stand before the first byte of a log that was never read."""
        self._offset = 0
        self._seen = _see(found)
        self._size = found.st_size
        self._fingerprint = Fingerprint()
        self._doubt_since: float | None = None
        self._hole_since: float | None = None
        self._has_grown = self._has_drained = False

    def read(self, max_bytes: int, max_seconds: float) -> Chunk:
        """Return the next bytes, or look whether there are any.

        Raises: SourceError where the next bytes cannot be read now; a later read opens anew.
        """
        if self._fd < 0:
            return Chunk(self._offset, b"", self._size)
        if self._offset >= self._size or self._is_written_anew():
            self._event = self._look() or self._event
        data = self._take(max_bytes, max_seconds)
        if self._watch.is_remote and self._has_grown:
            data = self._hold_back_hole(data)
        offset = self._offset
        self._offset += len(data)
        self._fingerprint.add(offset, data)
        event, self._event = self._event, ""
        self._watch.heed(silent=not (data or event or self._doubt_since is not None))
        return Chunk(offset, data, self._size, event)

    def pread(self, offset: int, size: int) -> bytes:
        """Return bytes of the log as it is now; empty beyond its end and after `close`."""
        with self._lock:
            try:
                return self._fs.pread(self._fd, size, offset) if self._fd >= 0 else b""
            except OSError:
                return b""

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; True when bytes are left or it is time to look."""
        return self._offset < self._size or self._watch.wait(timeout)

    def describe(self) -> str:
        """Say how growth is noticed, and what is wrong: "inotify (ext4), deleted"."""
        return self._watch.describe() + (f", {self._trouble}" if self._trouble else "")

    def close(self) -> None:
        """Close the descriptor and stop watching."""
        self._watch.close()
        with self._lock:
            fd, self._fd = self._fd, -1
            self._size = self._offset
        if fd >= 0:
            self._fs.close(fd)

    def _is_written_anew(self) -> bool:
        """Whether the log changed while it is being read, so that two would be mixed."""
        return not self._fingerprint.is_seam_whole(lambda size, at: self.pread(at, size))

    def _take(self, max_bytes: int, max_seconds: float) -> bytes:
        """Read on from the offset, at most to the size last seen, within the time."""
        deadline = self._fs.clock() + max_seconds
        self._skip_hole()
        pieces: list[bytes] = []
        at, end = self._offset, min(self._size, self._offset + max_bytes)
        while at < end:
            try:
                piece = self._read_piece(min(PIECE_BYTES, end - at), at)
            except SourceError:
                if pieces:
                    break
                raise
            pieces.append(piece)
            at += len(piece)
            if not piece or self._fs.clock() >= deadline:
                break
        return b"".join(pieces)

    def _read_piece(self, size: int, offset: int) -> bytes:
        """Read at `offset`; where nothing comes, make the next read open the name again."""
        try:
            piece = self._fs.pread(self._fd, size, offset)
        except OSError as error:
            self._size = offset
            self._trouble = f"cannot be read: {name_reason(error)}"
            raise SourceError(f"{self.name} {self._trouble}") from error
        if not piece:
            self._size = offset
        return piece

    def _skip_hole(self) -> None:
        """Pass over the hole of a log that was emptied while its writer goes on at the old place.

        It may be gigabytes of NULs.
        """
        if self._offset == 0 < self._size and self.pread(0, 1) == b"\0":
            self._offset = self._fs.find_data(self._fd, 0)

    def _hold_back_hole(self, data: bytes) -> bytes:
        """Cut `data` before the first NUL until that has been one for long."""
        start = data.find(b"\0")
        if start < 0:
            self._hole_since = None
            return data
        if self._hole_since is None or start > 0:
            self._hole_since = self._fs.clock()
        if self._fs.clock() - self._hole_since >= HOLE_SECONDS:
            return data
        self._size = self._offset + start  # so that the next read looks, and waiting waits
        return data[:start]

    def _look(self) -> ChunkEvent:
        """Open the name again and find out what happened to the log."""
        try:
            fd = self._fs.open(self._path)
        except OSError as error:
            gone = isinstance(error, FileNotFoundError | NotADirectoryError)
            self._trouble = "deleted" if gone else f"cannot be opened: {name_reason(error)}"
            self._size = max(self._offset, self._measure_held())  # its writer may still write
            return ""
        event: ChunkEvent = ""
        spare = fd
        try:
            found = self._fs.fstat(fd)
            if stat.S_ISREG(found.st_mode):
                event, spare = self._judge(fd, found)
            else:
                self._trouble = "no longer a file"
                self._size = max(self._offset, self._measure_held())
        except OSError as error:
            self._trouble = f"cannot be read: {name_reason(error)}"
        self._fs.close(spare)
        return event

    def _judge(self, fd: int, found: Stat) -> tuple[ChunkEvent, int]:
        """Compare what lies under the name with what was read: the event, the fd to close."""
        seen = _see(found)
        self._trouble = ""
        likeness: Likeness = "same"
        if seen != self._seen:
            likeness = self._fingerprint.compare(lambda size, at: self._fs.pread(fd, size, at))
        if likeness == "same":
            self._has_grown = self._has_grown or seen.size > self._seen.size
            self._seen, self._size = seen, max(seen.size, self._offset)
            self._doubt_since = None
            return "", self._exchange(fd)
        is_same_file = (seen.device, seen.inode) == (self._seen.device, self._seen.inode)
        if not is_same_file and self._must_drain():
            return "", fd
        if not self._is_certain(likeness):
            self._size = self._offset  # nothing is read on in doubt
            return "", fd
        was_cut = is_same_file and seen.size < self._offset
        self._begin(found)
        return "truncated" if was_cut else "replaced", self._exchange(fd)

    def _must_drain(self) -> bool:
        """Whether the old file has an unread end, often the error that ended the run. Said once."""
        held = self._measure_held()
        if self._has_drained or held <= self._offset:
            return False
        self._has_drained = True
        self._size = held
        return True

    def _is_certain(self, likeness: Likeness) -> bool:
        """Whether the log is another: at once on local files, else when proven or seen twice."""
        now = self._fs.clock()
        if self._doubt_since is None:
            self._doubt_since = now
        is_proven = likeness == "other" or not self._watch.is_remote
        return is_proven or now - self._doubt_since >= CONFIRM_SECONDS

    def _measure_held(self) -> int:
        try:
            return self._fs.fstat(self._fd).st_size
        except OSError:
            return 0

    def _exchange(self, fd: int) -> int:
        with self._lock:
            old, self._fd = self._fd, fd
        return old


def _see(found: Stat) -> Sight:
    return Sight(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
