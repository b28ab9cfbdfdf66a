"""The dialects of one's own in the `logwatch.toml` beside a log."""

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import regex

from logwatch.parsing.authoring.examples import check_examples
from logwatch.parsing.dialects.dialect import Dialect, DialectError
from logwatch.parsing.dialects.faults import add_line
from logwatch.parsing.library import Library
from logwatch.sources.config_files import LARGEST, NAME
from logwatch.sources.dialects.load import dialect_of, explain_dialect
from logwatch.sources.source import SourceError, name_reason, show_name
from logwatch.sources.trusted_files import UntrustedError, read_regular

HEAD = regex.compile(r"^[ \t]*\[\[\s*dialect\s*\]\]", regex.MULTILINE)


def library_beside(library: Library, log: Path | None) -> Library:
    """The library as it is to read a log: with the dialects beside it, by name over the others.

    They are asked before all others, generic ones before the generic. Itself where there are none.

    Raises:
        SourceError: one of them has a fault; says the file, the line and the key. Or the file is a
            pipe, a device or the like.
    """
    return library if log is None else library_with(library, log.parent / NAME)


def library_with(library: Library, path: Path) -> Library:
    """The library with the dialects of a `logwatch.toml`; itself where it has none, or is none.

    Raises:
        SourceError: one of them has a fault.
    """
    own = parse_dialects(_read(path), show_name(path))
    if not own:
        return library
    names = {dialect.name for dialect in own}
    kept = [dialect for dialect in library.dialects if dialect.name not in names]
    ordered = sorted([*own, *kept], key=lambda dialect: bool(dialect.after))
    return Library(ordered, library.entrances, library.rank)


def explain_beside(path: Path) -> list[str]:
    """Every fault of the dialects in a `logwatch.toml`, one sentence each."""
    name, faults = show_name(path), []
    for table, text, line in _tables(_read(path)):
        try:
            faults += explain_dialect(dialect_of(table, name), text, line)
        except DialectError as error:
            faults.append(add_line(str(error), name, text, line))
    return faults


def _read(path: Path) -> str:
    """The text; none where there is none, which who reads the rest of the file explains.

    Raises:
        SourceError: it is a pipe, a device or the like.
    """
    try:
        return read_regular(path, LARGEST).decode("utf-8-sig")
    except UntrustedError as error:
        raise SourceError(f"{show_name(path)} cannot be read: {name_reason(error)}") from error
    except (OSError, UnicodeDecodeError):
        return ""


@lru_cache
def parse_dialects(text: str, name: str) -> tuple[Dialect, ...]:
    """The dialects in the text of a `logwatch.toml`, each proven by its examples.

    Raises:
        SourceError: one has a fault.
    """
    made: dict[str, Dialect] = {}
    for table, own, line in _tables(text):
        try:
            dialect = dialect_of(table, name)
            fault = next(iter(check_examples(dialect)), "")
        except DialectError as error:
            fault = str(error)
        if fault:
            raise SourceError(add_line(fault, name, own, line).rstrip("."))
        made[dialect.name] = dialect
    return tuple(made.values())


def _tables(text: str) -> Iterator[tuple[dict[str, Any], str, int]]:
    """Each `[[dialect]]`: its table, its text, and the line at which that begins."""
    heads = [found.start() for found in HEAD.finditer(text)]
    try:
        tables = tomllib.loads(text).get("dialect", []) if heads else []
    except tomllib.TOMLDecodeError:
        return  # who reads the rest of the file says why
    for table, begin, end in zip(tables, heads, [*heads[1:], len(text)], strict=False):
        yield table, text[begin:end], text.count("\n", 0, begin) + 1
