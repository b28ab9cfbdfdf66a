"""How one program writes its log: patterns, events, examples, and the words of its own."""

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import regex

from logwatch.parsing.dialects.syntax import inspect_pattern

GLOB = frozenset("*?[")
TIME_BUDGET_S = 0.05
"""A pattern may look at one line for so long; ordinary ones need microseconds."""


MAX_TRANSLATED = 5000
"""Keys whose translation is kept; a log that makes up a key a line must not fill the memory."""
MAX_KEY = 200
"""Characters of a key; a longer one is a text."""


class DialectError(Exception):
    """A dialect file that cannot be used; the text says where and why in one sentence."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What a dialect makes of one raw key: its name, the unit it is printed in, a lower bound.

    `mean`: it is a mean over many batches, of which the log may also tell the single ones.
    """

    name: str = ""
    unit: str = ""
    above: float | None = None
    mean: bool = False


@dataclass(frozen=True)
class Pattern:
    """One type of stretch in a log. Kinds and fields are described in parsers/README.md."""

    dialect: str
    name: str
    kind: str
    match: str = ""
    pair: str = ""
    row: str = ""
    gap: str = ""
    phase: str = "train"
    scope: str = "auto"
    epoch_base: int = 1
    prefix: str = ""
    need: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    sets: str = ""
    uses: str = ""
    guarded: bool = False
    whole_line: bool = True
    hold: bool = False
    at_end: bool = False
    redraw: bool = False
    fallback: bool = False
    one_total: bool = False
    columns: str = "gaps"
    names: tuple[str, ...] = ()
    find: Callable[[str], Iterable[Mapping[str, tuple[int, int]]]] | None = None
    translations: Mapping[str, Translation] = field(default_factory=dict)

    @cached_property
    def regex(self) -> Any:
        """The compiled anchor."""
        return regex.compile(self.match)

    @cached_property
    def pair_regex(self) -> Any:
        """The compiled key and value."""
        return regex.compile(self.pair)

    @cached_property
    def row_regex(self) -> Any:
        """The compiled row of a block."""
        return regex.compile(self.row)

    @cached_property
    def gap_regex(self) -> Any:
        """The compiled line that may stand between the rows of a block."""
        return regex.compile(self.gap)

    def needs(self, keys: Sequence[str]) -> bool:
        """Whether one of the keys is one that the pattern needs."""
        exact, globs = self._needs
        return not exact.isdisjoint(keys) or (globs is not None and any(map(globs, keys)))

    @cached_property
    def _needs(self) -> tuple[frozenset[str], Callable[[str], object] | None]:
        globs = [one for one in self.need if not GLOB.isdisjoint(one)]
        pattern = "|".join(fnmatch.translate(one) for one in globs)
        return frozenset(self.need), re.compile(pattern).match if globs else None

    @cached_property
    def tells_digits(self) -> bool:
        """Whether lines of one shape may differ in how they match."""
        if self.kind == "python":
            return True
        return any(inspect_pattern(text)[0] for text in (self.match, self.pair))

    @cached_property
    def names_rows(self) -> bool:
        """Whether the head of a block says of which phase or data set its rows are."""
        return not {"phase", "dataset"}.isdisjoint(self.regex.groupindex)

    @cached_property
    def row_tells_digits(self) -> bool:
        """Whether lines of one shape may differ in how they match as rows."""
        return any(inspect_pattern(text)[0] for text in (self.row, self.gap))

    @property
    def redraws(self) -> bool:
        """Whether a line may say again what the one before it said."""
        return self.redraw or self.kind == "bar"

    def translate(self, key: str) -> Translation:
        """What this dialect makes of a raw key: exact first, then the first glob that fits.

        A `*` in the name stands for what the glob's `*` stood for.
        """
        known = self._translated.get(key)
        if known is None:
            known = self._translate(key)
            if len(self._translated) < MAX_TRANSLATED and len(key) <= MAX_KEY:
                self._translated[key] = known
        return known

    @cached_property
    def _translated(self) -> dict[str, Translation]:
        return {}

    def _translate(self, key: str) -> Translation:
        exact = self.translations.get(key)
        if exact is not None:
            return exact
        for glob, translation in self.translations.items():
            if fnmatch.fnmatchcase(key, glob):
                if "*" not in translation.name:
                    return translation
                before, _, after = glob.partition("*")
                part = key[len(before) : len(key) - len(after)]
                return replace(translation, name=translation.name.replace("*", part))
        return Translation()


@dataclass(frozen=True)
class EventPattern:
    """A line that says that something happened."""

    dialect: str
    name: str
    kind: str
    match: str
    severity: str = "info"
    title: str = ""
    block: bool = False
    claims: bool = True

    @cached_property
    def regex(self) -> Any:
        """The compiled pattern."""
        return regex.compile(self.match)

    @cached_property
    def tells_digits(self) -> bool:
        """Whether lines of one shape may differ in whether they say it."""
        return inspect_pattern(self.match)[0]


@dataclass(frozen=True, slots=True)
class Example:
    """Lines with the values that they must give; none at all for a counter-example."""

    text: str
    expect: tuple[Mapping[str, float], ...] = ()
    event: str = ""
    pattern: str = ""
    fields: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dialect:
    """How one program writes its log."""

    name: str
    title: str
    source: tuple[str, ...]
    patterns: tuple[Pattern, ...] = ()
    events: tuple[EventPattern, ...] = ()
    examples: tuple[Example, ...] = ()
    after: tuple[str, ...] = ()
    path: str = ""
