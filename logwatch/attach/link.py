"""The host's end of the transport: a private folder, a private socket, one guest.

The folder (mode 0700, owned by the target's user) holds a copy of the guest's source and a unix
socket (0600). Who connects is believed when the kernel says that it is the target (SO_PEERCRED) and
it knows the one-time token; the guest asks the same of us. After the hello nothing is left on disk.
"""

import secrets
import select
import socket
import struct
import time
from importlib import resources
from pathlib import Path
from typing import Any

from logwatch.attach.bootstrap import pack_bootstrap, write_bootstrap
from logwatch.attach.folder import PLACES, SharedFolder
from logwatch.attach.messages import LINE_LIMIT, VERSION, read_message, write_message
from logwatch.attach.readings import Readings

SEND_LIMIT_S = 1.0
"""How long we try to send a few hundred bytes to a guest; its buffer is empty, or it is stopped."""

GOODBYE_LIMIT_S = 2.0
"""How long `close` waits for the guest to take its hooks out; it looks every 0.05 s."""

_READ_SIZE = 1 << 16


class Link:
    """The way to one guest. Not safe for two threads at once.

    `bootstrap` is one line of Python to run in the target, without `"`, backslash and `%`. To run
    it twice is harmless: only one guest is let in, and a guest hooks nothing before it is.
    `script` is the same as a file (PEP 768 wants one), as the target sees it.
    """

    def __init__(self, shared: SharedFolder, pid: int | None = None) -> None:
        self._shared = shared
        self.folder = shared.path
        self.seen_as = shared.seen_as
        self.uid = shared.uid
        self.pid = pid
        self.token = secrets.token_hex(16)
        self.bootstrap = pack_bootstrap(write_bootstrap(self.seen_as, self.token))
        self.script = f"{self.seen_as}/bootstrap.py"
        self.welcome: dict[str, Any] = {"every": None, "budget": 0.01, "loss": True}
        self._listener: socket.socket | None = None
        self._guest: socket.socket | None = None
        self._pending = b""
        self._readings = Readings()

    def listen(self) -> None:
        """Lay out the folder and wait for a guest.

        Raises: OSError where the folder or the socket cannot be made.
        """
        source = resources.files("logwatch.attach").joinpath("guest.py").read_bytes()
        self._shared.write("guest.py", source)
        self._shared.write("bootstrap.py", self.bootstrap.encode())
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._shared.bind(self._listener, "socket")
        self._listener.listen(2)
        self._shared.give()

    @property
    def is_open(self) -> bool:
        """Whether a guest has said hello and has not gone."""
        return self._guest is not None

    def fileno(self) -> int:
        """The guest's socket, to wait for; -1 while there is none."""
        return self._guest.fileno() if self._guest is not None else -1

    def wait_hello(self, timeout_s: float) -> dict[str, Any] | None:
        """The hello of the guest, who is then welcome, or None when none came in time.

        May be called again: a guest whose bootstrap ran late is still let in.
        """
        deadline = time.monotonic() + timeout_s
        while self._listener is not None:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self._listener], [], [], left)[0]:
                return None
            connection, _ = self._listener.accept()
            hello = self._admit(connection)
            if hello is not None:
                self._forget_folder()
                return hello
            connection.close()
        return None

    def receive(self, timeout_s: float = 0.0) -> list[dict[str, Any]]:
        """The whole messages that came, in order; waits for the first one at most so long.

        When the guest has gone, `is_open` is False after the last of them.
        """
        if self._guest is None or not select.select([self._guest], [], [], timeout_s)[0]:
            return []
        try:
            chunk = self._guest.recv(_READ_SIZE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return []
        except OSError:
            chunk = b""
        if not chunk:
            self._hang_up()
        return self._split(chunk)

    def send(self, message: dict[str, Any]) -> bool:
        """Say something to the guest; False where it cannot be reached."""
        if self._guest is None:
            return False
        try:
            self._guest.settimeout(SEND_LIMIT_S)
            self._guest.sendall(write_message(message))
        except OSError:
            self._hang_up()
            return False
        return True

    def close(self) -> None:
        """Let the guest go, wait a moment until it has gone, and leave nothing behind."""
        if self.send({"kind": "detach"}):
            deadline = time.monotonic() + GOODBYE_LIMIT_S
            while self.is_open and time.monotonic() < deadline:
                self.receive(max(0.0, deadline - time.monotonic()))
        self._hang_up()
        self._forget_folder()

    def _admit(self, connection: socket.socket) -> dict[str, Any] | None:
        """The hello of a guest who is the one that we wait for."""
        pid, uid = read_peer(connection)
        if uid != self.uid or (self.pid is not None and pid != self.pid):
            return None
        connection.settimeout(SEND_LIMIT_S)
        try:
            line = _read_line(connection)
            hello = read_message(line)
            if not hello or hello["kind"] != "hello" or hello.get("v") != VERSION:
                return None
            if not secrets.compare_digest(str(hello["token"]).encode(), self.token.encode()):
                return None
            welcome = {"kind": "welcome", "token": self.token, **self.welcome}
            connection.sendall(write_message(welcome))
        except OSError:
            return None
        self._guest = connection
        return hello

    def _split(self, chunk: bytes) -> list[dict[str, Any]]:
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        if len(self._pending) > LINE_LIMIT:
            self._pending = b""
        messages = (read_message(line) for line in lines)
        return [self._readings.digest(message) for message in messages if message is not None]

    def _hang_up(self) -> None:
        if self._guest is not None:
            self._guest.close()
            self._guest = None

    def _forget_folder(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self._shared.remove()


def open_link(
    process_uid: int,
    root: Path = Path("/"),
    *,
    pid: int | None = None,
    every: int | None = None,
    budget: float = 0.01,
    loss: bool = True,
) -> Link:
    """Make the folder and the socket for one target.

    Args:
        process_uid: the user whom the target runs as; the folder is given to it.
        root: the target's root folder as we see it (`/proc/PID/root`).
        pid: who alone may say hello; None lets in any process of that user that has the token.

    Raises: OSError where no folder can be made that both see; the last reason.
    """
    reason: OSError = FileNotFoundError("no folder that the target also sees")
    for place in PLACES:
        try:
            shared = SharedFolder(root, place, process_uid)
        except OSError as error:
            reason = error
            continue
        link = Link(shared, pid)
        link.welcome = {"every": every, "budget": budget, "loss": loss}
        try:
            link.listen()
        except OSError as error:
            reason = error
            link.close()
            continue
        return link
    raise reason


def read_peer(connection: socket.socket) -> tuple[int, int]:
    """Process and user at the other end, as the kernel knows them. Source: unix(7), SO_PEERCRED."""
    size = struct.calcsize("3i")
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    pid, uid, _ = struct.unpack("3i", raw)
    return pid, uid


def _read_line(connection: socket.socket) -> bytes:
    """The first line, without its newline, byte by byte: what follows is for `receive`."""
    line = bytearray()
    while len(line) < LINE_LIMIT:
        byte = connection.recv(1)
        if byte in (b"", b"\n"):
            return bytes(line)
        line += byte
    return b""
