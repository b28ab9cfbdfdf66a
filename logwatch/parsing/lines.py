"""Bytes cut into segments: what stands between two of `\\n`, `\\r`, `\\b` and NUL."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logwatch.parsing.record import Ints

Bytes = NDArray[np.uint8]

MAX_SEGMENT = 64 * 1024
"""Bytes of a segment that are kept; the rest up to the next cut is dropped, so that a line without
end stays within bounded memory. The longest training line among 56 real logs has 9 kB."""

CUTS = b"\n\r\b\0"
LONG_RUN = 8
"""Lines of one length in a row, on average, from which on it pays to compare them as one."""


@dataclass(frozen=True)
class Stretch:
    """Whole segments of a log: (n,) starts into `raw`, their lengths, 1-based line numbers.

    `shaped` is `raw` with each digit as 0 and each cut as a newline. `fresh` tells whether `raw`
    begins with a line of the log, and not within one.
    """

    raw: bytes
    offset: int
    starts: Ints
    lengths: Ints
    lines: Ints
    shaped: bytes
    fresh: bool = True

    def __len__(self) -> int:
        return len(self.starts)

    def segment(self, index: int) -> bytes:
        """The bytes of one segment."""
        start = int(self.starts[index])
        return self.raw[start : start + int(self.lengths[index])]

    def shape(self, index: int) -> bytes:
        """The shape of one segment: its bytes with each digit as 0."""
        start = int(self.starts[index])
        return self.shaped[start : start + int(self.lengths[index])]

    def shapes(self, rows: Ints) -> list[bytes]:
        """The shapes of (n,) segments."""
        starts = self.starts[rows]
        ends = (starts + self.lengths[rows]).tolist()
        return [self.shaped[a:b] for a, b in zip(starts.tolist(), ends, strict=True)]

    def heads(self) -> Ints:
        """(m,) segments such that each one is of the shape of the last of these up to it.

        Lines of one length in a row are compared all at once, each with the one before it; where
        there are few such, every segment is a head.
        """
        changed = np.diff(self.lengths, prepend=-1) != 0
        runs = np.flatnonzero(changed)
        if len(runs) * LONG_RUN > len(self):
            return np.arange(len(self))
        signs = np.frombuffer(self.shaped, np.uint8)
        for first, end in zip(runs.tolist(), [*runs[1:].tolist(), len(self)], strict=True):
            start, width = int(self.starts[first]), int(self.lengths[first]) + 1
            last = start + (end - first - 1) * width
            if last != self.starts[end - 1]:  # what stood between them was left out
                changed[first:end] = True
                continue
            other = np.flatnonzero(signs[start + width : last + width] != signs[start:last])
            changed[first + 1 + other // width] = True
        return np.flatnonzero(changed)

    def begins_line(self, index: int) -> bool:
        """Whether a segment is the first of its line: an empty one is then a blank line."""
        start = int(self.starts[index])
        return self.raw[start - 1] == 10 if start else self.fresh

    def before(self, index: int) -> "Stretch":
        """The segments before one of them."""
        end = int(self.starts[index])
        return replace(
            self,
            raw=self.raw[:end],
            starts=self.starts[:index],
            lengths=self.lengths[:index],
            lines=self.lines[:index],
            shaped=self.shaped[:end],
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
        end = max(joined.rfind(b"\n"), joined.rfind(b"\r")) + 1
        end = max(joined.rfind(b"\b", end), joined.rfind(b"\0", end), end - 1) + 1
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
        raw = np.frombuffer(body, np.uint8)
        shaped = shape_of(body, raw)
        ends = np.flatnonzero(shaped == 10)
        starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
        lengths = ends - starts
        newline = raw[ends] == 10
        counted = np.cumsum(newline)
        self._lines += int(counted[-1]) if len(ends) else 0
        lines = first + counted - newline
        if b"\b" in body or b"\0" in body:  # runs of them leave thousands of empty segments
            kept = (lengths > 0) | newline | (raw[ends] == 13)
            starts, lengths, lines = starts[kept], lengths[kept], lines[kept]
        if len(lengths) and lengths.max() > MAX_SEGMENT:
            lengths = np.minimum(lengths, MAX_SEGMENT)
        return Stretch(body, offset, starts, lengths, lines, shaped.tobytes(), fresh)


def shape_of(body: bytes, raw: Bytes) -> Bytes:
    """(n,) bytes, `raw` as an array, with each digit as 0 and each cut as a newline.

    Arithmetic on all of them is four times as fast as a table of 256.
    """
    digits = raw - np.uint8(48)
    digits *= digits < 10
    shaped = raw - digits
    for cut in CUTS[1:]:
        if cut in body:
            shaped += (raw == cut) * np.uint8((10 - cut) % 256)
    return shaped


def _joined(one: Stretch, two: Stretch) -> Stretch:
    """Two neighbours as one stretch."""
    return Stretch(
        one.raw + two.raw,
        one.offset,
        np.concatenate([one.starts, two.starts + len(one.raw)]),
        np.concatenate([one.lengths, two.lengths]),
        np.concatenate([one.lines, two.lines]),
        one.shaped + two.shaped,
        one.fresh,
    )
