"""Any line of a log of any size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.parsing.sanitize import clean_text
from logwatch.tui.live.pages import MAX_TEXT, Pages
from tests.tui.fakes import pread_of

LOGS = st.lists(
    st.sampled_from([b"step 1\n", b"\n", b"bar 1%\r", b"bar 2%\r\n", b"half", "é×\n".encode()]),
    max_size=30,
).map(b"".join)


def open_pages(text: bytes, chunk: int = 7) -> Pages:
    """Pages of a log that was read in chunks."""
    offsets = [*range(0, len(text), chunk), len(text)] if text else [0]
    pages = Pages(pread_of(text))
    pages.extend(np.array(offsets), np.array([text[:end].count(b"\n") for end in offsets]))
    return pages


@given(LOGS, st.integers(1, 40))
def test_lines_are_those_of_an_editor(text: bytes, chunk: int) -> None:
    """However the log came, its lines are what stands between two newlines."""
    pages = open_pages(text, chunk)
    lines = text.split(b"\n")
    lines = lines[:-1] if not lines[-1] else lines

    assert len(lines) == pages.count()
    assert [clean_text(line) for line in lines] == [pages.text_of(n) for n in range(len(lines))]


@given(LOGS, st.integers(1, 40), st.data())
def test_a_byte_leads_to_its_line(text: bytes, chunk: int, data: st.DataObject) -> None:
    """The line at an offset is the number of newlines before it."""
    pages = open_pages(text, chunk)
    offset = data.draw(st.integers(0, len(text)))

    assert text[:offset].count(b"\n") == pages.line_at(offset)


def test_of_a_bar_the_last_drawing_is_shown() -> None:
    """A line that was drawn again is one line; a byte of an earlier drawing shows that one."""
    text = b"bar 1%\rbar 2%\rbar 3%\nnext\n"
    pages = open_pages(text)

    assert ["bar 3%", "bar 2%"] == [pages.text_of(0), pages.text_of(0, at=text.index(b"2%"))]


def test_a_line_is_reached_without_reading_the_log() -> None:
    """Of a log of megabytes only the blocks around the line are read."""
    text = b"".join(b"step %d\n" % n for n in range(200_000))
    asked: list[int] = []

    def pread(offset: int, size: int) -> bytes:
        asked.append(size)
        return text[offset : offset + size]

    pages = Pages(pread)
    offsets = np.arange(0, len(text), 65536)
    pages.extend(offsets, np.array([text[:end].count(b"\n") for end in offsets]))

    assert "step 123456" == pages.text_of(123456)
    assert sum(asked) < 4 * 65536


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_without_end_is_cut(end: bytes) -> None:
    """A megabyte on one line shows its start, and costs no more than that."""
    shown = open_pages(b"x" * 1_000_000 + end, 100_000).text_of(0)

    assert MAX_TEXT + 2 == len(shown)
    assert shown.endswith(" …")


def test_a_huge_bar_shows_its_newest_drawing() -> None:
    """A bar of megabytes without a newline is one line with its newest state."""
    text = b"".join(b"\r%7d/100000" % n for n in range(100_000))
    pages = open_pages(text, 65536)

    assert (1, "99999/100000") == (pages.count(), pages.text_of(0).strip())


def test_a_log_that_vanished_shows_nothing() -> None:
    """When the bytes cannot be read any more, lines are empty, not an error."""
    pages = Pages(lambda offset, size: b"")
    pages.extend(np.array([0, 100]), np.array([0, 5]))

    assert [""] * 5 == [pages.text_of(line) for line in range(5)]
