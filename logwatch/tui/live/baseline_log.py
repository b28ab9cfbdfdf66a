"""The log of the run that another one is compared with, read beside it as it grows."""

import time
from collections.abc import Callable
from contextlib import suppress

from logwatch.diagnosis.rule import Question
from logwatch.metrics.run import RunView
from logwatch.session import Session
from logwatch.sources.source import Source, SourceError

CHUNK_BYTES = 4 << 20
"""Bytes a read, as for the run itself."""

PATIENCE_SECONDS = 0.25
"""So long may reading on in the baseline hold up the run that is compared with it."""


class BaselineLog:
    """A log that is read on each time that one asks for its run. Lives in one thread."""

    def __init__(
        self,
        source: Source,
        begin_session: Callable[[Question], Session],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._clock = clock
        self._begin_session = begin_session
        self._session = begin_session(Question())
        self._run: RunView | None = None

    def view(self) -> RunView | None:
        """The run as it is now, the same object while nothing is new.

        None until it was read to its end for the first time: half a run is no measure. A log that
        can no longer be read stays as it was.
        """
        if self._run is not None and not self._source.wait(0.0):  # as rarely as the source wants
            return self._run
        until = self._clock() + PATIENCE_SECONDS
        with suppress(SourceError):
            while self._read_on() and self._clock() < until:
                pass
        return self._run

    def _read_on(self) -> bool:
        """Take in one chunk; whether there is more."""
        chunk = self._source.read(CHUNK_BYTES, PATIENCE_SECONDS)
        if chunk.event in ("truncated", "replaced"):
            self._session, self._run = self._begin_session(Question()), None
        if chunk.data:
            self._session.feed(chunk.data)
        is_whole = not chunk.data or chunk.offset + len(chunk.data) >= chunk.size
        if is_whole and (chunk.data or self._run is None):
            self._run = self._session.view()
        return not is_whole

    def close(self) -> None:
        """Give back what the source holds."""
        self._source.close()
