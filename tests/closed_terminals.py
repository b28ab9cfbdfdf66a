"""The program in a terminal that closes at a chosen moment, and whether a process stays."""

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 60.0
"""For what must come: a machine with two cores and load 40 opens the screen within ten seconds."""
SHOWN = b"\x1b[?2004h"
"""What the screen sends last when it takes the terminal."""
STEP_S = 0.05


@dataclass(frozen=True)
class Moment:
    """When a terminal closes: so long after the start, or after a key was pressed on the screen."""

    seconds: float
    key: str = ""
    ignores_hangup: bool = False


def moments(count: int, step_s: float = STEP_S) -> list[Moment]:
    """`count` moments of starting and of quitting by each key, evenly spread from 0 on."""
    keys = ("", "q", "\x03", "q")
    rows = [(at // len(keys) * step_s, keys[at % len(keys)], at % 4 == 3) for at in range(count)]
    return [Moment(*row) for row in rows]


class Program:
    """A program whose terminal we hold, as an emulator or sshd does."""

    def __init__(
        self, words: Sequence[str], folder: Path, *, ignores_hangup: bool = False, stderr: int = -1
    ) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, b"\x1e\0\x64\0\0\0\0\0")
        self.modes = termios.tcgetattr(slave)
        self.sent = b""

        hangup = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh") if ignores_hangup else ()
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *hangup, sys.executable, "-m", "logwatch", *words],
            cwd=folder,
            env={**os.environ, "TERM": "xterm-256color"},
            stdin=slave,
            stdout=slave,
            stderr=slave if stderr < 0 else stderr,
        )
        self._pidfd = os.pidfd_open(self.process.pid)
        self.slave = slave

    def read(self, seconds: float, until: bytes | None = None) -> bool:
        """Take what is sent for so long, or until `until` was sent; whether that came."""
        end = time.monotonic() + seconds
        while until is None or until not in self.sent:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.master, self._pidfd], [], [], left)[0]:
                return False
            if not select.select([self.master], [], [], 0)[0]:
                return False  # it has ended
            self.sent += os.read(self.master, 65536)
        return True

    def press(self, key: str) -> None:
        """Type on its terminal."""
        os.write(self.master, key.encode())

    def close_terminal(self) -> None:
        """Close the terminal, as the end of an emulator does."""
        os.close(self.slave)
        os.close(self.master)
        self.slave = self.master = -1

    def wait(self, seconds: float = PATIENCE_S) -> int | None:
        """The exit code; None where the process is still there after so long."""
        end = time.monotonic() + seconds
        while not select.select([self._pidfd], [], [], 0)[0] and time.monotonic() < end:
            if self.master >= 0:
                self.read(min(0.1, seconds))
            else:
                select.select([self._pidfd], [], [], seconds)
        try:
            return self.process.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """Leave nothing of it."""
        if self.master >= 0:
            self.close_terminal()
        self.process.kill()
        self.process.wait()
        os.close(self._pidfd)


def close_at(moment: Moment, words: Sequence[str], folder: Path, patience_s: float) -> bool:
    """Whether the process is gone after its terminal closed at that moment."""
    program = Program(words, folder, ignores_hangup=moment.ignores_hangup)
    try:
        if moment.key:
            assert program.read(PATIENCE_S, SHOWN), program.sent
            program.press(moment.key)
        program.read(moment.seconds)
        program.close_terminal()
        return program.wait(patience_s) is not None
    finally:
        program.end()


def find_left(
    chosen: Iterable[Moment],
    words: Sequence[str],
    folder: Path,
    *,
    at_once: int = 6,
    patience_s: float = PATIENCE_S,
) -> list[Moment]:
    """The moments after which a process was left behind."""
    chosen = list(chosen)
    with ThreadPoolExecutor(at_once) as pool:
        gone = pool.map(lambda moment: close_at(moment, words, folder, patience_s), chosen)
        return [moment for moment, is_gone in zip(chosen, gone, strict=True) if not is_gone]
