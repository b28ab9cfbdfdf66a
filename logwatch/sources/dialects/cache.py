"""What was found out about the dialects at an earlier start, so that this one is fast."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import logwatch
from logwatch.parsing.library import Library
from logwatch.parsing.library_data import data_from, library_from
from logwatch.sources.trusted_files import PrivateFolder, open_private_folder

CACHE_NAME = "dialects.json"
FOLDER_NAME = "logwatch"
LARGEST = 1 << 24
"""Bytes of the cache; that of our own dialects has a sixtieth of it."""
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
    try:
        with _open_folder() as folder:
            kept = json.loads(folder.read(CACHE_NAME, LARGEST))
        if kept["stamp"] != stamp:
            return None
        return library_from(kept["library"]), tuple(kept["faults"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return None  # whatever is wrong with a cache, it is made again


def write_cache(stamp: str, library: Library, faults: tuple[str, ...]) -> None:
    """Remember a checked library; where that is not possible the next start checks again."""
    kept = {"stamp": stamp, "library": data_from(library), "faults": faults}
    with suppress(OSError, ValueError, TypeError), _open_folder(make=True) as folder:
        folder.replace(CACHE_NAME, json.dumps(kept).encode())


def _open_folder(*, make: bool = False) -> PrivateFolder:
    base, below = cache_place(os.environ)
    return open_private_folder(base, below, make=make)


def cache_place(environment: Mapping[str, str]) -> tuple[Path, tuple[str, ...]]:
    """The folder that must be there already, and the folders in it that lead to the cache.

    A relative XDG_CACHE_HOME is ignored, as the specification says.

    Raises:
        FileNotFoundError: there is no home.

    Source: https://specifications.freedesktop.org/basedir-spec/latest/ (XDG_CACHE_HOME).
    """
    named = Path(environment.get("XDG_CACHE_HOME", ""))
    if named.is_absolute():
        return named.parent, (named.name, FOLDER_NAME)
    try:
        home = Path.home()
    except RuntimeError as error:
        raise FileNotFoundError("there is no home") from error
    if not home.is_absolute():
        raise FileNotFoundError(f"{home} is no home")
    return home, (".cache", FOLDER_NAME)
