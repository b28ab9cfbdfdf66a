"""What a source of bytes is, and how it says in one sentence that it cannot be read."""

import difflib
import errno
import itertools
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from logwatch.parsing.escapes import escape_controls

NEAREST_AMONG = 2000  # names compared for a suggestion; a scratch folder may have a million

ChunkEvent = Literal["", "truncated", "replaced", "ended"]


class SourceError(Exception):
    """A source cannot be read; its text is one sentence that no file can make steer a terminal."""

    def __init__(self, sentence: str) -> None:
        super().__init__(escape_controls(sentence))


def describe_fault(fault: Exception) -> str:
    """An exception that nobody expected, in words for the user."""
    if isinstance(fault, MemoryError):
        return "there is not enough memory to go on"
    told = escape_controls(f"{type(fault).__name__}: {fault}")
    return f"this is a fault of logwatch itself, please report it: {told}"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some bytes of a source, and what happened to it just before them.

    offset: position of `data[0]` in the source, in bytes. It follows the chunk before, except that
        it starts again at 0 after "truncated" and "replaced", and jumps over a hole at the start.
    data: empty when there is nothing new.
    size: bytes in the source as now known; of a pipe, the bytes that came so far.
    event: "truncated" (same file, made shorter) and "replaced" (other content under the name) say
        that `data` begins a new log; "ended" says that no byte will ever come.
    """

    offset: int
    data: bytes
    size: int
    event: ChunkEvent = ""


class Source(Protocol):
    """Bytes of one log, now and later: one thread reads and waits, any thread may call `pread`."""

    name: str

    def read(self, max_bytes: int, max_seconds: float) -> Chunk:
        """Return what is there, at most `max_bytes`, and stop after about `max_seconds`.

        Raises: SourceError where bytes that are there cannot be read now; a later read may succeed.
        """

    def pread(self, offset: int, size: int) -> bytes:
        """Return bytes that were read before, to show them again; empty when they are gone."""

    def describe(self) -> str:
        """Say how news is noticed, as in "inotify (ext4)" or "poll 1 s (lustre)"."""

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; True when a `read` may find something new."""

    def close(self) -> None:
        """Give back descriptors and watches; later calls find nothing."""


def show_name(path: Path | str) -> str:
    """Return a file's name as it may be printed: a name may hold any byte, escape codes too."""
    return "".join(
        sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in str(path)
    )


def explain_failure(shown: str, path: Path, error: OSError) -> SourceError:
    """Say in one sentence why `path`, which the user called `shown`, cannot be opened."""
    if isinstance(error, FileNotFoundError):
        near = find_nearest_name(path)
        hint = f"; did you mean {show_name(Path(shown).with_name(near))}?" if near else ""
        return SourceError(f"{shown} does not exist{hint}")
    if isinstance(error, PermissionError):
        return SourceError(f"{shown} may not be read: permission denied{_name_owner(path)}")
    if error.errno == errno.ENXIO:
        return SourceError(f"{shown} is a socket or a device, not a log file")
    if error.errno == errno.ELOOP:
        return SourceError(f"{shown} is a symbolic link that leads back to itself")
    return SourceError(f"{shown} cannot be read: {name_reason(error)}")


def name_reason(error: OSError) -> str:
    """Return the system's reason as part of a sentence, as in "permission denied"."""
    return (error.strerror or str(error)).lower()


def refuse_kind(shown: str, mode: int) -> SourceError | None:
    """Say that a file of this `st_mode` holds no log; None for regular files and pipes."""
    kinds = {stat.S_IFDIR: "folder", stat.S_IFSOCK: "socket"}
    kinds |= {stat.S_IFCHR: "device", stat.S_IFBLK: "device"}
    kind = kinds.get(stat.S_IFMT(mode))
    return SourceError(f"{shown} is a {kind}, not a log file") if kind else None


def find_nearest_name(path: Path) -> str:
    """Return the name in the folder of `path` that is most like its own, or nothing."""
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.name for entry in itertools.islice(entries, NEAREST_AMONG)]
    except OSError:
        return ""
    return next(iter(difflib.get_close_matches(path.name, names, n=1)), "")


def _name_owner(path: Path) -> str:
    try:
        return f"; it belongs to {pwd.getpwuid(path.stat().st_uid).pw_name}"
    except (OSError, KeyError):
        return ""
