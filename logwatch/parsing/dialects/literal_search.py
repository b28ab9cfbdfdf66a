"""Who listens to which literal: most lines of a log hold none, and cost next to nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwatch.parsing.record import Ints

Bytes = NDArray[np.uint8]
Matches = tuple[str, ...]

GRAM = 4
"""Bytes of a literal that are looked for first; a shorter literal is looked for whole."""
BITS = 16
COMMON = b" etaoinsrhldcumfpgwybvkxjqz"
"""The blank and the letters of English, the most common first.
Source: H. Beker and F. Piper, Cipher Systems, 1982, appendix 1."""
SPREAD = np.uint32(2654435761)
"""2**32 over the golden ratio, which spreads neighbours over a table.
Source: D. E. Knuth, The Art of Computer Programming, volume 3, section 6.4."""


@dataclass(frozen=True, slots=True)
class _Gram:
    """A literal that may stand `back` bytes before where its gram was found."""

    literal: str
    text: bytes
    back: int


class Listeners:
    """Finds the literals that lines hold, each looked for once, however many listen to it."""

    def __init__(self, literals: Iterable[str]) -> None:
        self.literals = list(dict.fromkeys(literals))
        self._always = tuple(literal for literal in self.literals if not literal)
        self._grams: dict[bytes, list[_Gram]] = {}
        self._pairs = np.zeros(1 << BITS, bool)
        self._tables = {width: np.zeros(1 << BITS, bool) for width in range(1, GRAM + 1)}
        for literal in self.literals:
            if literal and literal.isascii() and "\n" not in literal:
                self._add(literal)

    def find_literals(self, lowered: str) -> Matches:
        """The literals that a text in lower case holds."""
        return tuple(literal for literal in self.literals if literal in lowered)

    def find_all_literals(self, lines: Sequence[bytes]) -> list[Matches | None]:
        """The literals that each line holds; None for a line that is more than plain text.

        All lines are searched at once: for pairs of bytes that a literal begins with, there for
        its first bytes, there for itself.
        """
        text = b"\n".join(lines) + b"\n" * GRAM
        signs = np.frombuffer(text, np.uint8)
        ends = np.cumsum(np.fromiter(map(len, lines), np.int64, len(lines)) + 1)
        lowered = signs + ((signs >= 65) & (signs <= 90)) * np.uint8(32)
        matches: list[dict[str, None]] = [dict.fromkeys(self._always) for _ in lines]
        self._search(lowered, ends, matches)
        odd = (signs > 126) | ((signs < 32) & (signs != 9) & (signs != 10))
        strange = set(np.searchsorted(ends, np.flatnonzero(odd), side="right").tolist())
        return [None if row in strange else tuple(one) for row, one in enumerate(matches)]

    def _search(self, lowered: Bytes, ends: Ints, matches: list[dict[str, None]]) -> None:
        text, count = lowered.tobytes(), len(lowered) - GRAM + 1
        pairs = lowered[:count] + (lowered[1 : count + 1].astype(np.uint16) << np.uint16(8))
        places = np.flatnonzero(self._pairs[pairs])
        grams = np.ndarray((count,), "<u4", text, strides=(1,))[places]
        for width, table in self._tables.items():
            found = places[table[_hash(grams, width)]]
            rows = np.searchsorted(ends, found, side="right")
            for place, row in zip(found.tolist(), rows.tolist(), strict=True):
                for gram in self._grams.get(text[place : place + width], ()):
                    if text.startswith(gram.text, place - gram.back):
                        matches[row][gram.literal] = None

    def _add(self, literal: str) -> None:
        text = literal.encode("ascii")
        width = min(len(text), GRAM)
        back = _rarest(text, width)
        gram = text[back : back + width]
        self._grams.setdefault(gram, []).append(_Gram(literal, text, back))
        number = np.array([int.from_bytes(gram, "little")], np.uint32)
        self._tables[width][_hash(number, width)] = True
        if width == 1:
            self._pairs[gram[0] :: 256] = True
        else:
            self._pairs[gram[0] + 256 * gram[1]] = True


def _rarest(text: bytes, width: int) -> int:
    """Where the stretch of a literal begins that other texts hold least."""
    starts = range(len(text) - width + 1)
    return max(starts, key=lambda at: sum(map(_rarity, text[at : at + width])))


def _rarity(sign: int) -> int:
    """How rare a sign is: letters by their place in `COMMON`, all but blanks are rarer."""
    place = COMMON.find(sign)
    return place if place >= 0 else len(COMMON)


def _hash(grams: "NDArray[np.uint32]", width: int) -> "NDArray[np.uint32]":
    """The place in a table of the first `width` bytes of (n,) grams."""
    kept = grams & np.uint32((1 << 8 * width) - 1)
    return np.asarray((kept * SPREAD) >> np.uint32(32 - BITS))


def numbers_by_literal(doors: Iterable[tuple[str, ...]]) -> Mapping[str, list[int]]:
    """The numbers of the doors at which each literal is listened to."""
    numbers: dict[str, list[int]] = {}
    for number, literals in enumerate(doors):
        for literal in literals:
            numbers.setdefault(literal, []).append(number)
    return numbers
