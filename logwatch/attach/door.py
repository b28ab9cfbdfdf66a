"""A way in without ptrace, where the training has opened one: `logwatch.probe.attach` in its code.

The training's end listens on `/tmp/logwatch-UID/PID` (the folder 0700, the socket 0600, both of its
user); it takes the folder and the token of a link from its own user or root and starts a guest, the
same as an injected one. Nothing that comes in is run as code.
"""

import contextlib
import json
import os
import re
import socket
import stat
import threading
from pathlib import Path

from logwatch.attach import guest as probe
from logwatch.attach.folder import NO_LINK, bind_private
from logwatch.attach.link import Link, read_peer

ANSWER_S = 2.0
"""Time for the other end to say one line."""

LINE_LIMIT = 512
"""Bytes of what is said through the door: a folder and a token."""

_FOLDER = re.compile(r"/[A-Za-z0-9_./-]{1,90}")


def find_folder(uid: int, root: Path = Path("/")) -> Path:
    """Where the doors of one user's trainings are."""
    return root / f"tmp/logwatch-{uid}"


def open_private(folder: Path, uid: int) -> int:
    """A descriptor of a real folder of that user that nobody else may enter.

    Raises: OSError where there is none.
    """
    held = os.open(folder, os.O_PATH | NO_LINK)
    found = os.fstat(held)
    if found.st_uid != uid or found.st_mode & 0o077:
        os.close(held)
        raise PermissionError(f"{folder} is not a private folder of this user")
    return held


class Door:
    """The training's end: a listening socket and a daemon thread that answers it.

    Raises: OSError where no private folder or socket can be made.
    """

    def __init__(self) -> None:
        folder, name = find_folder(os.getuid()), str(os.getpid())
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        held = open_private(folder, os.getuid())
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=held)
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            bind_private(self._listener, held, name)
        finally:
            os.close(held)
        self.path = folder / name
        self._listener.listen(1)
        threading.Thread(target=self._answer, name="logwatch-door", daemon=True).start()

    def close(self) -> None:
        """Let nobody in any more; guests that are in stay until their host goes."""
        with contextlib.suppress(OSError):
            self.path.unlink()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _answer(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                _, uid = read_peer(connection)
                connection.settimeout(ANSWER_S)
                if uid in {0, os.getuid()}:
                    self._let_in(connection.recv(LINE_LIMIT))
                    connection.sendall(b"welcome\n")

    def _let_in(self, line: bytes) -> None:
        """Start a guest that goes to the link that is named.

        Raises: ValueError, KeyError, TypeError for anything else than the address of a link.
        """
        asked = json.loads(line)
        if not _FOLDER.fullmatch(asked["folder"]) or not str(asked["token"]).isalnum():
            raise ValueError("no address of a link")
        probe.start(asked["folder"], asked["token"])


def knock(link: Link, pid: int, root: Path = Path("/")) -> bool:
    """Ask a training that has a door to let a guest of this link in; False where there is none.

    Args:
        pid: the process as it knows itself (its own PID namespace).
        root: its root folder as we see it.
    """
    with contextlib.ExitStack() as stack:
        try:
            held = _open_socket(link.uid, pid, root)
            stack.callback(os.close, held)
            connection = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            connection.settimeout(ANSWER_S)
            connection.connect(f"/proc/self/fd/{held}")
            if read_peer(connection)[1] != link.uid:
                return False
            address = {"folder": link.seen_as, "token": link.token}
            connection.sendall(json.dumps(address).encode() + b"\n")
            return connection.recv(16).startswith(b"welcome")
        except OSError:
            return False


def _open_socket(uid: int, pid: int, root: Path) -> int:
    """A descriptor of the socket of a door, through no link of its user.

    Raises: OSError where there is none.
    """
    folder = open_private(find_folder(uid, root), uid)
    try:
        held = os.open(str(pid), os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    finally:
        os.close(folder)
    if stat.S_ISSOCK(os.fstat(held).st_mode):
        return held
    os.close(held)
    raise FileNotFoundError(f"process {pid} has no door")
