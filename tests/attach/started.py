"""Small trainings in processes of their own, which print the loss of each step."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

TARGETS = Path(__file__).resolve().parent / "targets"
PATIENCE_S = 60.0
"""So long is waited for something that will come; only a failure takes it."""


class Target:
    """A training that runs: its process id, and the losses of its steps so far, as hex."""

    def __init__(self, pid: int, stdin: int, stdout: int) -> None:
        self.pid = pid
        self.losses: list[str] = []
        self.has_ended = False
        self.is_gone = False
        self._stdin = stdin
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(stdout,), daemon=True)
        self._reader.start()

    def wait_steps(self, count: int) -> None:
        """Wait for `count` more steps than there are now."""
        wanted = len(self.losses) + count
        with self._news:
            self._news.wait_for(lambda: len(self.losses) >= wanted or self.is_gone, PATIENCE_S)
        assert wanted <= len(self.losses), f"{len(self.losses)} steps, gone: {self.is_gone}"

    def finish(self) -> list[str]:
        """Let it end; gives the losses of all steps."""
        self.close()
        self._reader.join(PATIENCE_S)
        assert self.has_ended, "the training did not end as it should"
        return self.losses

    def close(self) -> None:
        """Close its stdin, which ends it."""
        if self._stdin >= 0:
            os.close(self._stdin)
            self._stdin = -1

    def kill(self) -> None:
        """End it now, if it still runs."""
        if not self.is_gone:
            os.kill(self.pid, signal.SIGKILL)
            self._reader.join(PATIENCE_S)

    def _read(self, stdout: int) -> None:
        with os.fdopen(stdout) as lines:
            for line in lines:
                with self._news:
                    if line == "end\n":
                        self.has_ended = True
                    else:
                        self.losses.append(line.split()[1])
                    self._news.notify_all()
        with self._news:
            self.is_gone = True
            self._news.notify_all()


class Truth:
    """A training that nobody looks into; it runs no further than is asked for."""

    def __init__(self, pid: int, stdin: int, stdout: int) -> None:
        self._pid = pid
        self._stdin = stdin
        self._lines = os.fdopen(stdout)
        self._losses: list[str] = []

    def tell(self, count: int) -> list[str]:
        """The losses of its first steps, as hex."""
        while len(self._losses) < count:
            self._losses.append(self._lines.readline().split()[1])
        return self._losses[:count]

    def kill(self) -> None:
        """End it now."""
        os.kill(self._pid, signal.SIGKILL)
        self._lines.close()
        os.close(self._stdin)


class Server:
    """Starts targets out of one process that has torch already."""

    def __init__(self, **variables: str) -> None:
        """Start it, with more variables in its environment."""
        ours, theirs = socket.socketpair()
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
        command = [sys.executable, str(TARGETS / "server.py")]
        self._process = subprocess.Popen(command, stdin=theirs, env=environment)
        theirs.close()
        self._socket = ours
        self._answers = ours.makefile("r")
        assert "ready\n" == self._answers.readline()

    def start(self, name: str) -> Target:
        """A running target of that name."""
        return Target(*self.spawn(name))

    def spawn(self, name: str) -> tuple[int, int, int]:
        """Process id of a new target, and our ends of its stdin and stdout."""
        stdin, stdin_end = os.pipe()
        stdout_end, stdout = os.pipe()
        socket.send_fds(self._socket, [name.encode()], [stdin, stdout])
        pid = int(self._answers.readline())
        os.close(stdin)
        os.close(stdout)
        return pid, stdin_end, stdout_end

    def close(self) -> None:
        """End the server; targets live on."""
        self._answers.close()
        self._socket.close()
        self._process.wait()
