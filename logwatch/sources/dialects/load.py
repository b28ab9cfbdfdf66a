"""The dialects on disk: read, checked, ordered, and remembered so that the next start is fast."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import logwatch
from logwatch.parsing.authoring.examples import (
    check_example,
    check_examples,
    explain_example,
    find_collisions,
    read_example,
)
from logwatch.parsing.dialects.dialect import Dialect, DialectError
from logwatch.parsing.dialects.faults import add_line
from logwatch.parsing.dialects.soundness import refuse_gaps, refuse_wrong_kinds
from logwatch.parsing.dialects.table import dialect_from_table
from logwatch.parsing.library import Library, order_dialects
from logwatch.sources.dialects.cache import read_cache, stamp_of, write_cache
from logwatch.sources.dialects.plugins import load_dialects
from logwatch.sources.dialects.proven import Proven, read_proven
from logwatch.sources.trusted_files import read_given


def dialect_folder() -> Path:
    """Where the dialects of logwatch itself lie: in the package, or beside it in a checkout."""
    packaged = Path(logwatch.__file__).parent / "parsers"
    return packaged if packaged.is_dir() else packaged.parent.parent / "parsers"


def load_library(extra: Sequence[Path] = ()) -> tuple[Library, tuple[str, ...]]:
    """The library of all dialects, and what is wrong with those that had to be left out.

    Order and examples are checked when a file changed; otherwise the result is read from a cache.
    """
    paths = [*sorted(dialect_folder().glob("*.toml")), *extra]
    texts = [(path, _read(path)) for path in paths]
    stamp = stamp_of(texts)
    known = read_cache(stamp)
    if known is None:
        known = check_library(texts, read_proven(texts, dialect_folder()))
        write_cache(stamp, *known)
    brought, amiss = load_dialects()
    if not brought and not amiss:
        return known
    library, faults = known
    kept = [one for one in library.dialects if one.name not in {new.name for new in brought}]
    return Library([*brought, *kept], library.entrances), (*faults, *amiss)


def check_library(
    texts: Sequence[tuple[Path, bytes]], proven: Proven | None = None
) -> tuple[Library, tuple[str, ...]]:
    """Read, check and order dialects; one with a fault is left out and its faults are told.

    What is `proven` of them is not checked again.
    """
    proven = proven or Proven()
    dialects: dict[str, Dialect] = {}
    unproven: set[str] = set()
    faults: list[str] = []
    for path, text in texts:
        known = path in proven.paths
        try:
            dialect = parse_dialect(path, text, proven=known)
        except DialectError as error:
            faults.append(str(error))
            continue
        broken = [] if known else list(check_examples(dialect))
        faults += broken
        if not broken:
            dialects[dialect.name] = dialect
            unproven |= set() if known else {dialect.name}
    names = proven.names - unproven
    claims = {pair: reads for pair, reads in proven.claims.items() if names.issuperset(pair)}
    everyone = list(dialects.values())
    ordered = order_dialects(everyone, find_collisions(everyone, claims, names))
    return Library(ordered, proven.entrances), tuple(faults)


def parse_dialect(path: Path, text: bytes, *, proven: bool = False) -> Dialect:
    """The dialect of a file's text; what is proven of it is not checked again.

    Raises:
        DialectError: what is wrong with it, in one sentence that names the file.
    """
    if not text:
        raise DialectError(f"{path} is empty, cannot be read, or is not a file.")
    if len(text) > LARGEST:
        raise DialectError(f"{path} is larger than {LARGEST:,} bytes.")
    try:
        content = text.decode("utf-8-sig")
        if LONG_KEY.search(content):
            raise DialectError(f"{path} has a key of too many parts.")
        table = tomllib.loads(content)
    except UnicodeDecodeError as error:
        raise DialectError(f"{path}: byte {error.start} is not UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise DialectError(f"{path}: {error}.") from error
    except RecursionError as error:
        raise DialectError(f"{path} is nested too deep.") from error
    return dialect_of(table, str(path), proven=proven)


LARGEST = 1 << 18
"""Bytes of a dialect's file; the largest that comes with the program has a tenth of it."""
LONG_KEY = re.compile(
    r"(?:^|[{,\[])[ \t]*+(?:(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){16}", re.MULTILINE
)
"""A dotted key of so many parts, for each of which `tomllib` looks at all before it."""


def dialect_of(table: Mapping[str, Any], name: str, *, proven: bool = False) -> Dialect:
    """The dialect that a table says; `name` is the file's.

    Raises:
        DialectError: what is wrong with it, in one sentence that names the file.
    """
    if proven:
        return dialect_from_table(table, name, proven=True)
    try:
        refuse_wrong_kinds(table, name)
    except RecursionError as error:
        raise DialectError(f"{name} is nested too deep.") from error
    dialect = dialect_from_table(table, name)
    refuse_gaps(dialect)
    return dialect


def explain_file(path: Path) -> list[str]:
    """Every fault of a dialect file, one sentence each, with its line where it has one."""
    content = _read(path)
    text = content.decode("utf-8", "replace")
    try:
        dialect = parse_dialect(path, content)
    except DialectError as error:
        return [add_line(str(error), str(path), text)]
    return explain_dialect(dialect, text)


def explain_dialect(dialect: Dialect, text: str, line: int = 1) -> list[str]:
    """The faults of a dialect's examples, with how far its patterns got on each.

    `text` is where it is written, and begins at this line of its file.
    """
    faults = [add_line(fault, dialect.path, text, line) for fault in check_examples(dialect)]
    library = Library([dialect])
    for example in dialect.examples:
        if any(check_example(example, read_example(library, example))):
            faults += explain_example(dialect, example)
    return faults


def _read(path: Path) -> bytes:
    try:
        return read_given(path, LARGEST + 1)
    except OSError:
        return b""
