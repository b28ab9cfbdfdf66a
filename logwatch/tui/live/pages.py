"""Any line of a log of any size, by its number: bytes are read where they lie, never the whole.

A line ends at `\\n`; of a line that was drawn again after `\\r`, the last drawing is its text. Pure
but for the reading function that it is given; one thread at a time.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from logwatch.parsing.record import Ints
from logwatch.parsing.sanitize import clean_text

Pread = Callable[[int, int], bytes]
"""Bytes of the log: (offset, size) -> at most `size` bytes."""

MAX_TEXT = 16 * 1024
"""Bytes of one drawing that are shown. The longest line among 56 real training logs has 9 kB."""

LINE_BYTES = 4096
"""Bytes read to show a line of evidence; no terminal is that wide."""

BLOCKS_KEPT = 48
"""Newline positions are kept of so many blocks: a screen of lines that came one by one."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of one line, without its `\\n`: [start, end)."""

    start: int
    end: int


class Pages:
    """The lines of a log that was read up to some byte; line numbers count from 0."""

    def __init__(self, pread: Pread) -> None:
        self._pread = pread
        self._offsets: Ints = np.zeros(1, np.int64)
        self._lines: Ints = np.zeros(1, np.int64)
        self._blocks: OrderedDict[int, Ints] = OrderedDict()
        self._texts: OrderedDict[tuple[int, int, int | None], str] = OrderedDict()

    def extend(self, offsets: Ints, lines: Ints) -> None:
        """Take the marks of an update, (n,): before so many bytes lie so many newlines."""
        self._offsets, self._lines = offsets, lines

    @property
    def end(self) -> int:
        """Bytes that were read."""
        return int(self._offsets[-1])

    @property
    def newlines(self) -> int:
        """Lines that are ended."""
        return int(self._lines[-1])

    def count(self) -> int:
        """Lines to show: those that are ended, and the one being written."""
        return self.newlines + (self.end > self.start_of(self.newlines))

    def start_of(self, line: int) -> int:
        """The offset at which a line starts; lines after the last start at the end."""
        if line <= 0:
            return 0
        if line > self.newlines:
            return self.end
        block = int(np.searchsorted(self._lines, line, side="left")) - 1
        newlines = self._newlines_in(block)
        at = line - int(self._lines[block]) - 1
        return int(newlines[at]) + 1 if at < len(newlines) else int(self._offsets[block + 1])

    def span_of(self, line: int) -> Span:
        """Where a line lies."""
        end = self.start_of(line + 1) - 1 if line < self.newlines else self.end
        return Span(self.start_of(line), max(end, self.start_of(line)))

    def line_at(self, offset: int) -> int:
        """The line in which a byte lies."""
        block = int(np.searchsorted(self._offsets, offset, side="right")) - 1
        block = min(max(block, 0), len(self._offsets) - 1)
        before = int(self._lines[block])
        if block == len(self._offsets) - 1:
            return before
        return before + int(np.searchsorted(self._newlines_in(block), offset))

    def text_of(self, line: int, at: int | None = None) -> str:
        """A line as it may be shown: its last drawing, or the one in which byte `at` lies."""
        span = self.span_of(line)
        key = (span.start, span.end, at)
        if key not in self._texts:
            self._texts[key] = self._read_text(span, at)
            if len(self._texts) > 500:
                self._texts.popitem(last=False)
        return self._texts[key]

    def _read_text(self, span: Span, at: int | None) -> str:
        if at is not None and span.start <= at < span.end:
            return clean_text(self._drawing_around(span, at))
        first = max(span.start, span.end - MAX_TEXT)
        raw = self._pread(first, span.end - first).rstrip(b"\r")
        last = raw.rfind(b"\r")
        if last < 0 and first > span.start:  # one long drawing: its start tells what it is
            raw, cut = self._pread(span.start, MAX_TEXT), " …"
            return clean_text(raw[raw.rfind(b"\r") + 1 :]) + cut
        return clean_text(raw)

    def _drawing_around(self, span: Span, at: int) -> bytes:
        """The bytes between the two `\\r` around a byte."""
        first = max(span.start, at - MAX_TEXT)
        before = self._pread(first, at - first)
        after = self._pread(at, min(span.end - at, MAX_TEXT))
        return before[before.rfind(b"\r") + 1 :] + after.partition(b"\r")[0]

    def _newlines_in(self, block: int) -> Ints:
        """Offsets of the newlines between mark `block` and the next, ascending."""
        found = self._blocks.get(block)
        if found is None:
            start, end = int(self._offsets[block]), int(self._offsets[block + 1])
            raw = np.frombuffer(self._pread(start, end - start), np.uint8)
            found = np.flatnonzero(raw == 10).astype(np.int64) + start
            self._blocks[block] = found
            if len(self._blocks) > BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        return found


def line_reader(pread: Pread) -> Callable[[int], str]:
    """What gives the text of the line, or of the drawing of a bar, that starts at an offset."""

    def read_line(offset: int) -> str:
        raw = pread(offset, LINE_BYTES)
        return clean_text(raw.partition(b"\n")[0].partition(b"\r")[0])

    return read_line
