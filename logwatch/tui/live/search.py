"""Find a text in a log of any size, forwards or backwards, in windows of bounded memory. Pure
but for the reading function that it is given."""

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from logwatch.tui.live.pages import Pread

WINDOW = 1 << 20
"""Bytes looked at between two chances to stop: a few milliseconds."""

OVERLAP = 4096
"""Bytes of a window that are looked at again, so that no match of up to this length is cut."""

WINDOW_SECONDS = 2.0
"""A pattern that takes longer for one window is given up: it would take hours for the file."""


class PatternError(Exception):
    """What was typed is no pattern; the message says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A match, [start, end) in bytes, and whether the search went past an end of the file."""

    start: int
    end: int
    wrapped: bool = False


def compile_pattern(text: str) -> "regex.Pattern[bytes]":
    """A pattern of bytes: a regular expression, or the text itself where it is none.

    Small letters find capitals too, a capital finds only itself (as less -i).

    Raises:
        PatternError: nothing was typed.
    """
    if not text:
        raise PatternError("type what to search for")
    flags = 0 if any(sign.isupper() for sign in text) else regex.IGNORECASE
    try:
        return regex.compile(text.encode(), flags)
    except regex.error:
        return regex.compile(regex.escape(text).encode(), flags)


def find(
    pread: Pread, end: int, pattern: "regex.Pattern[bytes]", start: int, *, back: bool = False
) -> Iterator[float | Hit]:
    """Search all of [0, end) once from `start` on: how far it is (0 to 1), at last a hit if any.

    Forwards the hit starts at `start` or later, backwards before it; then from the other end.

    Raises:
        PatternError: the pattern takes too long.
    """
    start = min(max(start, 0), end)
    legs = [(start, end), (0, start)] if not back else [(0, start), (start, end)]
    done = 0
    for leg, (low, high) in enumerate(legs):
        for window in _windows(low, high, back):
            hit = _look(pread, pattern, window, end, back)
            if hit is not None:
                yield Hit(*hit, wrapped=leg == 1)
                return
            done += window[1] - window[0]
            yield done / max(end, 1)


def _windows(low: int, high: int, back: bool) -> Iterator[tuple[int, int]]:
    """Ranges in which a match may start."""
    firsts = range(low, high, WINDOW)
    for first in reversed(firsts) if back else firsts:
        yield first, min(first + WINDOW, high)


def _look(
    pread: Pread,
    pattern: "regex.Pattern[bytes]",
    window: tuple[int, int],
    end: int,
    back: bool,
) -> tuple[int, int] | None:
    low, high = window
    raw = pread(low, min(high + OVERLAP, end) - low)
    found = None
    try:
        for match in pattern.finditer(raw, timeout=WINDOW_SECONDS, concurrent=True):
            if match.start() >= high - low:
                break
            if match.end() > match.start():
                found = low + match.start(), low + match.end()
                if not back:
                    break
    except TimeoutError as error:
        raise PatternError("this pattern takes too long; try a plainer one") from error
    return found
