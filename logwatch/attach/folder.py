"""A private folder that we and a target both see, for the guest's source and the socket.

Root makes it for another user, who may rename it or put a link in its place at any moment. So it is
held open and every name is looked up from its descriptor. It is root's own until all is in it, and
is given to the target's user last.
"""

import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path

PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run")
"""Folders that exist in nearly every mount namespace, tried in this order."""

NO_LINK = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class SharedFolder:
    """A new folder 0700 of ours that the target's user gets with `give`.

    path: as we see it; only shown, never opened.
    seen_as: its path as the target sees it.
    uid: the target's user.
    """

    def __init__(self, root: Path, place: str, uid: int) -> None:
        """Make it in a place of the target's root folder.

        Raises: OSError where the place is no real folder (a link could lead out of the target's
            root) or cannot be written to, or where somebody exchanges the new folder.
        """
        name = f"logwatch-{secrets.token_hex(6)}"
        self.path = root / place.lstrip("/") / name
        self.seen_as = f"{place}/{name}"
        self.uid = uid
        self._names: list[str] = []
        self._parent = open_folder(root, place)
        try:
            self._folder = _make_private(self._parent, name)
        except OSError:
            os.close(self._parent)
            raise

    def write(self, name: str, content: bytes) -> None:
        """A new file 0600 of the target's user, who cannot reach it before `give`.

        Raises: OSError where it cannot be made or given.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o600, dir_fd=self._folder)
        self._names.append(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            self._give(descriptor)

    def bind(self, listener: socket.socket, name: str) -> None:
        """Put a unix socket into the folder, 0600 and of the target's user.

        Raises: OSError where it cannot be made or given.
        """
        bind_private(listener, self._folder, name)
        self._names.append(name)
        if self.uid != os.geteuid():  # nobody else can exchange a name in a folder of ours
            os.chown(name, self.uid, -1, dir_fd=self._folder, follow_symlinks=False)

    def give(self) -> None:
        """Make the target's user the owner of the folder; we change nothing in it after that.

        Raises: OSError where that takes root and we are not.
        """
        self._give(self._folder)

    def remove(self) -> None:
        """Take away what we made, by its name, and the folder where it is still in its place."""
        if self._folder < 0:
            return
        for name in self._names:
            with suppress(OSError):
                os.unlink(name, dir_fd=self._folder)
        with suppress(OSError):
            _remove_same(self._folder, self._parent, self.path.name)
        os.close(self._folder)
        os.close(self._parent)
        self._folder = self._parent = -1

    def _give(self, descriptor: int) -> None:
        if self.uid != os.geteuid():
            os.fchown(descriptor, self.uid, -1)


def open_folder(root: Path, place: str) -> int:
    """A descriptor of a folder below a root, which may be `/proc/PID/root`; through no link.

    Raises: OSError where a part of it is missing, or is no real folder.
    """
    held = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    for part in place.strip("/").split("/"):
        try:
            inner = os.open(part, os.O_PATH | NO_LINK, dir_fd=held)
        finally:
            os.close(held)
        held = inner
    return held


def bind_private(listener: socket.socket, folder: int, name: str) -> None:
    """Bind a unix socket of mode 0600 to a name in a folder that is held open.

    Raises: OSError where it cannot be made.

    Source: net/unix/af_unix.c, unix_bind_bsd: the file gets the mode of the socket, less the umask.
    The path of a socket has at most 107 bytes; one through /proc/self/fd is short.
    """
    os.fchmod(listener.fileno(), 0o600)
    listener.bind(f"/proc/self/fd/{folder}/{name}")


def _make_private(parent: int, name: str) -> int:
    """A descriptor of a new folder. Who owns the parent may have put another one in its place.

    Raises: OSError where it is not the empty, private folder that we made.
    """
    os.mkdir(name, 0o700, dir_fd=parent)
    folder = os.open(name, os.O_RDONLY | NO_LINK, dir_fd=parent)
    found = os.fstat(folder)
    is_ours = found.st_uid == os.geteuid() and found.st_mode & 0o777 == 0o700
    with os.scandir(folder) as entries:
        is_empty = next(entries, None) is None
    if not (is_ours and is_empty):
        os.close(folder)
        raise PermissionError(f"another process exchanged the folder {name}")
    return folder


def _remove_same(folder: int, parent: int, name: str) -> None:
    """Remove the folder of this name where it is still the one that is held."""
    held, found = os.fstat(folder), os.stat(name, dir_fd=parent, follow_symlinks=False)
    if os.path.samestat(held, found):
        os.rmdir(name, dir_fd=parent)
