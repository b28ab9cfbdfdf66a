"""What is known of a pattern without running it: is it blind to digits, what must a line hold."""

import re
import re._constants as op  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from typing import Any

import regex

DIGITS = frozenset(range(48, 58))
NAMED = regex.compile(r"\(\?P?<(?![=!])\w+>")


def inspect_pattern(pattern: str) -> tuple[bool, tuple[str, ...]]:
    """Whether the pattern tells digits apart, and texts of which every match holds one.

    A pattern that tells no digits apart matches all lines of a shape or none. The texts are in
    lower case and hold no digit; there are none where none is sure. What the parser of the
    standard library does not know counts as telling digits apart.
    """
    try:
        tree = parser.parse(NAMED.sub("(", pattern))
        return _tells_digits(tree), tuple(dict.fromkeys(text.lower() for text in _held(tree)))
    except (re.error, OverflowError, RecursionError):
        return True, ()


def unrolled_size(pattern: str) -> int:
    """How many nodes the pattern has with its repetitions written out, as `regex` compiles them.

    A repetition is written as often as it must come, and once more where it may come more often,
    so that each `+` around a `+` doubles the whole. Counted from the signs, as `regex` knows
    syntax that the parser of the standard library does not.
    """
    sums, atoms = [0], [0]
    for token in SIGNS.finditer(pattern):
        if token["open"]:
            sums.append(0)
            atoms.append(0)
            continue
        if token["close"] and len(sums) > 1:
            atoms.pop()
            atom = sums.pop()
            sums[-1] += atom
            atoms[-1] = atom
        elif token["least"] or token["sign"]:
            least = int(token["least"] or (token["sign"] == "+"))
            copies = max(1, least + (least > 0 and not token["exact"]))
            sums[-1] += atoms[-1] * (copies - 1)
            atoms[-1] *= copies
        else:
            atoms[-1] = 1
            sums[-1] += 1
    return sum(sums)


SIGNS = regex.compile(
    r"(?P<open>\((?:\?(?:P?<[^>=!]*>|[\w-]*:|<?[=!]|>|\|))?)"
    r"|(?P<close>\))"
    r"|\{(?P<least>\d+)(?:(?P<exact>\})|,\d*\})[+?]?"
    r"|(?P<sign>[+*?]|\{,\d*\})[+?]?"
    r"|\\(?:[pPN]\{[^}]*\}|.)"
    r"|\[\^?\]?(?:\\.|[^\]\\])*\]"
    r"|.",
    regex.DOTALL,
)
"""The signs of a pattern: groups, repetitions, and what counts as one node."""


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
    return code in (op.GROUPREF, op.GROUPREF_EXISTS)


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


def _held(tree: Any) -> tuple[str, ...]:
    """Texts of which every match holds one; of several such sets that of the longest texts."""
    options: list[tuple[str, ...]] = []
    run = ""
    for code, value in tree:
        if _is_literal(code, value):
            run += chr(value)
            continue
        options += [(run,), _held_by(code, value)]
        run = ""
    options.append((run,))
    sure = [texts for texts in options if texts and all(texts)]
    return max(sure, key=lambda texts: min(map(len, texts)), default=())


def _held_by(code: object, value: Any) -> tuple[str, ...]:
    """The same of one node of the tree; none where it need not stand in a match."""
    if code is op.BRANCH:
        branches = [_held(branch) for branch in value[1]]
        return tuple(text for texts in branches for text in texts) if all(branches) else ()
    if code not in INNER or code is op.ASSERT_NOT:
        return ()
    if code in REPEATS:
        if value[0] == 0:
            return ()
        inner = list(value[2])
        if len(inner) == 1 and _is_literal(*inner[0]):
            return (chr(inner[0][1]) * min(value[0], LONGEST_RUN),)
    return _held(value[INNER[code]] if INNER[code] is not None else value)


LONGEST_RUN = 100
"""Letters of a run that are looked for; a longer one holds them too."""
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


def _is_literal(code: object, value: Any) -> bool:
    return code is op.LITERAL and not chr(value).isdigit()
