"""Bytes cut into segments: what stands between two of `\\n`, `\\r`, `\\b` and NUL."""

from dataclasses import dataclass

import numpy as np

from logwatch.parsing.record import Ints

MAX_SEGMENT = 64 * 1024
"""Bytes of a segment that are kept; the rest up to the next cut is dropped, so that a line without
end stays within bounded memory. The longest training line among 56 real logs has 9 kB."""

CUTS = b"\n\r\b\0"
SHAPE_OF = bytes(48 if 48 <= byte <= 57 else (10 if byte in CUTS else byte) for byte in range(256))
"""A line's shape: each digit is 0, each cut is a newline."""


@dataclass(frozen=True)
class Stretch:
    """Whole segments of a log: (n,) starts into `raw`, 1-based line numbers, and their shapes.

    `fresh` tells whether `raw` begins with a line of the log, and not within one.
    """

    raw: bytes
    offset: int
    starts: Ints
    lines: Ints
    shapes: list[bytes]
    fresh: bool = True

    def segment(self, index: int) -> bytes:
        """The bytes of one segment."""
        start = int(self.starts[index])
        return self.raw[start : start + len(self.shapes[index])]

    def begins_line(self, index: int) -> bool:
        """Whether a segment is the first of its line: an empty one is then a blank line."""
        start = int(self.starts[index])
        return self.raw[start - 1] == 10 if start else self.fresh

    def before(self, index: int) -> "Stretch":
        """The segments before one of them."""
        end = int(self.starts[index])
        return Stretch(
            self.raw[:end],
            self.offset,
            self.starts[:index],
            self.lines[:index],
            self.shapes[:index],
            self.fresh,
        )


class Cutter:
    """Cuts a stream of bytes that may end anywhere; keeps the unfinished end for the next turn."""

    def __init__(self) -> None:
        self._rest = b""
        self._offset = 0
        self._lines = 0
        self._fresh = True
        self._skipping = False

    @property
    def lines(self) -> int:
        """How many `\\n` were seen."""
        return self._lines

    def feed(self, data: bytes) -> Stretch:
        """The segments that are whole now."""
        if self._skipping:
            data = self._skip(data)
        joined = self._rest + data if self._rest else data
        end = max(joined.rfind(cut) for cut in (b"\n", b"\r", b"\b", b"\0")) + 1
        body, self._rest = joined[:end], joined[end:]
        stretch = self._cut(body)
        if len(self._rest) > MAX_SEGMENT:
            cut = self._cut(self._rest[:MAX_SEGMENT] + b"\r")
            self._offset += len(self._rest) - MAX_SEGMENT - 1
            self._rest, self._skipping = b"", True
            return _joined(stretch, cut)
        return stretch

    def give_back(self, stretch: Stretch, index: int) -> None:
        """Put the newest segments, from `index` on, back before what comes next."""
        tail = stretch.raw[int(stretch.starts[index]) :]
        self._fresh = stretch.begins_line(index)
        self._rest = tail + self._rest
        self._offset -= len(tail)
        self._lines -= tail.count(b"\n")

    def finish(self) -> Stretch:
        """The unfinished end as a segment: nothing more will come."""
        rest, self._rest = self._rest, b""
        ended = not rest or rest[-1] in CUTS
        return self._cut(rest if ended else rest + b"\r")

    def _skip(self, data: bytes) -> bytes:
        at = min((i for i in map(data.find, (b"\n", b"\r", b"\b", b"\0")) if i >= 0), default=-1)
        if at < 0:
            self._offset += len(data)
            return b""
        self._skipping = False
        self._fresh = data[at] == 10
        self._lines += self._fresh
        self._offset += at + 1
        return data[at + 1 :]

    def _cut(self, body: bytes) -> Stretch:
        offset, first, fresh = self._offset, self._lines + 1, self._fresh
        self._offset += len(body)
        self._fresh = body.endswith(b"\n") if body else fresh
        shapes = body.translate(SHAPE_OF).split(b"\n")
        shapes.pop()
        lengths = np.fromiter(map(len, shapes), np.int64, len(shapes))
        starts = np.cumsum(lengths + 1) - lengths - 1
        newlines = np.flatnonzero(np.frombuffer(body, np.uint8) == 10)
        self._lines += len(newlines)
        if len(shapes) and lengths.max() > MAX_SEGMENT:
            shapes = [shape[:MAX_SEGMENT] for shape in shapes]
        if len(newlines) == len(shapes):
            lines = np.arange(first, first + len(shapes))
        else:
            lines = first + np.searchsorted(newlines, starts)
        if b"\b" in body or b"\0" in body:  # runs of them leave thousands of empty segments
            ends = np.frombuffer(body, np.uint8)[starts + lengths]
            kept = np.flatnonzero((lengths > 0) | (ends == 10) | (ends == 13))
            starts, lines = starts[kept], lines[kept]
            shapes = [shapes[index] for index in kept.tolist()]
        return Stretch(body, offset, starts, lines, shapes, fresh)


def _joined(one: Stretch, two: Stretch) -> Stretch:
    """Two neighbours as one stretch."""
    gap = len(one.raw)
    return Stretch(
        one.raw + two.raw,
        one.offset,
        np.concatenate([one.starts, two.starts + gap]),
        np.concatenate([one.lines, two.lines]),
        one.shapes + two.shapes,
        one.fresh,
    )
