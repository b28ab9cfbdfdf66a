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
from logwatch.attach.link import Link, read_peer

ANSWER_S = 2.0
"""Time for the other end to say one line."""

LINE_LIMIT = 512
"""Bytes of what is said through the door: a folder and a token."""

_FOLDER = re.compile(r"/[A-Za-z0-9_./-]{1,90}")


def find_folder(uid: int, root: Path = Path("/")) -> Path:
    """Where the doors of one user's trainings are."""
    return root / f"tmp/logwatch-{uid}"


def is_private(folder: Path, uid: int) -> bool:
    """Whether it is a real folder of that user that nobody else may enter."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077


class Door:
    """The training's end: a listening socket and a daemon thread that answers it.

    Raises: OSError where no private folder or socket can be made.
    """

    def __init__(self) -> None:
        folder = find_folder(os.getuid())
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        if not is_private(folder, os.getuid()):
            raise PermissionError(f"{folder} is not a private folder of this user")
        self.path = folder / str(os.getpid())
        self.path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self.path))
        self.path.chmod(0o600)
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
    folder = find_folder(link.uid, root)
    if not is_private(folder, link.uid):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ANSWER_S)
        try:
            connection.connect(str(folder / str(pid)))
            if read_peer(connection)[1] != link.uid:
                return False
            address = {"folder": link.seen_as, "token": link.token}
            connection.sendall(json.dumps(address).encode() + b"\n")
            return connection.recv(16).startswith(b"welcome")
        except OSError:
            return False
