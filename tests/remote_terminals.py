"""The program in a terminal that a real sshd on this machine gives, whose connection is dropped."""

import getpass
import os
import random
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.closed_terminals import PATIENCE_S, Moment

SSHD = shutil.which("sshd", path="/usr/sbin:/sbin:/usr/local/sbin") or ""
PRIVATE = Path("/run/sshd")
"""What sshd asks for where root runs it. Source: Debian, openssh-server, README.Debian."""
CHECKOUT = Path(__file__).resolve().parents[1]
CONFIG = """
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
StrictModes no
UsePAM no
PidFile none
"""


def find_lack() -> str:
    """What is missing for an sshd of our own; empty where nothing is."""
    if not (SSHD and shutil.which("ssh") and shutil.which("ssh-keygen")):
        return "needs sshd and ssh"
    return "" if os.geteuid() or PRIVATE.is_dir() else f"needs sshd and its folder {PRIVATE}"


def random_moments(chance: random.Random, count: int) -> list[Moment]:
    """Moments up to a second after the start, after `q` and after Ctrl-C, by turns."""
    return [Moment(chance.random(), ("", "q", "\x03")[at % 3]) for at in range(count)]


class Server:
    """An sshd with keys of its own on a free port of the loopback; a process for each connection.

    `folder` is private and empty.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("host", "user"):
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name]
            subprocess.run(words, cwd=folder, check=True)
        (folder / "config").write_text(CONFIG.format(folder=folder))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._served: list[subprocess.Popen[bytes]] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for served in self._served:
            served.kill()
            served.wait()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            words = [SSHD, "-i", "-f", str(self.folder / "config")]
            with connection, (self.folder / "log").open("ab") as log:
                self._served.append(
                    subprocess.Popen(words, stdin=connection, stdout=connection, stderr=log)
                )

    def open(
        self, words: Sequence[str], folder: Path, *, ignores_hangup: bool = False
    ) -> "RemoteProgram":
        """Start the program on words over a connection of its own."""
        program = [sys.executable, "-m", "logwatch", *words]
        return RemoteProgram(self, program, folder, ignores_hangup=ignores_hangup)

    def connect(self, command: str) -> subprocess.Popen[bytes]:
        """Run a command of the shell over a new connection, in a terminal."""
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
        return subprocess.Popen(
            ["ssh", "-F", "none", "-tt", "-i", str(self.folder / "user"), "-p", str(self.port)]
            + [word for option in options for word in ("-o", option)]
            + [f"{getpass.getuser()}@127.0.0.1", command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "TERM": "xterm-256color"},
        )


class RemoteProgram:
    """A program over ssh; closing its terminal drops the connection, as a lost network does."""

    def __init__(
        self, server: Server, words: Sequence[str], folder: Path, *, ignores_hangup: bool = False
    ) -> None:
        hangup = 'trap "" HUP; ' if ignores_hangup else ""
        self._client = server.connect(
            f"stty cols 100 rows 30; cd {shlex.quote(str(folder))}; "
            f"export PYTHONPATH={shlex.quote(str(CHECKOUT))}; "
            f"{hangup}echo PID=$$.; exec {shlex.join(words)}"
        )
        self.sent = b""
        assert self.read(PATIENCE_S, b"."), (server.folder / "log").read_text()
        self.pid = int(self.sent.partition(b"PID=")[2].partition(b".")[0])
        self._pidfd = os.pidfd_open(self.pid)

    def read(self, seconds: float, until: bytes | None = None) -> bool:
        """Take what is sent for so long, or until `until` was sent; whether that came."""
        end = time.monotonic() + seconds
        stream = self._client.stdout
        while until is None or until not in self.sent:
            left = end - time.monotonic()
            if left <= 0 or not select.select([stream], [], [], left)[0]:
                return False
            if not (piece := os.read(stream.fileno(), 65536)):
                return False  # it has ended
            self.sent += piece
        return True

    def press(self, key: str) -> None:
        """Type on its terminal."""
        self._client.stdin.write(key.encode())
        self._client.stdin.flush()

    def close_terminal(self) -> None:
        """Drop the connection without a word."""
        self._client.kill()
        self._client.wait()

    def wait(self, seconds: float = PATIENCE_S) -> int | None:
        """Zero where the process is gone, None where it is still there after so long."""
        return 0 if select.select([self._pidfd], [], [], seconds)[0] else None

    def end(self) -> None:
        """Leave nothing of it."""
        self.close_terminal()
        if self.wait(0) is None:
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        os.close(self._pidfd)
        self._client.stdin.close()
        self._client.stdout.close()
