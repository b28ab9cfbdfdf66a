"""The dialects on disk: read, checked, ordered, and remembered so that the next start is fast."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import logwatch
from logwatch.parsing.dialect import Dialect, DialectError
from logwatch.parsing.dialecttable import dialect_from_table
from logwatch.parsing.examples import (
    check_example,
    check_examples,
    explain_example,
    find_collisions,
    read_example,
)
from logwatch.parsing.faults import add_line
from logwatch.parsing.library import Library, order_dialects
from logwatch.parsing.soundness import refuse_gaps, refuse_wrong_kinds
from logwatch.sources.dialectcache import read_cache, stamp_of, write_cache
from logwatch.sources.plugins import load_dialects


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
        known = check_library(texts)
        write_cache(stamp, *known)
    brought, amiss = load_dialects()
    if not brought and not amiss:
        return known
    library, faults = known
    kept = [one for one in library.dialects if one.name not in {new.name for new in brought}]
    return Library([*brought, *kept], library.entrances), (*faults, *amiss)


def check_library(texts: Sequence[tuple[Path, bytes]]) -> tuple[Library, tuple[str, ...]]:
    """Read, check and order dialects; one with a fault is left out and its faults are told."""
    dialects: dict[str, Dialect] = {}
    faults: list[str] = []
    for path, text in texts:
        try:
            dialect = parse_dialect(path, text)
        except DialectError as error:
            faults.append(str(error))
            continue
        broken = list(check_examples(dialect))
        faults += broken
        if not broken:
            dialects[dialect.name] = dialect
    ordered = order_dialects(dialects.values(), find_collisions(list(dialects.values())))
    return Library(ordered), tuple(faults)


def parse_dialect(path: Path, text: bytes) -> Dialect:
    """The dialect of a file's text.

    Raises:
        DialectError: what is wrong with it, in one sentence that names the file.
    """
    if not text:
        raise DialectError(f"{path} is empty, or cannot be read.")
    try:
        table = tomllib.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DialectError(f"{path}: byte {error.start} is not UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise DialectError(f"{path}: {error}.") from error
    return dialect_of(table, str(path))


def dialect_of(table: Mapping[str, Any], name: str) -> Dialect:
    """The dialect that a table says; `name` is the file's.

    Raises:
        DialectError: what is wrong with it, in one sentence that names the file.
    """
    refuse_wrong_kinds(table, name)
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
        return path.read_bytes()
    except OSError:
        return b""
