"""What the system is asked about a file, and which filesystem it lies on."""

import os
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MOUNTINFO = Path("/proc/self/mountinfo")

# Filesystems whose every writer is this kernel, so that inotify(7) hears them all. Any other, known
# or not, is polled, as tail does: overlay may lie over a network, 9p and fuse have writers outside.
# Source: coreutils src/stat.c, the types marked "local" ("remote" there: nfs, lustre, gpfs, ceph,
# beegfs/fhgfs, cifs, smb2, afs, fuse, overlayfs, ocfs2, gfs2, panfs, vxfs, ...); src/tail.c.
LOCAL_FILESYSTEMS = frozenset(
    {"bcachefs", "btrfs", "ecryptfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "hfs", "hfsplus"}
    | {"jfs", "msdos", "nilfs2", "ntfs3", "ramfs", "reiserfs", "squashfs", "tmpfs", "ubifs", "udf"}
    | {"ufs", "vfat", "xfs", "zfs"}
)


class Stat(Protocol):
    """The fields of `os.stat_result` that following a file needs."""

    @property
    def st_mode(self) -> int: ...
    @property
    def st_dev(self) -> int: ...
    @property
    def st_ino(self) -> int: ...
    @property
    def st_size(self) -> int: ...
    @property
    def st_mtime_ns(self) -> int: ...


def open_for_reading(path: str) -> int:
    """Open without ever blocking, even if a pipe or device lies there by now."""
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)


def find_data(fd: int, offset: int) -> int:
    """Return where data begins after a hole at `offset`; `offset` where that cannot be told."""
    try:
        return os.lseek(fd, offset, os.SEEK_DATA)
    except OSError:
        return offset


@dataclass(frozen=True, slots=True)
class FileSystem:
    """What following a file asks of the system."""

    open: Callable[[str], int] = open_for_reading
    fstat: Callable[[int], Stat] = os.fstat
    pread: Callable[[int, int, int], bytes] = os.pread
    find_data: Callable[[int, int], int] = find_data
    close: Callable[[int], None] = os.close
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Mount:
    """A filesystem in the file tree: where it begins, and its type as the kernel names it."""

    point: str
    kind: str


def parse_mounts(text: str) -> tuple[Mount, ...]:
    r"""Read /proc/self/mountinfo, whose names hold `\040` for a space; bad lines are left out.

    Source: proc_pid_mountinfo(5): 5th field the mount point; the type is the first after " - ".
    """
    mounts = []
    for line in text.splitlines():
        fields, separator, rest = line.partition(" - ")
        words = fields.split(" ")
        if separator and rest and len(words) > 4:
            mounts.append(Mount(_decode_octal(words[4]), rest.split(" ")[0]))
    return tuple(mounts)


def find_kind(path: str, mounts: Iterable[Mount]) -> str:
    """Return the type of the filesystem that holds the absolute `path`; "unknown" if none does."""
    kind, longest = "unknown", 0
    for mount in mounts:
        inside = path == mount.point or path.startswith(mount.point.rstrip("/") + "/")
        if inside and len(mount.point) >= longest:  # of two on one point the later lies on top
            kind, longest = mount.kind, len(mount.point)
    return kind


def read_kind(path: str) -> str:
    """Return the type of the filesystem that holds the absolute `path` on this machine."""
    try:
        return find_kind(path, parse_mounts(MOUNTINFO.read_text(errors="surrogateescape")))
    except OSError:
        return "unknown"


def find_device_kind(device: int, text: str) -> str:
    """Return the type of the mounted filesystem with this `st_dev`; "unknown" if none has it.

    Source: proc_pid_mountinfo(5): 3rd field major:minor, the value of st_dev for its files.
    """
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in text.splitlines():
        fields, _, rest = line.partition(" - ")
        if rest and fields.split(" ")[2:3] == [number]:
            return rest.split(" ")[0]
    return "unknown"


def _decode_octal(name: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), name)
