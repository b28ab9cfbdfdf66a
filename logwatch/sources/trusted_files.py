"""Files whose names others can influence: opened once without waiting, checked on the descriptor.

`read_regular` is for a file that may belong to anybody, such as the `logwatch.toml` of a shared
folder. `read_given` is for a file that the user names in the command. `PrivateFolder` is for what
logwatch keeps for itself and later believes.
"""

import os
import re
import select
import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from logwatch.sources.filesystem import MOUNTINFO, find_device_kind, open_for_reading

KERNEL_FILESYSTEMS = frozenset(
    {"binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "efivarfs", "mqueue"}
    | {"proc", "pstore", "securityfs", "selinuxfs", "sysfs", "tracefs"}
)
"""Their files look regular, but the kernel makes the text of each when it is read, and a few, such
as /proc/kmsg, block the reader. Source: filesystems(5), proc(5), sysfs(5)."""

DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})|/dev/stdin")
"""What a shell puts in the place of `<(command)`: a name of an open descriptor, which only this
process has. Source: bash(1), Process Substitution; zshexpn(1)."""

PIPE_SECONDS = 10.0
"""How long a command in `<(command)` may take until its end."""

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


class UntrustedError(OSError):
    """A file of a kind, owner or mode that is not read; `strerror` is the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(0, reason)


def read_regular(path: Path, limit: int) -> bytes:
    """At most `limit` bytes of a regular file of any owner; a link is followed, nothing waited for.

    Not more than the size that the file has when it is opened.

    Raises:
        UntrustedError: a pipe, socket, device or folder, or a file that the kernel makes up.
        OSError: it cannot be opened or read.
    """
    refuse_kind(path.stat().st_mode)  # to open a device may already do something
    with os.fdopen(open_for_reading(str(path)), "rb") as file:
        found = os.fstat(file.fileno())
        refuse_kind(found.st_mode)
        if is_kernel_file(found):
            raise UntrustedError("it is a file of the kernel, not one on a disk")
        return file.read(min(limit, found.st_size))


def read_given(path: Path, limit: int) -> bytes:
    """At most `limit` bytes of a file that the user names, which may be a shell's `<(command)`.

    Raises:
        UntrustedError: as `read_regular`, or the command does not end in `PIPE_SECONDS`.
        OSError: it cannot be opened or read.
    """
    if is_given_pipe(path):
        return _read_pipe(_find_descriptor(path), limit)
    return read_regular(path, limit)


def is_given_pipe(path: Path) -> bool:
    """Whether this names a pipe that is open already, so that nobody else put it there."""
    try:
        return stat.S_ISFIFO(os.fstat(_find_descriptor(path)).st_mode)
    except OSError:
        return False


def _find_descriptor(path: Path) -> int:
    """The descriptor that a name stands for; -1 where it is the name of a file."""
    found = DESCRIPTOR.fullmatch(str(path))
    return int(found[1] or 0) if found else -1


def _read_pipe(descriptor: int, limit: int) -> bytes:
    end = time.monotonic() + PIPE_SECONDS
    text = b""
    while len(text) < limit:
        if not select.select([descriptor], [], [], max(0.0, end - time.monotonic()))[0]:
            raise UntrustedError(f"the command behind it did not end in {PIPE_SECONDS:g} s")
        piece = os.read(descriptor, limit - len(text))
        if not piece:
            break
        text += piece
    return text


def refuse_kind(mode: int) -> None:
    """Accept the `st_mode` of a regular file.

    Raises:
        UntrustedError: it is that of something else.
    """
    if not stat.S_ISREG(mode):
        raise UntrustedError(f"it is {KINDS[stat.S_IFMT(mode)]}, not a file")


def is_kernel_file(found: os.stat_result) -> bool:
    """Whether the kernel makes the text of this file when it is read, as in /proc."""
    if os.major(found.st_dev):  # of a disk
        return False
    try:
        mounts = MOUNTINFO.read_text(errors="surrogateescape")
    except OSError:
        return False
    return find_device_kind(found.st_dev, mounts) in KERNEL_FILESYSTEMS


class PrivateFolder:
    """A folder of this user alone, held open: its files are named from its descriptor.

    Every look goes through descriptors, so nothing that is renamed meanwhile changes the place.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> "PrivateFolder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)

    def read(self, name: str, limit: int) -> bytes:
        """A file of this user that nobody else may write, through no link.

        Raises:
            UntrustedError: it is no such file, or larger than `limit`.
            OSError: it cannot be opened or read.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        with os.fdopen(os.open(name, flags, dir_fd=self._descriptor), "rb") as file:
            found = os.fstat(file.fileno())
            refuse_kind(found.st_mode)
            refuse_foreign(found)
            if found.st_size > limit:
                raise UntrustedError(f"it has more than {limit:,} bytes")
            return file.read(found.st_size)

    def replace(self, name: str, content: bytes) -> None:
        """Write a file 0600 under a new name, then put it in the place of the old one at once.

        Raises:
            OSError: it cannot be written; the old one stays as it is.
        """
        part = f"{name}.{os.urandom(8).hex()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        opened = os.open(part, flags, 0o600, dir_fd=self._descriptor)
        try:
            with os.fdopen(opened, "wb") as file:
                file.write(content)
            os.replace(part, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        except BaseException:
            with suppress(OSError):
                os.unlink(part, dir_fd=self._descriptor)
            raise


def open_private_folder(base: Path, below: Sequence[str], *, make: bool = False) -> PrivateFolder:
    """Open the folder `base/below...` of this user; `make` makes what is missing below the base.

    The base must be there. The last folder is no link. For root no folder on the way is a link, and
    each belongs to root: another owner could lead root elsewhere.

    Raises:
        UntrustedError: a folder belongs to another user, or others may write to the last one.
        OSError: a folder is missing, is a link, or cannot be made.
    """
    is_root = os.geteuid() == 0
    held = os.open("/" if is_root else base, FOLDER)
    try:
        for name in base.parts[1:] if is_root else ():
            held = _enter(held, name, FOLDER | os.O_NOFOLLOW)
        for name in below:
            if make:
                _make_folder(held, name)
            follow = not is_root and name != below[-1]
            held = _enter(held, name, FOLDER | (0 if follow else os.O_NOFOLLOW))
        refuse_foreign(os.fstat(held))
    except BaseException:
        os.close(held)
        raise
    return PrivateFolder(held)


def _enter(held: int, name: str, flags: int) -> int:
    """A folder in a held one, whose descriptor is closed; root enters none of others."""
    inner = os.open(name, flags, dir_fd=held)
    if os.geteuid() == 0 and os.fstat(inner).st_uid != 0:
        os.close(inner)
        raise UntrustedError("it belongs to another user")
    os.close(held)
    return inner


def _make_folder(held: int, name: str) -> None:
    with suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=held)


def refuse_foreign(found: os.stat_result) -> None:
    """Accept what belongs to this user and what nobody else may write.

    Raises:
        UntrustedError: it is otherwise.
    """
    if found.st_uid != os.geteuid():
        raise UntrustedError("it belongs to another user")
    if found.st_mode & OTHERS_WRITE:
        raise UntrustedError("other users may write to it")
