"""Where the output of a process goes: the file that is its log, also behind `| tee FILE`."""

import os
from collections.abc import Iterator
from pathlib import Path

STREAMS = (1, 2)
"""Standard output first: progress bars go to the other, but all that is printed goes there."""


def find_log(pid: int, proc: Path = Path("/proc")) -> Path | None:
    """The file that a process writes its output to, None where there is none that can be read.

    Of two files the first that is not empty; of a pipe to `tee FILE` that file.
    """
    links = [_read_link(proc / f"{pid}/fd/{stream}") for stream in STREAMS]
    found = [path for link in links for path in _follow(link, pid, proc)]
    filled = (path for path in found if path.stat().st_size)
    return next(filled, next(iter(found), None))


def _follow(link: str, pid: int, proc: Path) -> Iterator[Path]:
    if link.startswith("pipe:"):
        for reader in _find_tees(link, proc):
            yield from _written_files(reader, proc)
    else:
        yield from _see_file(link, pid, proc)


def _see_file(link: str, pid: int, proc: Path) -> Iterator[Path]:
    """The file of that name as we see it; in another container it lies below the process's root."""
    theirs = _read_link(proc / f"{pid}/ns/mnt")
    is_foreign = theirs and theirs != _read_link(proc / "self/ns/mnt")
    path = Path(f"{proc}/{pid}/root{link}") if is_foreign else Path(link)
    if link.startswith("/") and path.is_file() and os.access(path, os.R_OK):
        yield path


def _find_tees(pipe: str, proc: Path) -> Iterator[int]:
    """The processes called tee whose standard input is this pipe."""
    for entry in proc.iterdir():
        if entry.name.isdecimal() and _read_link(entry / "fd/0") == pipe:
            try:
                if (entry / "comm").read_text().strip() == "tee":
                    yield int(entry.name)
            except OSError:
                continue


def _written_files(pid: int, proc: Path) -> Iterator[Path]:
    """The files that a process has open, beside its standard streams."""
    try:
        numbers = sorted(int(entry.name) for entry in (proc / f"{pid}/fd").iterdir())
    except OSError:
        return
    for number in numbers:
        if number > max(STREAMS):
            yield from _see_file(_read_link(proc / f"{pid}/fd/{number}"), pid, proc)


def _read_link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
