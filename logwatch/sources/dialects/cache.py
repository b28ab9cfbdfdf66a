"""What was found out about the dialects at an earlier start, so that this one is fast."""

import hashlib
import os
import pickle
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import logwatch
from logwatch.parsing.dialects.prefilter import Entrance
from logwatch.parsing.library import Library

CACHE_NAME = "dialects.pickle"
Known = tuple[Library, tuple[str, ...]]


def stamp_of(texts: Sequence[tuple[Path, bytes]]) -> str:
    """A digest of all that the checks rest on: the files, and the code that reads them."""
    digest = hashlib.sha256(logwatch.__version__.encode())
    for path, text in texts:
        digest.update(os.fsencode(path) + b"\0" + text + b"\0")
    for source in sorted((Path(logwatch.__file__).parent / "parsing").rglob("*.py")):
        status = source.stat()
        digest.update(f"{source.name}{status.st_size}{status.st_mtime_ns}".encode())
    return digest.hexdigest()


def read_cache(stamp: str) -> Known | None:
    """The library as it was checked before; None where the cache is not there, not ours or old."""
    path = cache_path()
    if path is None:
        return None
    try:
        if path.stat().st_uid != os.geteuid():
            return None
        kept, dialects, doors, faults = pickle.loads(path.read_bytes())
        if kept != stamp:
            return None
        return Library(dialects, {name: Entrance(*door) for name, door in doors.items()}), faults
    except Exception:  # whatever is wrong with a cache, it is made anew
        return None


def write_cache(stamp: str, library: Library, faults: tuple[str, ...]) -> None:
    """Remember a checked library; where that is not possible the next start checks again."""
    path = cache_path()
    if path is None:
        return
    doors = {name: (door.literals, door.tells_digits) for name, door in library.entrances.items()}
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(pickle.dumps((stamp, library.dialects, doors, faults)))
        part.replace(path)


def cache_path() -> Path | None:
    """Where the cache lies; None where there is no home.

    Source: https://specifications.freedesktop.org/basedir-spec/latest/ (XDG_CACHE_HOME).
    """
    try:
        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    except RuntimeError:
        return None
    return Path(home) / "logwatch" / CACHE_NAME
