"""A checked library as plain data for a file of JSON, and the library again from that data."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from logwatch.parsing.dialects.dialect import Dialect, EventPattern, Example, Pattern, Translation
from logwatch.parsing.dialects.prefilter import Entrance
from logwatch.parsing.library import Library

TUPLES = ("need", "words", "names", "source", "after", "expect")
"""Fields that are tuples of plain values; JSON gives them back as lists."""
Table = dict[str, Any]


def data_from(library: Library) -> Table:
    """The library in lists, tables, texts and numbers; a translation that many share stands once.

    The dialects must come from TOML: a function of a dialect in Python is not data.
    """
    shared: dict[Translation, int] = {}
    dialects = [_dialect_data(dialect, shared) for dialect in library.dialects]
    doors = {name: (door.literals, door.tells_digits) for name, door in library.entrances.items()}
    translations = [(one.name, one.unit, one.above, one.mean) for one in shared]
    return {"translations": translations, "dialects": dialects, "entrances": doors}


def library_from(data: Mapping[str, Any]) -> Library:
    """The library that `data_from` wrote.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, IndexError: the data is not of that form.
    """
    shared = [Translation(*one) for one in data["translations"]]
    dialects = [_dialect_from(table, shared) for table in data["dialects"]]
    doors = {
        name: Entrance(tuple(literals), tells)
        for name, (literals, tells) in data["entrances"].items()
    }
    return Library(dialects, doors)


def _dialect_data(dialect: Dialect, shared: dict[Translation, int]) -> Table:
    table = _unusual(dialect)
    table["patterns"] = [_pattern_data(pattern, shared) for pattern in dialect.patterns]
    table["events"] = [_unusual(event) for event in dialect.events]
    table["examples"] = [_unusual(example) for example in dialect.examples]
    return table


def _pattern_data(pattern: Pattern, shared: dict[Translation, int]) -> Table:
    numbers = {
        key: shared.setdefault(one, len(shared)) for key, one in pattern.translations.items()
    }
    return {**_unusual(pattern), "translations": numbers}


def _unusual(made: Dialect | Pattern | EventPattern | Example) -> Table:
    """The fields that are not as they are when nothing is given."""
    values = {one.name: (getattr(made, one.name), one.default) for one in fields(made)}
    return {name: value for name, (value, usual) in values.items() if value != usual}


def _dialect_from(table: Mapping[str, Any], shared: Sequence[Translation]) -> Dialect:
    made = _restore_tuples(table)
    made["patterns"] = tuple(_pattern_from(one, shared) for one in table["patterns"])
    made["events"] = tuple(EventPattern(**one) for one in table["events"])
    made["examples"] = tuple(Example(**_restore_tuples(one)) for one in table["examples"])
    return Dialect(**made)


def _pattern_from(table: Mapping[str, Any], shared: Sequence[Translation]) -> Pattern:
    made = _restore_tuples(table)
    made["translations"] = {key: shared[number] for key, number in made["translations"].items()}
    return Pattern(**made)


def _restore_tuples(table: Mapping[str, Any]) -> Table:
    made = dict(table)
    for name in TUPLES:
        if name in made:
            made[name] = tuple(made[name])
    return made
