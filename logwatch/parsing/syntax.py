"""What is known of a pattern without running it: is it blind to digits, what must a line hold."""

import re
import re._constants as op  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from typing import Any

import regex

DIGITS = frozenset(range(48, 58))
NAMED = regex.compile(r"\(\?P?<(?![=!])\w+>")


def inspect_pattern(pattern: str) -> tuple[bool, str]:
    """Whether the pattern tells digits apart, and the longest text that every match holds.

    A pattern that tells no digits apart matches all lines of a shape or none. The text is empty
    where none is sure, and lower-case where the pattern ignores case. What the parser of the
    standard library does not know counts as telling digits apart.
    """
    try:
        tree = parser.parse(NAMED.sub("(", pattern))
    except (re.error, OverflowError, RecursionError):
        return True, ""
    folded = bool(tree.state.flags & 2)
    literals = [text for text in _literals(tree) if not any(sign.isdigit() for sign in text)]
    longest = max(literals, key=len, default="")
    return _tells_digits(tree), longest.lower() if folded else longest


def _tells_digits(tree: Any) -> bool:
    return any(_node_tells(code, value) for code, value in tree)


def _node_tells(code: object, value: Any) -> bool:
    if code in (op.LITERAL, op.NOT_LITERAL):
        return value in DIGITS
    if code is op.IN:
        return _set_tells(value)
    if code is op.BRANCH:
        return any(_tells_digits(branch) for branch in value[1])
    if code in INNER:
        return _tells_digits(value[INNER[code]] if INNER[code] is not None else value)
    return code is op.GROUPREF


INNER = {
    op.MAX_REPEAT: 2,
    op.MIN_REPEAT: 2,
    op.POSSESSIVE_REPEAT: 2,
    op.SUBPATTERN: 3,
    op.ASSERT: 1,
    op.ASSERT_NOT: 1,
    op.ATOMIC_GROUP: None,
}
"""Where a node of the standard library's syntax tree keeps the nodes under it."""


def _set_tells(items: Any) -> bool:
    """A set tells digits apart when it holds some of them but not all."""
    held: set[int] = set()
    for code, value in items:
        if code is op.LITERAL:
            held.add(value)
        elif code is op.RANGE:
            held.update(range(max(value[0], 48), min(value[1], 57) + 1))
        elif code is op.CATEGORY and value in ALL_DIGITS:
            held |= DIGITS
    return bool(held & DIGITS) and not held >= DIGITS


ALL_DIGITS = (op.CATEGORY_DIGIT, op.CATEGORY_WORD, op.CATEGORY_NOT_SPACE)
"""Classes that hold every digit."""


def _literals(tree: Any) -> list[str]:
    """Runs of literal characters that every match holds, in order."""
    runs, run = [], ""
    for code, value in tree:
        if code is op.LITERAL:
            run += chr(value)
            continue
        runs.append(run)
        run = ""
        if code is op.SUBPATTERN:
            runs += _literals(value[3])
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT) and value[0] > 0:
            runs += _literals(value[2])
        elif code is op.ATOMIC_GROUP:
            runs += _literals(value)
    return [*runs, run]
