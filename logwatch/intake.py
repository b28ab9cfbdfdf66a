"""One source, and a probe beside it, on their way into a session, without a screen."""

import math
import time
from collections.abc import Iterator
from dataclasses import replace

from logwatch.diagnosis.rule import Question
from logwatch.parsing.library import Library
from logwatch.parsing.sanitize import clean_text
from logwatch.session import Session
from logwatch.sources.content import JUDGED_BYTES, refuse_content
from logwatch.sources.pipe import Pipe
from logwatch.sources.probe.client import Probe
from logwatch.sources.probe.listening import Listening
from logwatch.sources.probe.source import ProbeSource
from logwatch.sources.source import Chunk, Source, SourceError

CHUNK_BYTES = 1 << 20
"""Bytes a read: 1 MiB was the fastest of 64 KiB to 16 MiB, and bounds the memory."""
CHUNK_SECONDS = 0.5
"""A read of a slow filesystem gives what it has after this time."""
WAIT_SECONDS = 1.0
PROBE_WAIT_SECONDS = 0.25
LINE_BYTES = 4096
"""Bytes that are read again to show a line of evidence; no terminal is that wide."""


class Intake:
    """One source on its way into a session. Memory: a chunk, and the samples themselves.

    A log that is emptied or replaced while it is read begins a new session. `origin` is the byte
    of the file at which the session's first byte lies: the end of a hole at the start.
    """

    def __init__(
        self, source: Source, library: Library, question: Question, probe: Probe | None = None
    ) -> None:
        self._source = source
        self._library = library
        self._question = question
        self._listening = Listening(probe)
        self._pread = self._listening.join(self._read_log)
        self._begin()

    def _begin(self) -> None:
        self.origin = 0
        self._listening.begin()
        self._head = b""
        question = replace(self._question, read_line=self.read_line)
        self.session = Session(self._library, question)

    def read_all(self) -> None:
        """Feed everything.

        Raises:
            SourceError: it is no log, or could not be read to its end.
        """
        for _ in self.advance():
            pass

    def advance(self) -> Iterator[None]:
        """Feed a chunk at a time; after each the session may be looked at.

        Raises:
            SourceError: it is no log, or could not be read to its end.
        """
        for chunk in _chunks(self._source):
            if chunk.event:
                self._begin()
            if not self.session.consumed:
                self.origin = chunk.offset
            self.session.feed(chunk.data)
            self._judge(chunk.data)
            yield
        self.session.finish()
        self._refuse_other_files()
        yield

    def follow(self, seconds: float, probe: Probe) -> Iterator[None]:
        """Feed everything, then what log and probe tell until `seconds` after the probe's first.

        After each chunk the session may be looked at.

        Raises:
            SourceError: it is no log, or cannot be read; there is none and attaching is refused.
        """
        if not isinstance(self._source, ProbeSource):
            yield from self.advance()  # a log that lies there need not wait for the probe
        until = math.inf
        while time.monotonic() < until:
            if probe.size and until == math.inf:
                until = time.monotonic() + seconds
            is_over = probe.state.is_over
            if not self._take_news() and is_over:
                break
            yield
        self.session.finish()
        yield

    def _take_news(self) -> bool:
        """Feed what has come to the log and to the probe; wait a little where nothing has."""
        chunk = self._source.read(CHUNK_BYTES, CHUNK_SECONDS)
        if chunk.event in ("truncated", "replaced"):
            self._begin()
        self.session.feed(chunk.data)
        heard = self._listening.feed(self.session.feed_probe)
        if not chunk.data and not heard:
            self._source.wait(PROBE_WAIT_SECONDS)
        return bool(chunk.data or heard)

    def read_line(self, offset: int) -> str:
        """The text of the line, or of the redraw, that begins at an offset of the session."""
        raw = self._pread(offset, LINE_BYTES).lstrip(b"\r\n")
        return clean_text(raw.partition(b"\n")[0].partition(b"\r")[0])

    def _read_log(self, offset: int, size: int) -> bytes:
        return self._source.pread(offset + self.origin, size)

    def _judge(self, data: bytes) -> None:
        """Keep the first bytes; once there are enough, do not read on in what is no log."""
        missing = JUDGED_BYTES - len(self._head)
        self._head += data[:missing]
        if 0 < missing <= len(data):
            self._refuse_other_files()

    def _refuse_other_files(self) -> None:
        refusal = refuse_content(self._head)
        if refusal and not self.session.view().series:
            raise SourceError(f"{self._source.name} {refusal}")


def _chunks(source: Source) -> Iterator[Chunk]:
    """What a file holds when it is opened, or all that ever comes through a pipe."""
    return _pipe_chunks(source) if isinstance(source, Pipe) else _file_chunks(source)


def _pipe_chunks(source: Source) -> Iterator[Chunk]:
    while (chunk := source.read(CHUNK_BYTES, CHUNK_SECONDS)).event != "ended":
        if chunk.data:
            yield chunk
        else:
            source.wait(WAIT_SECONDS)


def _file_chunks(source: Source) -> Iterator[Chunk]:
    """A file up to the size it has at first: a log that grows fast would never end."""
    goal, room, is_stuck = -1, JUDGED_BYTES, False
    while True:
        chunk = source.read(room, CHUNK_SECONDS)
        room = CHUNK_BYTES
        goal = chunk.size if chunk.event or goal < 0 else goal
        at = chunk.offset + len(chunk.data)
        yield chunk
        if at >= goal:
            return
        if is_stuck and not chunk.data and not chunk.event:
            why = source.describe()
            raise SourceError(f"{source.name} gives only {at} of its {goal} bytes: {why}")
        is_stuck = not chunk.data
