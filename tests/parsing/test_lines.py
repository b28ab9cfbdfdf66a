"""Every byte of a log ends up in one segment, wherever the log is cut."""

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logwatch.parsing import lines
from logwatch.parsing.lines import MAX_SEGMENT, Cutter, Stretch
from tests.strategies import CUTS, cut

BITS = st.sampled_from(
    [
        b"\n", b"\r", b"\b", b"\0", b"a", b"7", b"\xc3\xa9", b"\xff", b"\xe2\x96", b"eightchr",
        b"a line that is too long", b"\r\n", b"\n\n", b"\0\0\0\0", b"\b\b\b\r", b"\r\n\r\n",
    ]
)  # fmt: skip
DATA = st.lists(BITS, max_size=40).map(b"".join)

Segment = tuple[int, int, bytes, bool]
MEGABYTE = 1 << 20


def segments_of(pieces: list[bytes]) -> list[Segment]:
    """Line, offset, bytes, and whether it begins its line, of each segment of a log in pieces."""
    cutter = Cutter()
    stretches = [cutter.feed(piece) for piece in pieces] + [cutter.finish()]
    return [one for stretch in stretches for one in rows_of(stretch)]


def rows_of(stretch: Stretch) -> list[Segment]:
    """The segments of one stretch."""
    return [
        (
            int(stretch.lines[i]),
            stretch.offset + int(stretch.starts[i]),
            stretch.segment(i),
            stretch.begins_line(i),
        )
        for i in range(len(stretch))
    ]


class TestCutter:
    @settings(max_examples=300)
    @given(data=DATA, places=CUTS)
    @example(data=b"one\r\ntwo\r\n", places=[0.4])
    @example(data=b"a line that is too long\b\b\r\nnext\n", places=[0.2, 0.5])
    @example(data=b"\n\b\n\0\n", places=[0.5])
    def test_cuts_do_not_matter(self, data: bytes, places: list[float]) -> None:
        """In whatever pieces a log arrives, byte by byte at last, its segments are the same."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lines, "MAX_SEGMENT", 8)
            whole = segments_of([data])

            assert whole == segments_of(cut(data, places))
            assert whole == segments_of([data[at : at + 1] for at in range(len(data))])

    @settings(max_examples=300)
    @given(data=DATA, places=CUTS)
    def test_segments_lie_where_they_say(self, data: bytes, places: list[float]) -> None:
        """Offset and line number are those of the segment in the file, as an editor counts."""
        for line, at, text, begins in segments_of(cut(data, places)):
            assert text == data[at : at + len(text)]
            assert 1 + data.count(b"\n", 0, at) == line
            assert begins == (at == 0 or data[at - 1 : at] == b"\n")

    @given(data=DATA, places=CUTS)
    def test_nothing_is_lost(self, data: bytes, places: list[float]) -> None:
        """All text but the cuts between segments is in a segment, in order."""
        shown = b"".join(text for _, _, text, _ in segments_of(cut(data, places)))

        assert data.translate(None, b"\n\r\b\0") == shown

    def test_each_redraw_is_a_segment_of_its_line(self) -> None:
        """Carriage returns part a line without ending it."""
        segments = segments_of([b"head\n 10%|#\r 20%|##\r\nend"])

        assert [(1, b"head"), (2, b" 10%|#"), (2, b" 20%|##"), (2, b""), (3, b"end")] == [
            (line, text) for line, _, text, _ in segments
        ]

    def test_blank_lines_are_told_from_gaps_in_a_line(self) -> None:
        """An empty segment is a blank line only at the beginning of one."""
        segments = segments_of([b"a\r", b"\n\r\n\n\b\bz\n"])

        assert [(2, True), (2, False), (3, True), (4, False)] == [
            (line, begins) for line, _, text, begins in segments if text in (b"", b"z")
        ][1:]

    @pytest.mark.parametrize("filler", [b"\0", b"\b"])
    def test_runs_of_fillers_cost_nothing(self, filler: bytes) -> None:
        """A megabyte of NUL, as a broken disk leaves it, is no segment at all."""
        segments = segments_of([b"before\n" + filler * MEGABYTE + b"after\n"])

        assert [(1, b"before"), (2, b"after")] == [(line, text) for line, _, text, _ in segments]

    def test_the_rest_is_kept_until_its_end_comes(self) -> None:
        """An unfinished line is no segment before its end, and finish() gives it."""
        cutter = Cutter()

        assert 0 == len(cutter.feed(b"step 1 lo"))
        assert [b"step 1 loss"] == [text for _, _, text, _ in rows_of(cutter.feed(b"ss\nste"))]
        assert [b"ste"] == [text for _, _, text, _ in rows_of(cutter.finish())]
        assert 0 == len(cutter.finish())

    def test_a_long_line_is_kept_to_its_limit(self) -> None:
        """The beginning of a line that is too long is a segment; what follows it is not lost."""
        line = b"x" * (MAX_SEGMENT + 5)

        segments = segments_of([line[:1000], line[1000:] + b"\nshort\n"])

        assert [(1, 0, b"x" * MAX_SEGMENT), (2, MAX_SEGMENT + 6, b"short")] == [
            segment[:3] for segment in segments
        ]

    def test_a_line_without_end_stays_within_bounded_memory(self) -> None:
        """300 MB without a newline cost a few MB, and what comes after is read at its place."""
        piece = b"x" * MEGABYTE
        cutter = Cutter()
        tracemalloc.start()
        try:
            found = [
                segment
                for data in itertools.chain(itertools.repeat(piece, 300), [b"\nlast\n"])
                for segment in rows_of(cutter.feed(data))
            ]
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert [(1, 0, MAX_SEGMENT), (2, 300 * MEGABYTE + 1, 4)] == [
            (line, at, len(text)) for line, at, text, _ in found
        ]
        assert peak < 8 * MEGABYTE

    @given(data=DATA, places=CUTS, back=st.integers(0, 5))
    def test_what_is_given_back_comes_again(
        self, data: bytes, places: list[float], back: int
    ) -> None:
        """Segments that are given back come again, at the same place, with what follows them."""
        cutter = Cutter()
        kept: list[Segment] = []
        for piece in cut(data, places):
            stretch = cutter.feed(piece)
            first = max(0, len(stretch) - back)
            if first < len(stretch):
                cutter.give_back(stretch, first)
            kept += rows_of(stretch.before(first)) if first < len(stretch) else rows_of(stretch)
        kept += rows_of(cutter.finish())

        assert segments_of([data]) == kept
        assert data.count(b"\n") == cutter.lines


class TestShapes:
    def test_a_shape_is_the_line_with_its_digits_as_zeros(self) -> None:
        """Lines that differ in digits alone are of one shape."""
        stretch = Cutter().feed("step 12 loss=3.50\nstep 97 loss=0.25\nµ 1é\n".encode())

        assert [b"step 00 loss=0.00"] * 2 + ["µ 0é".encode()] == stretch.shapes(np.arange(3))

    @settings(max_examples=300)
    @given(data=DATA)
    @example(data=b"a 1\na 2\nb 3\nb 4\n" * 20)
    @example(data=b"a 1\na 2\nb 3\nb 4\n\n" * 2 + b"step 7\n" * 90)
    @example(data=b"\n" * 50 + b"x\r" * 50 + b"\b" * 50 + b"y\b" * 50)
    def test_heads_tell_every_shape(self, data: bytes) -> None:
        """Each line is of the shape of the last head up to it, be they compared at once or not."""
        stretch = Cutter().feed(data * 9 + b"\n")
        heads, rows = stretch.heads(), np.arange(len(stretch))

        of_head = heads[np.searchsorted(heads, rows, side="right") - 1]

        assert stretch.shapes(rows) == stretch.shapes(of_head)

    def test_a_run_has_one_head(self) -> None:
        """A thousand lines of one shape are looked at once."""
        stretch = Cutter().feed(b"".join(b"step %03d\n" % i for i in range(1000)))

        assert [0] == stretch.heads().tolist()
