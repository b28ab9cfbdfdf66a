"""The program in a real terminal, from the first word to the exit code."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

from logwatch.cli import exits
from logwatch.cli.demo import SAMPLE

pytestmark = pytest.mark.terminal

ROWS, COLUMNS = 30, 100
PATIENCE_S = 30.0
"""A busy machine with two cores opens the screen within two seconds."""


class Terminal:
    """A program in a terminal, and what that terminal shows."""

    def __init__(self, command: str, folder: Path) -> None:
        environment = {**os.environ, "TERM": "xterm-256color", "LOGWATCH": sys.executable}
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self.child = pexpect.spawn(
            "bash", ["-c", command], cwd=str(folder), env=environment, dimensions=(ROWS, COLUMNS)
        )

    def shows(self, text: str) -> bool:
        """Wait until the terminal shows the text; False when the patience is over."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if text in "\n".join(self._screen.display):
                return True
            try:
                self._stream.feed(self.child.read_nonblocking(65536, timeout=0.2))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
        return text in "\n".join(self._screen.display)

    def end(self) -> int:
        """Wait for the end of the program; its exit code."""
        self.child.expect(pexpect.EOF, timeout=PATIENCE_S)
        self.child.close()
        return self.child.exitstatus


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[[str], Terminal]]:
    """Run a command in a terminal, in a folder with a healthy and a sick log."""
    text = "".join(f"step {n}: loss {2 + 3 / n:.4f}\n" for n in range(1, 200))
    (tmp_path / "train.log").write_text(text)
    (tmp_path / "sick.log").write_text(text + "step 200: loss nan\n")
    opened = []

    def run(words: str) -> Terminal:
        opened.append(Terminal(words.replace("logwatch", '"$LOGWATCH" -m logwatch', 1), tmp_path))
        return opened[-1]

    yield run
    for terminal in opened:
        terminal.child.close(force=True)


def test_a_log_opens_and_closes(open_terminal):
    """The screen names the log and its finding, and `q` leaves with exit code 0."""
    terminal = open_terminal("logwatch sick.log")

    assert terminal.shows("sick.log")
    assert terminal.shows("non-finite")
    terminal.child.send("q")
    assert exits.OK == terminal.end()


def test_standard_input_opens(open_terminal):
    """A log that comes through a pipe is shown while the keys come from the terminal."""
    terminal = open_terminal("logwatch - < <(cat train.log; sleep 60)")

    assert terminal.shows("train/loss")
    terminal.child.send("q")
    assert exits.OK == terminal.end()


def test_keys_come_from_the_terminal(open_terminal):
    """Inside a loop over a list of logs stdin is the list, and `q` still leaves."""
    terminal = open_terminal("logwatch train.log < /dev/null")

    assert terminal.shows("train/loss")
    terminal.child.send("q")
    assert exits.OK == terminal.end()


def test_the_demo_opens(open_terminal):
    """The demo shows its log and leaves nothing behind."""
    terminal = open_terminal("TMPDIR=$PWD; export TMPDIR; logwatch demo --seconds 5")

    assert terminal.shows(SAMPLE[:20])
    assert terminal.shows("train/loss")
    terminal.child.send("q")
    assert exits.OK == terminal.end()
    assert [] == list(Path(terminal.child.cwd).glob("logwatch-demo-*"))


def test_check_is_coloured_on_a_terminal(open_terminal):
    """Colours are for terminals, unless NO_COLOR says otherwise."""
    coloured = open_terminal("logwatch check sick.log")
    coloured.child.expect(pexpect.EOF, timeout=PATIENCE_S)
    plain = open_terminal("NO_COLOR=1; export NO_COLOR; logwatch check sick.log")
    plain.child.expect(pexpect.EOF, timeout=PATIENCE_S)

    assert b"\x1b[31m" in coloured.child.before
    assert b"\x1b[" not in plain.child.before


def test_a_missing_log_is_said_once_on_a_terminal(open_terminal):
    """Where stdout and stderr are one terminal, the sentence does not come twice."""
    terminal = open_terminal("logwatch check gone.log")
    terminal.child.expect(pexpect.EOF, timeout=PATIENCE_S)

    assert 1 == terminal.child.before.count(b"does not exist")
