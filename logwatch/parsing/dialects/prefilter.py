"""What a line must hold before a pattern is tried on it."""

import hashlib
from dataclasses import dataclass

from logwatch.parsing.dialects.dialect import EventPattern, Pattern
from logwatch.parsing.dialects.syntax import inspect_pattern

MIN_LITERAL = 2
"""A shorter literal would let nearly every line through, so it says nothing."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Texts of which a line must hold one, in lower case, before a pattern is tried on it.

    `tells_digits`: the pattern tells digits apart, so that each line is matched on its own.
    """

    literals: tuple[str, ...]
    tells_digits: bool

    def lets_in(self, lowered: str) -> bool:
        """Whether the pattern is worth a try on this text."""
        return any(literal in lowered for literal in self.literals)


def key_of(pattern: Pattern | EventPattern) -> str:
    """What tells a pattern from all others, short enough for a file."""
    words = pattern.words if isinstance(pattern, Pattern) else ()
    told = repr((type(pattern).__name__, pattern.match, words)).encode("utf-8", "replace")
    return f"{pattern.dialect}/{pattern.name}/{hashlib.blake2b(told, digest_size=8).hexdigest()}"


def entrance_of(pattern: Pattern | EventPattern) -> Entrance:
    """Find the entrance of a pattern from its syntax."""
    if isinstance(pattern, Pattern) and pattern.words:
        return Entrance(tuple(word.lower() for word in pattern.words), pattern.tells_digits)
    if isinstance(pattern, Pattern) and pattern.kind == "literal":
        return Entrance(("{",), pattern.tells_digits)
    held = inspect_pattern(pattern.match)[1]
    sure = bool(held) and min(map(len, held)) >= MIN_LITERAL
    return Entrance(held if sure else ("",), pattern.tells_digits)
