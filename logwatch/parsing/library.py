"""All dialects in the order in which they are asked, and what makes asking cheap."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from logwatch.parsing.dialects.dialect import Dialect, EventPattern, Pattern
from logwatch.parsing.dialects.literal_search import Listeners, Matches, numbers_by_literal
from logwatch.parsing.dialects.prefilter import Entrance, entrance_of, key_of

ALL_RANKS = -1


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
        self._candidates: dict[tuple[Matches, bool], Candidates] = {}

    def entrance(self, pattern: Pattern | EventPattern) -> Entrance:
        """The entrance of a pattern, found once."""
        key = key_of(pattern)
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
    def _event_numbers(self) -> Mapping[str, list[int]]:
        return numbers_by_literal(self.entrance(event).literals for event in self.events)

    @cached_property
    def _pattern_numbers(self) -> Mapping[str, list[int]]:
        return numbers_by_literal(door.literals for _, door in self._doors)

    @cached_property
    def _around_numbers(self) -> Mapping[str, list[int]]:
        around = {
            word: [i for i in numbers if self.patterns[i].kind in READ_AROUND]
            for word, numbers in self._pattern_numbers.items()
        }
        return {word: numbers for word, numbers in around.items() if numbers}

    @cached_property
    def _doors(self) -> list[tuple[Pattern, Entrance]]:
        return [(pattern, self.entrance(pattern)) for pattern in self.patterns]

    @cached_property
    def _listeners(self) -> Listeners:
        return Listeners([*self._event_numbers, *self._pattern_numbers])

    def find_literals(self, lines: Sequence[bytes]) -> list[Matches | None]:
        """The literals that each of many lines holds; None where a line must be asked by itself."""
        return self._listeners.find_all_literals(lines)

    def candidates(self, lowered: str, matches: Matches | None = None) -> "Candidates":
        """Events and patterns that may match a text, each pattern with its entrance.

        `matches` are the literals that the text holds, where they are known. A line without a
        number matters only to patterns that read the lines around it.
        """
        matches = self._listeners.find_literals(lowered) if matches is None else matches
        if not matches:
            return [], []
        key = matches, has_number(lowered)
        found = self._candidates.get(key)
        if found is None:
            if len(self._candidates) >= MAX_REMEMBERED:
                self._candidates.clear()
            found = self._candidates[key] = self._find_candidates(*key)
        return found

    def _find_candidates(self, matches: Matches, numeric: bool) -> "Candidates":
        listening = self._pattern_numbers if numeric else self._around_numbers
        events = {i for word in matches for i in self._event_numbers.get(word, ())}
        numbers = {i for word in matches for i in listening.get(word, ())}
        return [self.events[i] for i in sorted(events)], [self._doors[i] for i in sorted(numbers)]


Candidates = tuple[Sequence[EventPattern], Sequence[tuple[Pattern, Entrance]]]
"""Events and patterns that may match a text, each pattern with its entrance."""

MAX_REMEMBERED = 4096
"""Sets of literals of which the candidates are remembered; lines of a log share a few hundred."""

READ_AROUND = ("block", "table", "python")
"""Kinds of which a line without a number may be a part."""


def has_number(lowered: str) -> bool:
    """Whether a text in lower case holds a digit, or what is no number and infinity."""
    return any(map(lowered.__contains__, DIGITS)) or "nan" in lowered or "inf" in lowered


DIGITS = "0123456789"


def order_dialects(
    dialects: Iterable[Dialect], claims: Mapping[tuple[str, str], bool]
) -> list[Dialect]:
    """Special before general: a dialect that reads another's examples comes after it.

    `claims[a, b]` says that dialect a reads an example of b. Generic dialects come last; ties and
    cycles are broken by name.
    """
    waiting = {dialect.name: dialect for dialect in sorted(dialects, key=lambda d: d.name)}
    before = _who_comes_before(waiting, claims)
    ordered: list[Dialect] = []
    while waiting:
        free = (name for name in waiting if before[name].isdisjoint(waiting))
        ordered.append(waiting.pop(next(free, None) or next(iter(waiting))))
    return ordered


def _who_comes_before(
    dialects: Mapping[str, Dialect], claims: Mapping[tuple[str, str], bool]
) -> dict[str, set[str]]:
    """For each dialect, those that are more special."""
    special = {name for name, dialect in dialects.items() if not dialect.after}
    before = {name: set() if name in special else set(special) for name in dialects}
    for (one, two), reads in claims.items():
        known = one in dialects and two in dialects and (one in special) == (two in special)
        if reads and known and not claims.get((two, one)):
            before[one].add(two)
    return before
