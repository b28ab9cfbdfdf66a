"""The dialects on disk: read, checked, ordered, and remembered so that the next start is fast."""

import hashlib
import os
import pickle
import tomllib
from collections.abc import Sequence
from pathlib import Path

import logwatch
from logwatch.parsing.dialect import Dialect, DialectError, dialect_from_table
from logwatch.parsing.examples import check_examples, find_collisions
from logwatch.parsing.library import Entrance, Library, order_dialects

CACHE_NAME = "dialects.pickle"


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
    stamp = _stamp(texts)
    known = _read_cache(stamp)
    if known:
        return known
    library, faults = check_library(texts)
    _write_cache(stamp, library, faults)
    return library, faults


def check_library(texts: Sequence[tuple[Path, bytes]]) -> tuple[Library, tuple[str, ...]]:
    """Read, check and order dialects; one with a fault is left out and its faults are told."""
    dialects: dict[str, Dialect] = {}
    faults: list[str] = []
    for path, text in texts:
        try:
            dialect = dialect_from_table(tomllib.loads(text.decode("utf-8")), str(path))
        except (DialectError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            faults.append(str(error) if isinstance(error, DialectError) else f"{path}: {error}.")
            continue
        broken = list(check_examples(dialect))
        faults += broken
        if not broken:
            dialects[dialect.name] = dialect
    ordered = order_dialects(dialects.values(), find_collisions(list(dialects.values())))
    return Library(ordered), tuple(faults)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _stamp(texts: Sequence[tuple[Path, bytes]]) -> str:
    digest = hashlib.sha256(logwatch.__version__.encode())
    for path, text in texts:
        digest.update(str(path).encode() + b"\0" + text + b"\0")
    for source in sorted((Path(logwatch.__file__).parent / "parsing").glob("*.py")):
        status = source.stat()
        digest.update(f"{source.name}{status.st_size}{status.st_mtime_ns}".encode())
    return digest.hexdigest()


def _cache_path() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "logwatch" / CACHE_NAME


def _read_cache(stamp: str) -> tuple[Library, tuple[str, ...]] | None:
    try:
        kept, dialects, entrances, faults = pickle.loads(_cache_path().read_bytes())
    except Exception:
        return None
    if kept != stamp:
        return None
    return Library(dialects, {name: Entrance(*door) for name, door in entrances.items()}), faults


def _write_cache(stamp: str, library: Library, faults: tuple[str, ...]) -> None:
    doors = {name: (door.literals, door.tells_digits) for name, door in library.entrances.items()}
    path = _cache_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(pickle.dumps((stamp, library.dialects, doors, faults)))
        part.replace(path)
    except OSError:
        return
