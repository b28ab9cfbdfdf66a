"""The screen in a real terminal: what it sends, and that it leaves nothing behind."""

import os
import re
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.tui.fakes import PATIENCE_S

pytestmark = pytest.mark.terminal

ROWS, COLUMNS = 30, 100
COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:[349][0-7]|[34]8;[\d;]*)(?:;\d+)*m")


class Terminal:
    """The program in a terminal: all bytes that it sent, and what they show."""

    def __init__(self, command: str, folder: Path, **environment: str) -> None:
        known = {name: value for name, value in os.environ.items() if "TEXTUAL" not in name}
        known |= {"TERM": "xterm-256color", "LOGWATCH": f"{sys.executable} -m logwatch"}
        self.sent = b""
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self.child = pexpect.spawn(
            "bash",
            ["-c", command],
            cwd=str(folder),
            env={**known, **environment},  # type: ignore[arg-type]
            dimensions=(ROWS, COLUMNS),
        )

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self._screen.display)

    def read(self, seconds: float) -> int:
        """Take what is sent within a time; how many bytes it was."""
        before, end = len(self.sent), time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                data = self.child.read_nonblocking(65536, timeout=0.05)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
            self.sent += data
            self._stream.feed(data)
        return len(self.sent) - before

    def wait_for(self, *texts: str) -> None:
        """Wait until all the texts are on the screen."""
        end = time.monotonic() + PATIENCE_S
        while not all(text in self.text for text in texts):
            assert time.monotonic() < end, self.text
            self.read(0.1)

    def end(self) -> int:
        """Wait for the program's end; its exit code."""
        end = time.monotonic() + PATIENCE_S
        while self.child.isalive():
            assert time.monotonic() < end, self.text
            self.read(0.1)
        self.read(0.1)
        return int(self.child.exitstatus)

    def is_restored(self) -> bool:
        """Whether the other screen was left, the cursor is shown, and the mouse is free."""
        pairs = [(b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?25l", b"\x1b[?25h")]
        pairs += [(b"\x1b[?1003h", b"\x1b[?1003l"), (b"\x1b[?2004h", b"\x1b[?2004l")]
        return all(self.sent.rfind(on) < self.sent.rfind(off) for on, off in pairs)


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Open the program on logs in a folder of the test's own."""
    lines = "".join(f"step {n}: loss {1 + 4 / n:.4f} lr 3e-4\n" for n in range(1, 200))
    (tmp_path / "a.log").write_text(lines)
    (tmp_path / "b.log").write_text(lines + "step 200: loss nan\n")
    opened: list[Terminal] = []

    def open_logs(*logs: str, **environment: str) -> Terminal:
        words = " ".join(map(shlex.quote, logs))
        opened.append(Terminal(f"exec $LOGWATCH {words}", tmp_path, **environment))
        return opened[-1]

    yield open_logs
    for terminal in opened:
        terminal.child.close(force=True)


@pytest.mark.parametrize("leave", ["q", "\x11", "\x03"])
def test_leaving_leaves_nothing_behind(open_terminal: Callable[..., Terminal], leave: str) -> None:
    """After q, Ctrl-Q or Ctrl-C the terminal is as it was, and the exit code is 0."""
    terminal = open_terminal("b.log")
    terminal.wait_for("NaN since step 200", "FOLLOW", "keys")
    terminal.child.send(leave)

    assert 0 == terminal.end()
    assert terminal.is_restored()
    assert b"Traceback" not in terminal.sent


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_being_ended_leaves_nothing_behind(
    open_terminal: Callable[..., Terminal], number: signal.Signals, code: int
) -> None:
    """Slurm, a shell or a lost connection end the program without a broken terminal."""
    terminal = open_terminal("a.log", "b.log")
    terminal.wait_for("2 runs", "step 199")
    terminal.child.kill(number)

    assert code == terminal.end()
    assert terminal.is_restored()


def test_keys_and_size_reach_the_screen(open_terminal: Callable[..., Terminal]) -> None:
    """A jump, the help, another size: all in one sitting."""
    terminal = open_terminal("b.log")
    terminal.wait_for("FOLLOW", "is NaN since step 200")
    terminal.child.send("e")
    terminal.wait_for("PAUSED", "▸ step 200: loss nan")
    terminal.child.send("?")
    terminal.wait_for("Findings", "next finding")
    terminal.child.send("?")
    terminal.child.setwinsize(12, 40)
    terminal.child.send("G")
    terminal.child.setwinsize(ROWS, COLUMNS)
    terminal.wait_for("FOLLOW", "─ metrics")
    terminal.child.send("q")

    assert 0 == terminal.end()


def test_a_hostile_log_sends_no_code_of_its_own(
    open_terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    """No title, colour, C1 code or change of direction from a log reaches the terminal."""
    hostile = "step 1: loss 2\n\x1b]0;PWNED\x07\x1b[7;35;5mx \x9b31m \u202e\u2066 [bold]y[/] [/z]\n"
    (tmp_path / "c\x1b]0;PWNED\x07.log").write_text(hostile)
    terminal = open_terminal("c\x1b]0;PWNED\x07.log")
    terminal.wait_for("[bold]y[/] [/z]")
    terminal.child.send("q")
    terminal.end()

    assert b"\x1b]0;PWNED" not in terminal.sent
    assert b"35;5m" not in terminal.sent and b"\xc2\x9b" not in terminal.sent
    assert b"\xe2\x80\xae" not in terminal.sent and b"\xe2\x81\xa6" not in terminal.sent


def test_no_color_is_honoured(open_terminal: Callable[..., Terminal]) -> None:
    """With NO_COLOR nothing is coloured, and what is wrong is still plain."""
    terminal = open_terminal("b.log", NO_COLOR="1")
    terminal.wait_for("✗", "NaN since step 200", "FOLLOW")
    terminal.child.send("q")
    terminal.end()

    assert None is COLOUR.search(terminal.sent)


def test_colours_are_the_terminals_own(open_terminal: Callable[..., Terminal]) -> None:
    """Only the sixteen colours that the user chose: readable on dark and light, and few bytes."""
    terminal = open_terminal("b.log")
    terminal.wait_for("NaN since step 200", "FOLLOW")
    terminal.child.send("q")
    terminal.end()

    assert COLOUR.search(terminal.sent)
    assert b"38;2;" not in terminal.sent and b"48;2;" not in terminal.sent


def test_an_idle_screen_sends_next_to_nothing(open_terminal: Callable[..., Terminal]) -> None:
    """Nothing changes in the log, so nearly nothing goes over the line."""
    terminal = open_terminal("a.log", "b.log")
    terminal.wait_for("2 runs", "step 199")
    terminal.read(1.5)

    assert terminal.read(2.0) < 400


@pytest.mark.usefixtures("open_terminal")
def test_a_log_may_come_through_a_pipe(tmp_path: Path) -> None:
    """The keys then come from the terminal, and the end of the pipe is told."""
    terminal = Terminal("cat b.log | $LOGWATCH -", tmp_path)
    terminal.wait_for("standard input", "NaN since step 200", "ended")
    terminal.child.send("q")

    assert 0 == terminal.end()
    assert terminal.is_restored()
