"""Untrusted bytes made into text that a terminal shows and a pattern matches, never obeys."""

import re
from dataclasses import dataclass, field

import numpy as np
import regex

from logwatch.parsing.record import Ints

UNWANTED = regex.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC: titles, links, clipboard
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c]*(?:\x1b\\|\x9c)?"  # DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor moves
    r"|\x1b[ -/]*[0-~]?"  # other escapes
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f]"  # C0 without tab, DEL, C1
    r"|[\p{Cf}\p{Zl}\p{Zp}]"  # bidi, zero width, tags, line separators
)
"""What must not reach a terminal.
Source: ECMA-48 (control functions); Unicode TR9 (bidirectional controls)."""

DIGIT = re.compile("[0-9]")
ESCAPED_BYTE = regex.compile(r"[\udc80-\udcff]")
CONTROL_BYTE = regex.compile(rb"[\x00-\x08\x0a-\x1f\x7f-\xff]")


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a line without controls, or the end of it, and where its characters are.

    `at` holds the byte of each character of the whole line, None where character i is byte i;
    `shift` is the character of the line with which the text begins. `depends` gathers the bytes
    whose digits a name rests on: lines of the same shape that differ there may mean something else.
    """

    text: str
    at: Ints | None = None
    shift: int = 0
    depends: set[int] = field(default_factory=set)

    def byte(self, index: int) -> int:
        """The byte of the line where character `index` of the text begins."""
        return index + self.shift if self.at is None else int(self.at[index + self.shift])

    def rest_on(self, start: int, end: int) -> None:
        """Note that a name rests on the characters `start:end`."""
        for digit in DIGIT.finditer(self.text, start, end):
            self.depends.add(self.byte(digit.start()))

    def body(self, start: int, end: int | None = None) -> "Text":
        """The text from character `start` on, up to `end`; what names rest on is shared."""
        return Text(self.text[start:end], self.at, self.shift + start, self.depends)


def read_text(raw: bytes) -> Text:
    """The text of a line without controls, with the byte of each of its characters.

    Each byte that is not UTF-8 becomes U+FFFD by itself, so that no position is lost.
    """
    if CONTROL_BYTE.search(raw) is None:
        return Text(raw.decode("ascii"))
    text = raw.decode("utf-8", "surrogateescape")
    if not ESCAPED_BYTE.search(text) and not UNWANTED.search(text):
        begins = np.frombuffer(raw + b"\n", np.uint8) & 0xC0 != 0x80  # no later byte of a character
        return Text(text, np.flatnonzero(begins))
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    escaped = (points >= 0xDC80) & (points <= 0xDCFF)
    widths = 1 + (points >= 0x80).astype(np.int64) + (points >= 0x800) + (points >= 0x10000)
    widths[escaped] = 1
    ends = np.concatenate([[0], np.cumsum(widths)])
    keep = np.ones(len(text) + 1, bool)
    for unwanted in UNWANTED.finditer(text):
        keep[unwanted.start() : unwanted.end()] = False
    return Text(ESCAPED_BYTE.sub("\ufffd", UNWANTED.sub("", text)), ends[keep])


def clean_text(raw: bytes) -> str:
    """One line as it may be shown: no controls, tabs as blanks, bad bytes as U+FFFD.

    Of a line that was drawn again after `\\r` or `\\b`, the last drawing that is not empty.
    """
    drawings = raw.replace(b"\b", b"\r").rstrip(b"\r\n").split(b"\r")
    shown = next((drawing for drawing in reversed(drawings) if drawing.strip()), b"")
    return read_text(shown).text.expandtabs(4).rstrip()
