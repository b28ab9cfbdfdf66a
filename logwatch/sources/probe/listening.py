"""What tells that a run goes on: a probe beside its log, and how long the log has been silent."""

import time
from collections.abc import Callable
from pathlib import Path

from logwatch.parsing.record import PROBE_BASE
from logwatch.sources.probe.client import Probe

PIECE_BYTES = 4 << 20

Pread = Callable[[int, int], bytes]


class Listening:
    """One session that hears one probe beside its log, or none."""

    def __init__(self, probe: Probe | None) -> None:
        self._probe = probe
        self._heard = 0

    def begin(self) -> None:
        """Hear all from the start, in a new session."""
        self._heard = 0

    @property
    def has_news(self) -> bool:
        """Whether the probe has told more than was fed."""
        return self._probe is not None and self._probe.size > self._heard

    def feed(self, take: Callable[[bytes, int], None]) -> bool:
        """Hand on what the probe has told since the last time; whether there was anything."""
        if self._probe is None:
            return False
        offset, data = self._probe.read(self._heard, PIECE_BYTES)
        self._heard = offset + len(data)
        if data:
            take(data, offset)
        return bool(data)

    def join(self, pread: Pread) -> Pread:
        """The reading function of the log and of the recording, which lies from PROBE_BASE on."""
        probe = self._probe
        if probe is None:
            return pread

        def read(offset: int, size: int) -> bytes:
            if offset >= PROBE_BASE:
                return probe.pread(offset - PROBE_BASE, size)
            return pread(offset, size)

        return read

    def shorten(self, silent_s: float | None) -> float | None:
        """Seconds of silence: the log's, or the probe's if it was heard since."""
        heard_s = None if self._probe is None else self._probe.silent_s
        if silent_s is None or heard_s is None:
            return silent_s
        return min(silent_s, heard_s)


def silence(path: Path | None, now: Callable[[], float] = time.time) -> float | None:
    """Seconds since a file was last written to, None where that cannot be told."""
    try:
        return None if path is None else max(0.0, now() - path.stat().st_mtime)
    except OSError:
        return None
