"""The recording of a probe as the log itself, where a process has no log that can be read."""

import time

from logwatch.sources.probe.client import Probe
from logwatch.sources.source import Chunk, SourceError


class ProbeSource:
    """What a probe hears, as a source that never goes back."""

    def __init__(self, probe: Probe) -> None:
        self.name = f"process {probe.state.pid}"
        self._probe = probe
        self._at = 0

    def read(self, max_bytes: int, max_seconds: float) -> Chunk:
        """What has come; "ended" comes alone, after all bytes.

        Raises: SourceError where attaching is refused.
        """
        state = self._probe.state
        if state.phase == "refused" and not self._probe.size:
            raise SourceError(state.told)
        offset, data = self._probe.read(self._at, max_bytes)
        is_over = state.is_over and not data
        self._at = self._probe.size if is_over else offset + len(data)
        return Chunk(offset, data, self._probe.size, "ended" if is_over else "")

    def pread(self, offset: int, size: int) -> bytes:
        """Bytes that came before."""
        return self._probe.pread(offset, size)

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; True when bytes, or the end, have come."""
        if self._probe.state.is_over and self._probe.size <= self._at:
            time.sleep(timeout)
            return False
        return self._probe.wait(self._at, timeout)

    def describe(self) -> str:
        """Say that it is a probe, and how it stands."""
        return f"probe, {self._probe.state.phase}"

    def close(self) -> None:
        """Nothing: the probe is closed by who opened it."""
