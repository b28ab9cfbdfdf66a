"""A dialect made of its TOML table, or refused: one sentence says where and why."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

import regex

from logwatch.parsing.dialects.dialect import (
    Dialect,
    DialectError,
    EventPattern,
    Example,
    Pattern,
    Translation,
)
from logwatch.parsing.dialects.syntax import inspect_pattern, unrolled_size
from logwatch.parsing.values import SCALES

KINDS = ("regex", "kv", "literal", "bar", "block", "table", "python", "structure")
COLUMNS = ("gaps", "words", "bars", "commas")
SCOPES = ("auto", "global", "epoch")
MAX_SIZE = 20_000
"""Nodes of a pattern with its repetitions written out, as `regex` compiles it: so many take 20 ms
and 3 MB. `(a{99999}){99999}`, or thirty `+` around each other, would fill the memory."""
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
TRANSLATION_KEYS = {"as", "unit", "above", "mean"}


def dialect_from_table(
    table: Mapping[str, Any], path: str = "", *, proven: bool = False
) -> Dialect:
    """A dialect from its TOML table; patterns that are proven already are not compiled here.

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
    made = Dialect(name, str(table["title"]), sources, patterns, events, examples, after, path)
    if not proven:
        _refuse_bad_patterns(made)
    return made


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
        made[key] = Translation(
            str(entry.get("as", "")), unit, entry.get("above"), bool(entry.get("mean"))
        )
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
    is_python = fields.get("kind") == "python"
    if ("find" in fields) != is_python or (is_python and not callable(fields["find"])):
        raise DialectError(
            f"{path}: {where}: find is a function of the kind python, and of no other."
        )
    for key in ("need", "words", "names"):
        fields[key] = tuple(fields.get(key, ()))
    if fields.get("kind") in ("block", "table"):
        fields.setdefault("sets", f"block:{dialect}:{fields.get('name')}")
        fields.setdefault("gap", r"^\s*$")
    own = translations_from(entry.get("metrics", {}), path)
    try:
        return Pattern(dialect, translations={**own, **common, **own}, **fields)
    except TypeError as error:
        raise DialectError(f"{path}: {where} needs a name and a kind.") from error


def _event_from(entry: Mapping[str, Any], dialect: str, path: str) -> EventPattern:
    where = f"event {entry.get('name', '?')!r}"
    refuse_unknown(entry, EVENT_KEYS, path, where)
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


def _refuse_bad_patterns(dialect: Dialect) -> None:
    for pattern in dialect.patterns:
        where = f"{dialect.path}: pattern {pattern.name!r}"
        for key in ("match", "pair", "row", "gap"):
            _refuse_bad_regex(getattr(pattern, key), f"{where}: {key}")
        if pattern.kind in ("block", "table") and inspect_pattern(pattern.match)[0]:
            raise DialectError(f"{where}: the head of a block must not tell digits apart.")
    for event in dialect.events:
        _refuse_bad_regex(event.match, f"{dialect.path}: event {event.name!r}: match")


def _refuse_bad_regex(text: str, where: str) -> None:
    if unrolled_size(text) > MAX_SIZE:
        raise DialectError(f"{where} repeats too often.")
    try:
        if text:
            regex.compile(text)
    except (RecursionError, MemoryError) as error:
        raise DialectError(f"{where} is too deep.") from error
    except regex.error as error:
        raise DialectError(f"{where} is not a valid pattern: {error}.") from error
