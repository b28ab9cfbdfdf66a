"""Lines searched all at once hold the literals that each of them holds by itself."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logwatch.parsing.dialects.literal_search import Listeners
from logwatch.parsing.library import Library
from logwatch.parsing.sanitize import read_text

WORDS = ["", "{", "z/", "f1", "lr", "acc", "loss", " loss: ", "step", "train loss", "µs", "a\nb"]
LINES = st.lists(
    st.lists(st.sampled_from([*WORDS[1:11], "LOSS", "l", "os", "s", " ", "\t", "É", "\x1b", "0"]))
    .map("".join)
    .map(lambda text: text.encode()),
    max_size=8,
)


class TestListeners:
    @given(lines=LINES, literals=st.lists(st.sampled_from(WORDS)))
    @example(lines=[b"loss", b"", b"LOSS: lo", b"ss {"], literals=["loss", "{", "ss", "lo"])
    @example(lines=[b"train loss" * 3], literals=["n loss", "loss", "rain", "los"])
    def test_all_at_once(self, lines: list[bytes], literals: list[str]) -> None:
        """What is matches in many lines at once is what each line holds; strange ones are left."""
        listeners = Listeners(literals)

        for line, matches in zip(lines, listeners.find_all_literals(lines), strict=True):
            if matches is None:
                assert not line.isascii() or b"\x1b" in line
            else:
                assert set(listeners.find_literals(line.decode().lower())) == set(matches)

    @pytest.mark.parametrize("line", [b"caf\xc3\xa9 loss", b"\x1b[1mlo\x1b[0mss", b"lo\0ss"])
    def test_more_than_plain_text(self, line: bytes) -> None:
        """A line that may read otherwise than its bytes is not judged by them."""
        assert [None] == Listeners(["loss"]).find_all_literals([line])

    def test_examples_of_all_dialects(self, library: Library) -> None:
        """On every line of an example the same dialects are asked, however it is searched."""
        lines = [
            line.encode()
            for dialect in library.dialects
            for one in dialect.examples
            for line in one.text.split("\n")
        ]

        for line, matches in zip(lines, library.find_literals(lines), strict=True):
            lowered = read_text(line).text.lower()
            assert library.candidates(lowered) == library.candidates(lowered, matches)
