"""From the words of the command line to the logs that they mean, and to open sources."""

import glob
import os
import re
import shlex
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from logwatch.sources.filesystem import open_for_reading
from logwatch.sources.pipe import Pipe
from logwatch.sources.source import (
    Source,
    SourceError,
    explain_failure,
    refuse_kind,
    show_name,
)
from logwatch.sources.tail import Tail
from logwatch.sources.trusted_files import is_kernel_file

LOG_SUFFIXES = (".out", ".err", ".log", ".txt", ".jsonl", ".ndjson", ".stdout", ".stderr")
# train.log.1 (rotated), train.o123 and train.e123.4 (what Grid Engine and PBS name a job's output)
LOG_NAME = re.compile(
    rf"(?:{'|'.join(map(re.escape, LOG_SUFFIXES))})(?:\.\d+)?$|\.[oe]\d+(?:[.-]\d+)?$"
)
UNPACKERS = {".gz": "zcat", ".zst": "zstdcat", ".xz": "xzcat", ".bz2": "bzcat", ".lz4": "lz4cat"}
STDIN_NAMES = ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
JOB_ID = re.compile(r"\d+(?:_\d+)?")


@dataclass(frozen=True, slots=True)
class Target:
    """One log that the user means.

    name: as shown, the user's own spelling where there is one.
    path: None for standard input, and where there is an error.
    error: one sentence that says why there is no such log, or nothing.
    may_wait: whether a named pipe is read, which may wait for its writer for ever.
    """

    name: str
    path: Path | None = None
    error: str = ""
    may_wait: bool = True


def expand_targets(words: Sequence[str], cwd: Path) -> tuple[Target, ...]:
    """Turn files, globs, folders, "-" and Slurm job ids into targets, each file once.

    A folder gives its log files, the newest first. A word that means nothing gives a target with an
    error in its place, and the others go on.
    """
    targets: dict[str | Path, Target] = {}
    for word in words:
        for target in _expand_word(word, cwd):
            targets.setdefault(target.path or target.name, target)
    return tuple(targets.values())


def open_source(target: Target, *, stdin: int = 0) -> Source:
    """Open what a target means; `stdin` is where standard input lies, if it was moved.

    Raises: SourceError with the target's own error, or why it cannot be read.
    """
    if target.error:
        raise SourceError(target.error)
    if target.path is None:
        return _open_stdin(target.name, stdin)
    try:
        found = target.path.stat()
        if refusal := _refuse(target.name, found):
            raise refusal
        if stat.S_ISFIFO(found.st_mode) and target.may_wait:
            return Pipe(open_for_reading(str(target.path)), name=target.name)
    except OSError as error:
        raise explain_failure(target.name, target.path, error) from error
    return Tail(target.path, name=target.name)


def find_baseline(word: str, teller: Path) -> Target:
    """The log that the `logwatch.toml` at `teller` names, from its folder.

    Only a regular file is one. Who wrote the `logwatch.toml` may be another user than who reads it:
    a file that the writer may not read is refused.
    """
    (found, *_) = expand_targets([word], teller.parent)
    if found.path is None:
        return found if found.error else _fail(word, f"{show_name(teller)} names no file: {word}")
    try:
        log, told = found.path.stat(), teller.stat()
    except OSError as error:
        return _fail(word, explain_failure(found.name, found.path, error))
    if told.st_uid not in {0, os.geteuid()} and not _may_read(told, log):
        whose = f"the owner of {show_name(teller)} may not read it"
        return _fail(word, f"{found.name} is not read as a baseline: {whose}")
    return replace(found, may_wait=False)


def _may_read(owner: os.stat_result, file: os.stat_result) -> bool:
    """Whether who owns one file may likely read another one."""
    if owner.st_uid == file.st_uid:
        return True
    is_group = owner.st_gid == file.st_gid
    return bool(file.st_mode & (stat.S_IRGRP if is_group else stat.S_IROTH))


def _open_stdin(name: str, fd: int) -> Source:
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode):  # logwatch - < train.log
            return Tail(Path(f"/dev/fd/{fd}"), name=name)
    except OSError:
        pass  # closed: Pipe says so
    return Pipe(fd, name=name)


def _expand_word(word: str, cwd: Path) -> list[Target]:
    if word in STDIN_NAMES:
        return [Target("standard input")]
    path = cwd / _expand_home(word)
    try:
        found = path.stat()
    except FileNotFoundError as error:
        logs = _expand_job(word, cwd) if JOB_ID.fullmatch(word) else _expand_glob(word, cwd)
        return logs or [_fail(word, explain_failure(show_name(word), path, error))]
    except OSError as error:
        return [_fail(word, explain_failure(show_name(word), path, error))]
    if stat.S_ISDIR(found.st_mode):
        return _expand_folder(word, path)
    return [_check_file(word, path, found)]


FOLDER_LEVELS, MOST_FOLDERS = 2, 5000
"""Levels below a folder that are searched for logs, and folders of a level.
Source: runs/NAME/train.log, Hydra's outputs/DAY/TIME/main.log, wandb/run-ID/files/output.log."""


def _expand_folder(word: str, folder: Path) -> list[Target]:
    """The logs of a folder, else those up to two levels below it: runs/NAME/files/output.log."""
    try:
        levels = list(_list_levels(folder))
    except OSError as error:
        return [_fail(word, explain_failure(show_name(word), folder, error))]
    logs = next((level for level in levels if level), [])
    found = [_find(Path(word) / log.relative_to(folder), log) for log in sort_newest_first(logs)]
    endings = ", ".join(f"*{suffix}" for suffix in LOG_SUFFIXES)
    what = f"{show_name(word)} has no log files ({endings}), nor have the folders in it"
    return found or [_fail(word, what)]


def _list_levels(folder: Path) -> Iterator[list[Path]]:
    """The logs of a folder, of the folders in it, and of those in them; links are not followed.

    Raises: OSError where the folder itself cannot be listed; one below it is passed over.
    """
    logs, level = _list_folder(folder)
    yield logs
    for _ in range(FOLDER_LEVELS):
        listed = []
        for one in level[:MOST_FOLDERS]:
            with suppress(OSError):
                listed.append(_list_folder(one))
        yield [log for found, _ in listed for log in found]
        level = [one for _, below in listed for one in below]


def _list_folder(folder: Path) -> tuple[list[Path], list[Path]]:
    """The logs of a folder, and the folders in it that are not hidden."""
    with os.scandir(folder) as entries:
        every = list(entries)
    folders = [one for one in every if one.is_dir(follow_symlinks=False)]
    below = sorted(Path(one) for one in folders if not one.name.startswith("."))
    logs = [one for one in every if is_log_name(one.name) and one not in folders]
    return [Path(one) for one in logs], below


def _expand_glob(word: str, cwd: Path) -> list[Target]:
    """The files that a pattern matches; nothing where the word is no pattern."""
    if not glob.has_magic(word):
        return []
    names = glob.glob(  # noqa: PTH207  Path.glob takes no absolute pattern
        str(_expand_home(word)), root_dir=cwd, recursive=True
    )
    found = {cwd / name: name for name in names if not _find_unpacker(name)}
    logs = sort_newest_first(found)
    return [_find(found[log], log) for log in logs] or [
        _fail(word, f"{show_name(word)} matches no file")
    ]


def _expand_job(job: str, cwd: Path) -> list[Target]:
    what = f"no log of job {job} is here: neither slurm-{job}.out nor a log named *{job}*"
    return [_find(log.name, log) for log in find_job_logs(job, cwd)] or [_fail(job, what)]


def find_job_logs(job: str, cwd: Path) -> list[Path]:
    """Return the logs of Slurm job `job` in `cwd`, by their names: the default name, else any.

    Source: sbatch(1), --output: slurm-%j.out, for an array slurm-%A_%a.out, in the folder of sbatch
    """
    default = cwd / f"slurm-{job}.out"
    if default.is_file():
        return [default]
    named = re.compile(rf"(?<!\d){job}(?!\d)")
    try:
        names = [path.name for path in cwd.iterdir()]
    except OSError:
        return []
    return sort_newest_first(
        cwd / name for name in names if named.search(name) and is_log_name(name)
    )


def is_log_name(name: str) -> bool:
    """Whether a file of this name is likely a log."""
    return LOG_NAME.search(name) is not None


def sort_newest_first(paths: Iterable[Path]) -> list[Path]:
    """Return the regular files among `paths`, the one written last first."""
    aged = []
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode):
            aged.append((-found.st_mtime_ns, path))
    return [path for _, path in sorted(aged)]


def _refuse(shown: str, found: os.stat_result) -> SourceError | None:
    """Say that a file holds no log; None for regular files on a disk, and for pipes."""
    if stat.S_ISREG(found.st_mode) and is_kernel_file(found):
        return SourceError(f"{shown} is a file of the kernel, not a log file")
    return refuse_kind(shown, found.st_mode)


def _check_file(word: str, path: Path, found: os.stat_result) -> Target:
    shown = show_name(word)
    if refusal := _refuse(shown, found):
        return _fail(word, refusal)
    if unpacker := _find_unpacker(word):
        remedy = f"{unpacker} {shlex.quote(shown)} | logwatch -"
        return _fail(word, f"{shown} is compressed; unpack it first: {remedy}")
    if not os.access(path, os.R_OK):
        return _fail(word, explain_failure(shown, path, PermissionError()))
    return _find(word, path)


def _expand_home(word: str) -> Path:
    try:
        return Path(word).expanduser()
    except RuntimeError:  # ~name of nobody: then it is a file's name
        return Path(word)


def _find_unpacker(name: str) -> str:
    return UNPACKERS.get(Path(name).suffix, "")


def _find(shown: Path | str, path: Path) -> Target:
    return Target(show_name(shown), path)


def _fail(word: str, error: SourceError | str) -> Target:
    return Target(show_name(word), error=str(error))
