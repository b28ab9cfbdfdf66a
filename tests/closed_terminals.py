"""The program in a terminal that closes at a chosen moment, and whether a process stays."""

import fcntl
import math
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

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


class Terminal(Protocol):
    """A terminal that we can close, and the program in it."""

    sent: bytes

    def read(self, seconds: float, until: bytes | None = None) -> bool: ...
    def press(self, key: str) -> None: ...
    def close_terminal(self) -> None: ...
    def wait(self, seconds: float = PATIENCE_S) -> int | None: ...
    def end(self) -> None: ...


def close_at(moment: Moment, terminal: Terminal, patience_s: float) -> float:
    """The seconds until the process was gone after its terminal closed at that moment.

    Infinite where it stayed for `patience_s`.
    """
    try:
        if moment.key:
            assert terminal.read(PATIENCE_S, SHOWN), terminal.sent
            terminal.press(moment.key)
        terminal.read(moment.seconds)
        terminal.close_terminal()
        closed = time.monotonic()
        is_gone = terminal.wait(patience_s) is not None
        return time.monotonic() - closed if is_gone else math.inf
    finally:
        terminal.end()


def measure_leaving(
    chosen: Iterable[Moment],
    words: Sequence[str],
    folder: Path,
    *,
    open_terminal: Callable[..., Terminal] = Program,
    at_once: int = 6,
    patience_s: float = PATIENCE_S,
) -> dict[Moment, float]:
    """For each moment the longest time that a process stayed; infinite for one left behind."""
    chosen = list(chosen)

    def close_one(moment: Moment) -> float:
        terminal = open_terminal(words, folder, ignores_hangup=moment.ignores_hangup)
        return close_at(moment, terminal, patience_s)

    longest = dict.fromkeys(chosen, 0.0)
    with ThreadPoolExecutor(at_once) as pool:
        for moment, seconds in zip(chosen, pool.map(close_one, chosen), strict=True):
            longest[moment] = max(longest[moment], seconds)
    return longest


def find_left(
    chosen: Iterable[Moment], words: Sequence[str], folder: Path, **how: Any
) -> list[Moment]:
    """The moments after which a process was left behind; `how` is of `measure_leaving`."""
    measured = measure_leaving(chosen, words, folder, **how)
    return [moment for moment, seconds in measured.items() if seconds == math.inf]
