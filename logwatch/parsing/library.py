"""All dialects in the order in which they are asked, and what makes asking cheap."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

from logwatch.parsing.dialect import Dialect, EventPattern, Pattern
from logwatch.parsing.syntax import inspect_pattern

ALL_RANKS = -1
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


def entrance_of(pattern: Pattern | EventPattern) -> Entrance:
    """Find the entrance of a pattern from its syntax."""
    if isinstance(pattern, Pattern) and pattern.words:
        return Entrance(tuple(word.lower() for word in pattern.words), pattern.tells_digits)
    if isinstance(pattern, Pattern) and pattern.kind == "literal":
        return Entrance(("{",), pattern.tells_digits)
    held = inspect_pattern(pattern.match)[1]
    sure = bool(held) and min(map(len, held)) >= MIN_LITERAL
    return Entrance(held if sure else ("",), pattern.tells_digits)


class Library:
    """How logs are read: dialects in order, special before general, and whose lines count.

    `rank` is that of the lines that count: None is the one that prints a pattern first, ALL_RANKS
    is every one.
    """

    def __init__(
        self,
        dialects: Sequence[Dialect],
        entrances: Mapping[str, Entrance] | None = None,
        rank: int | None = None,
    ) -> None:
        self.dialects = tuple(dialects)
        self.rank = rank
        self.patterns = [p for dialect in dialects for p in dialect.patterns]
        self.events = [e for dialect in dialects for e in dialect.events]
        self._known = dict(entrances or {})

    def entrance(self, pattern: Pattern | EventPattern) -> Entrance:
        """The entrance of a pattern, found once."""
        key = f"{pattern.dialect}/{type(pattern).__name__}/{pattern.name}/{pattern.match}"
        if key not in self._known:
            self._known[key] = entrance_of(pattern)
        return self._known[key]

    @property
    def entrances(self) -> Mapping[str, Entrance]:
        """All entrances, for a cache."""
        everything: list[Pattern | EventPattern] = [*self.patterns, *self.events]
        for pattern in everything:
            self.entrance(pattern)
        return self._known

    @cached_property
    def _listeners(self) -> "_Listeners":
        return _Listeners(
            [(event, self.entrance(event)) for event in self.events],
            [(pattern, self.entrance(pattern)) for pattern in self.patterns],
        )

    def candidates(self, lowered: str) -> tuple[list[EventPattern], list[tuple[Pattern, bool]]]:
        """Events and patterns that may match a text; with each pattern, whether it tells digits."""
        return self._listeners.find(lowered)


class _Listeners:
    """Who listens to which literal: each literal is looked for once, however many listen to it."""

    def __init__(
        self,
        events: list[tuple[EventPattern, Entrance]],
        patterns: list[tuple[Pattern, Entrance]],
    ) -> None:
        self._events = [event for event, _ in events]
        self._patterns = [(pattern, door.tells_digits) for pattern, door in patterns]
        self._silent = [pattern.kind not in ("block", "table", "python") for pattern, _ in patterns]
        self._event_numbers = _by_literal([door for _, door in events])
        self._pattern_numbers = _by_literal([door for _, door in patterns])
        self._literals = [*{**self._event_numbers, **self._pattern_numbers}]

    def find(self, lowered: str) -> tuple[list[EventPattern], list[tuple[Pattern, bool]]]:
        """Those that hear one of their literals in the text, in order.

        A line without a number says nothing, but to patterns that read the lines around it.
        """
        heard = [literal for literal in self._literals if literal in lowered]
        if not heard:
            return [], []
        events = sorted({i for word in heard for i in self._event_numbers.get(word, ())})
        numbers = sorted({i for word in heard for i in self._pattern_numbers.get(word, ())})
        if numbers and not HAS_NUMBER.search(lowered):
            numbers = [i for i in numbers if not self._silent[i]]
        return [self._events[i] for i in events], [self._patterns[i] for i in numbers]


def _by_literal(doors: list[Entrance]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for number, door in enumerate(doors):
        for literal in door.literals:
            numbers.setdefault(literal, []).append(number)
    return numbers


HAS_NUMBER = regex.compile(r"\d|nan|inf")


def order_dialects(
    dialects: Iterable[Dialect], claims: Mapping[tuple[str, str], bool]
) -> list[Dialect]:
    """Special before general: a dialect that reads another's examples comes after it.

    `claims[a, b]` says that dialect a reads an example of b. Generic dialects come last; ties and
    cycles are broken by name.
    """
    waiting = {dialect.name: dialect for dialect in sorted(dialects, key=lambda d: d.name)}
    ordered: list[Dialect] = []
    while waiting:
        free = [name for name in waiting if not _follows_another(name, waiting, claims)]
        name = free[0] if free else next(iter(waiting))
        ordered.append(waiting.pop(name))
    return ordered


def _follows_another(
    name: str, waiting: Mapping[str, Dialect], claims: Mapping[tuple[str, str], bool]
) -> bool:
    generic = bool(waiting[name].after)
    for other, dialect in waiting.items():
        if other == name:
            continue
        if generic and not dialect.after:
            return True
        if (
            claims.get((name, other))
            and not claims.get((other, name))
            and generic == bool(dialect.after)
        ):
            return True
    return False
