"""How one program writes its log, as a TOML table says it: patterns, events, examples."""

import difflib
import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import regex

from logwatch.parsing.syntax import inspect_pattern, unrolled_size
from logwatch.parsing.values import SCALES

KINDS = ("regex", "kv", "literal", "bar", "block", "table", "python")
COLUMNS = ("gaps", "words", "bars")
GLOB = frozenset("*?[")
SCOPES = ("auto", "global", "epoch")
TIME_BUDGET_S = 0.05
"""A pattern may look at one line for so long; ordinary ones need microseconds."""


MAX_SIZE = 20_000
"""Nodes of a pattern with its repetitions written out; `(a{99999}){99999}` fills the memory."""

MAX_TRANSLATED = 5000
"""Keys whose translation is kept; a log that makes up a key a line must not fill the memory."""
MAX_KEY = 200
"""Characters of a key; a longer one is a text."""


class DialectError(Exception):
    """A dialect file that cannot be used; the text says where and why in one sentence."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What a dialect makes of one raw key: its name, the unit it is printed in, a lower bound."""

    name: str = ""
    unit: str = ""
    above: float | None = None


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
        """Always False: events are read line by line whatever their shape."""
        return False


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


DIALECT_KEYS = {
    "schema",
    "name",
    "title",
    "source",
    "pattern",
    "event",
    "example",
    "metrics",
    "note",
    "pair",
    "generic",
}
PATTERN_KEYS = {
    "name", "kind", "match", "pair", "row", "gap", "phase", "scope", "epoch_base", "prefix",
    "need", "words", "sets", "uses", "guarded", "whole_line", "hold", "at_end", "redraw",
    "fallback", "one_total",
    "columns", "names", "find", "metrics", "note",
}  # fmt: skip
EVENT_KEYS = {"name", "kind", "match", "severity", "title", "block", "claims", "note"}
EXAMPLE_KEYS = {"text", "expect", "event", "pattern", "fields", "note"}
TRANSLATION_KEYS = {"as", "unit", "above"}


def dialect_from_table(table: Mapping[str, Any], path: str = "") -> Dialect:
    """A dialect from its TOML table.

    Raises:
        DialectError: a key that does not exist, a value of the wrong kind, a bad pattern.
    """
    refuse_unknown(table, DIALECT_KEYS, path, "the dialect")
    for key in ("name", "title", "source"):
        if not table.get(key):
            raise DialectError(f"{path}: the dialect has no {key}.")
    name, source = str(table["name"]), table["source"]
    common = translations_from(table.get("metrics", {}), path)
    shared = {"pair": table["pair"]} if "pair" in table else {}
    entries = ({**shared, **entry} for entry in table.get("pattern", ()))
    patterns = tuple(_pattern_from(entry, name, common, path) for entry in entries)
    events = tuple(_event_from(entry, name, path) for entry in table.get("event", ()))
    examples = tuple(_example_from(entry, path) for entry in table.get("example", ()))
    sources = (source,) if isinstance(source, str) else tuple(source)
    after = ("*",) if table.get("generic") else ()
    return Dialect(name, str(table["title"]), sources, patterns, events, examples, after, path)


def refuse_unknown(table: Mapping[str, Any], known: Iterable[str], path: str, where: str) -> None:
    """Raise at a key that the schema does not have.

    Raises:
        DialectError: names the key and the nearest valid one.
    """
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, list(known), 1)
            hint = f"; did you mean {near[0]!r}" if near else ""
            raise DialectError(f"{path}: {where} has an unknown key {key!r}{hint}.")


def translations_from(table: Mapping[str, Any], path: str) -> dict[str, Translation]:
    """The `[metrics]` table of a dialect or a pattern.

    Raises:
        DialectError: an unknown key or unit.
    """
    made = {}
    for key, value in table.items():
        entry: Mapping[str, Any] = {"as": value} if isinstance(value, str) else value
        refuse_unknown(entry, TRANSLATION_KEYS, path, f"metric {key!r}")
        unit = str(entry.get("unit", ""))
        if unit and unit not in SCALES:
            near = difflib.get_close_matches(unit, list(SCALES), 1)
            hint = f"; did you mean {near[0]!r}" if near else ""
            raise DialectError(f"{path}: metric {key!r} has an unknown unit {unit!r}{hint}.")
        made[key] = Translation(str(entry.get("as", "")), unit, entry.get("above"))
    return made


def _pattern_from(
    entry: Mapping[str, Any], dialect: str, common: Mapping[str, Translation], path: str
) -> Pattern:
    where = f"pattern {entry.get('name', '?')!r}"
    refuse_unknown(entry, PATTERN_KEYS, path, where)
    fields = {key: value for key, value in entry.items() if key not in ("metrics", "note")}
    for key, allowed in (("kind", KINDS), ("scope", SCOPES), ("columns", COLUMNS)):
        if key in fields and fields[key] not in allowed:
            near = difflib.get_close_matches(str(fields[key]), allowed, 1) or [" or ".join(allowed)]
            raise DialectError(
                f"{path}: {where}: {key} is {fields[key]!r}; did you mean {near[0]!r}."
            )
    if (fields.get("kind") == "python") != callable(fields.get("find")):
        raise DialectError(
            f"{path}: {where}: find is a function of the kind python, and of no other."
        )
    for key in ("match", "pair", "row", "gap"):
        _refuse_bad_regex(fields.get(key, ""), f"{path}: {where}: {key}")
    for key in ("need", "words", "names"):
        fields[key] = tuple(fields.get(key, ()))
    if fields.get("kind") in ("block", "table"):
        fields.setdefault("sets", f"block:{dialect}:{fields.get('name')}")
        fields.setdefault("gap", r"^\s*$")
        if inspect_pattern(fields.get("match", ""))[0]:
            raise DialectError(f"{path}: {where}: the head of a block must not tell digits apart.")
    own = translations_from(entry.get("metrics", {}), path)
    try:
        return Pattern(dialect, translations={**own, **common, **own}, **fields)
    except TypeError as error:
        raise DialectError(f"{path}: {where} needs a name and a kind.") from error


def _event_from(entry: Mapping[str, Any], dialect: str, path: str) -> EventPattern:
    where = f"event {entry.get('name', '?')!r}"
    refuse_unknown(entry, EVENT_KEYS, path, where)
    _refuse_bad_regex(entry.get("match", ""), f"{path}: {where}: match")
    try:
        fields = {key: value for key, value in entry.items() if key != "note"}
        return EventPattern(dialect, **{"name": entry.get("kind"), **fields})
    except TypeError as error:
        raise DialectError(f"{path}: {where} needs a kind and a match.") from error


def _example_from(entry: Mapping[str, Any], path: str) -> Example:
    refuse_unknown(entry, EXAMPLE_KEYS, path, "an example")
    expect = entry.get("expect", ())
    expect = (expect,) if isinstance(expect, Mapping) else tuple(expect)
    expect = tuple(one for one in expect if one)
    return Example(
        entry.get("text", ""),
        expect,
        entry.get("event", ""),
        entry.get("pattern", ""),
        entry.get("fields", {}),
    )


def _refuse_bad_regex(text: str, where: str) -> None:
    if unrolled_size(text) > MAX_SIZE:
        raise DialectError(f"{where} repeats too often.")
    try:
        if text:
            regex.compile(text)
    except regex.error as error:
        raise DialectError(f"{where} is not a valid pattern: {error}.") from error
