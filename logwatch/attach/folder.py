"""A private folder that we and a target both see, for the guest's source and the socket."""

import os
import secrets
import stat
from pathlib import Path

PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run")
"""Folders that exist in nearly every mount namespace, tried in this order."""

PATH_LIMIT = 107
"""Bytes of a unix socket's path. Source: sun_path of unix(7), 108 with its NUL."""


def make_folder(root: Path, place: str, uid: int) -> tuple[Path, str]:
    """A new folder 0700 of that user, and its path as the target sees it.

    Raises: OSError where the place is no real folder (a link could lead out of the target's root),
        cannot be written to, or gives too long a path.
    """
    parent = root / place.lstrip("/")
    for step in (parent, *parent.parents):
        if step == root:
            break
        if not stat.S_ISDIR(os.lstat(step).st_mode):
            raise NotADirectoryError(f"{step} is no folder")
    name = f"logwatch-{secrets.token_hex(6)}"
    folder = parent / name
    if len(os.fsencode(folder / "socket")) > PATH_LIMIT:
        raise OSError(f"the path of {folder} is too long for a socket")
    folder.mkdir(mode=0o700)
    try:
        give(folder, uid)
    except OSError:
        folder.rmdir()
        raise
    return folder, f"{place}/{name}"


def write_private(path: Path, content: bytes, uid: int) -> None:
    """A new file 0600 of that user; through no link.

    Raises: OSError where it cannot be made, or is there already.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)
    give(path, uid)


def give(path: Path, uid: int) -> None:
    """Make that user the owner where it is another than we are.

    Raises: OSError where that takes root and we are not.
    """
    if uid != os.geteuid():
        os.chown(path, uid, -1, follow_symlinks=False)
