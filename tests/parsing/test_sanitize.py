"""No byte of a log reaches a terminal as a command, and every character knows its bytes."""

import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logwatch.parsing.sanitize import Text, clean_text, read_text

HARMFUL = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories that steer a terminal, hide or turn text: controls, formats, halves, separators."""

SEQUENCES = {
    "colour": "\x1b[1;31m",
    "cursor up": "\x1b[A",
    "clear": "\x1b[2J\x1b[H",
    "title": "\x1b]0;rm -rf /\x07",
    "title by ST": "\x1b]2;rm -rf /\x1b\\",
    "title of C1": "\x9d0;rm -rf /\x9c",
    "link": "\x1b]8;;http://example.org\x07",
    "clipboard": "\x1b]52;c;cm0gLXJm\x07",
    "device control": "\x1bP1$r0m\x1b\\",
    "device control of C1": "\x901$r0m\x9c",
    "privacy message": "\x1b^rm -rf /\x1b\\",
    "program command": "\x9frm -rf /\x9c",
    "CSI of C1": "\x9b31m",
    "charset": "\x1b(0",
    "reset": "\x1bc",
    "save cursor": "\x1b7",
}

BYTES = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(
        st.sampled_from(
            [b"\xc2", b"\x9b", b"\x1b", b"[", b"31m", b"]", b"\x07", b"a", b"1", b"\xe2\x80",
             b"\xae", "█".encode(), "é".encode(), b"\xf0\x9f\x98", b"\x80", b"\t", b" "]
        ),
        max_size=20,
    ).map(b"".join),
)  # fmt: skip


def harmful(text: str) -> list[str]:
    """The characters of a text that a terminal must never get."""
    return [sign for sign in text if unicodedata.category(sign) in HARMFUL]


class TestCleanText:
    def test_no_code_point_harms(self) -> None:
        """Of all that Unicode has, no control, format, separator or surrogate survives."""
        everything = [chr(point) for point in range(sys.maxunicode + 1)]

        survivors = [
            f"{ord(sign):04x}"
            for sign in everything
            if unicodedata.category(sign) in HARMFUL
            and harmful(clean_text(f"a{sign}b".encode("utf-8", "surrogatepass")))
        ]

        assert [] == survivors

    def test_letters_are_kept(self) -> None:
        """Letters, marks, digits, signs and symbols of any script pass as they are."""
        text = "".join(
            chr(point)
            for point in range(0x20, 0x3000)
            if unicodedata.category(chr(point))[0] in "LMNPS" and chr(point) != "\xad"
        )

        assert text == clean_text(text.encode())

    @pytest.mark.parametrize("name", SEQUENCES)
    def test_sequences_vanish(self, name: str) -> None:
        """Control sequences leave nothing of themselves, neither their text nor a letter."""
        assert "loss 0.5" == clean_text(f"loss {SEQUENCES[name]}0.5".encode())

    @settings(max_examples=500)
    @given(raw=BYTES)
    @example(raw=b"\xc2\x1b[m\x9b31m")
    @example(raw=b"\xe2\x80\x1b[0m\xaeabc")
    def test_no_bytes_harm(self, raw: bytes) -> None:
        """Whatever the bytes, also where a control stood between halves of a character."""
        shown = clean_text(raw)

        assert [] == harmful(shown)
        assert shown == clean_text(shown.encode())

    @pytest.mark.parametrize("text", ["[bold]loss[/bold]", "[/]", "[red", "\\[x]", "{loss}", "%s"])
    def test_markup_is_text(self, text: str) -> None:
        """What other programs take for markup is kept letter by letter."""
        assert text == clean_text(text.encode())

    def test_the_last_drawing_counts(self) -> None:
        """Of a bar that was drawn again, the last drawing that is not blank is shown."""
        assert " 20%|##" == clean_text(b" 10%|#\r 20%|##\r      \r\n")
        assert "2/9 loss: 0.5" == clean_text(b"1/9 loss: 0.7\b\b\b\b\r2/9 loss: 0.5\n")

    def test_tabs_become_blanks(self) -> None:
        """A tab moves to the next column of four."""
        assert "a   b   c" == clean_text(b"a\tb\tc")

    def test_bad_bytes_are_marked(self) -> None:
        """Each byte that is no UTF-8 is one mark."""
        assert "loss\ufffd\ufffd 1" == clean_text(b"loss\xff\xe2 1")


class TestReadText:
    @settings(max_examples=500)
    @given(raw=BYTES)
    def test_characters_lie_where_they_say(self, raw: bytes) -> None:
        """The bytes at a character's place are that character, or one byte that is none."""
        text = read_text(raw)

        for index, sign in enumerate(text.text):
            at = text.byte(index)
            is_itself = raw[at : at + len(sign.encode())] == sign.encode()
            assert is_itself or (sign == "\ufffd" and raw[at] >= 0x80)
        assert sorted(places(text)) == places(text)
        assert len(raw) >= text.byte(len(text.text))

    @given(raw=st.text(st.characters(min_codepoint=32, max_codepoint=126)))
    def test_plain_text_needs_no_map(self, raw: str) -> None:
        """In plain ASCII character i is byte i."""
        text = read_text(raw.encode())

        assert (raw, None) == (text.text, text.at)
        assert list(range(len(raw))) == [text.byte(index) for index in range(len(raw))]

    @given(raw=BYTES, start=st.integers(0, 20))
    def test_a_body_keeps_its_places(self, raw: bytes, start: int) -> None:
        """The end of a text lies where it lay in the whole."""
        text = read_text(raw)
        start = min(start, len(text.text))

        assert places(text)[start:] == places(text.body(start))

    def test_names_rest_on_their_digits(self) -> None:
        """Only digits under a name tell lines of a shape apart, and by their byte in the line."""
        body = read_text("µ acc1 top5 2".encode()).body(2)

        body.rest_on(0, 9)

        assert {6, 11} == body.depends


def places(text: Text) -> list[int]:
    """The byte of each character."""
    return [text.byte(index) for index in range(len(text.text))]
