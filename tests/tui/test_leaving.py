"""The program ends, in good order, whenever its terminal closes or a signal comes."""

import os
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from logwatch.tui.driver import Drawing
from tests.attach.conftest import need_ptrace
from tests.closed_terminals import PATIENCE_S, Moment, Program, find_left, moments

pytestmark = pytest.mark.terminal

IN_SUITE = 40
"""Ten moments each of starting, of `q`, of Ctrl-C, and of `q` where SIGHUP is ignored."""
RESTORED = ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?25l", b"\x1b[?25h"))
RESTORED += ((b"\x1b[?1003h", b"\x1b[?1003l"), (b"\x1b[?2004h", b"\x1b[?2004l"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a log."""
    lines = "".join(f"step {n}: loss {1 + 4 / n:.4f} lr 3e-4\n" for n in range(1, 200))
    (tmp_path / "a.log").write_text(lines)
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Program]]:
    """Start the program on a log, in a terminal of its own."""
    started: list[Program] = []

    def start_one(*words: str, **how: int) -> Program:
        started.append(Program(words or ("a.log",), folder, **how))
        return started[-1]

    yield start_one
    for program in started:
        program.end()


def is_restored(program: Program) -> bool:
    """Whether modes, screen, cursor, mouse and paste are as they were."""
    while select.select([program.master], [], [], 0)[0]:
        program.sent += os.read(program.master, 65536)
    pairs_end = all(program.sent.rfind(on) <= program.sent.rfind(off) for on, off in RESTORED)
    return pairs_end and program.modes == termios.tcgetattr(program.slave)


def test_no_process_outlives_its_terminal(folder: Path) -> None:
    """The terminal closes at every 50 ms of starting and of quitting: the process is gone."""
    assert [] == find_left(moments(IN_SUITE), ["a.log"], folder)


def test_a_big_log_does_not_keep_the_process(folder: Path) -> None:
    """While threads read a log of 20 MB the terminal may close at any moment."""
    with (folder / "big.log").open("w") as out:
        out.writelines(f"step {n}: loss {1 + 4 / n:.4f} lr 3e-4\n" for n in range(1, 700_000))
    chosen = [Moment(tenths / 10, key) for tenths in (0, 2, 4) for key in ("", "q")]

    assert [] == find_left(chosen, ["big.log"], folder)


def find_guests(pid: int) -> tuple[bool, int, int]:
    """Whether somebody traces the process, its threads, and its sockets: what a probe adds."""
    process, sockets = Path(f"/proc/{pid}"), 0
    for file in (process / "fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            sockets += str(file.readlink()).startswith("socket:")
    is_traced = "TracerPid:\t0\n" not in (process / "status").read_text()
    return is_traced, sum(1 for _ in (process / "task").iterdir()), sockets


@pytest.mark.ptrace
def test_a_process_that_was_looked_into_lives_on(folder: Path) -> None:
    """The terminal closes while a probe goes into a process, while it is there, and on `q`.

    Nothing of a probe stays in the process, and it goes on.
    """
    need_ptrace()
    counting = "import time\nwhile True:\n    print('on', flush=True); time.sleep(0.005)"
    with (
        (folder / "out.log").open("w") as out,
        subprocess.Popen([sys.executable, "-c", counting], stdout=out) as target,
    ):
        chosen = [Moment(fifths / 5, key) for fifths in range(6) for key in ("", "q")]
        words = ["attach", str(target.pid), "--log", "a.log"]
        alone = find_guests(target.pid)
        try:
            assert [] == find_left(chosen, words, folder, at_once=2)
            end = time.monotonic() + PATIENCE_S
            while alone != find_guests(target.pid) and time.monotonic() < end:
                with pytest.raises(subprocess.TimeoutExpired):
                    target.wait(0.05)
            assert alone == find_guests(target.pid)
            before = (folder / "out.log").stat().st_size
            while (folder / "out.log").stat().st_size == before and time.monotonic() < end:
                with pytest.raises(subprocess.TimeoutExpired):
                    target.wait(0.05)
            assert before < (folder / "out.log").stat().st_size
        finally:
            target.kill()


@pytest.mark.parametrize(
    "number", [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM], ids=lambda n: n.name
)
def test_a_signal_restores_the_terminal(
    start: Callable[..., Program], number: signal.Signals
) -> None:
    """The signal comes twice, as from somebody in a hurry; the exit code is 128 and its number."""
    program = start()
    assert program.read(PATIENCE_S, b"FOLLOW")
    program.process.send_signal(number)
    program.process.send_signal(number)

    assert 128 + number == program.wait()
    assert is_restored(program)


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.5, 0.8])
def test_a_signal_during_the_start_restores_the_terminal(
    start: Callable[..., Program], seconds: float
) -> None:
    """Before, while and after the screen takes the terminal."""
    program = start()
    program.read(seconds)
    program.process.send_signal(signal.SIGTERM)

    assert program.wait() in (143, -signal.SIGTERM)
    assert is_restored(program)


def test_a_terminal_that_takes_nothing_is_left(start: Callable[..., Program]) -> None:
    """An emulator hangs and reads nothing: SIGTERM ends the program and restores the modes."""
    program = start()
    assert program.read(PATIENCE_S, b"FOLLOW")
    for _ in range(300):
        program.press("?")
    with pytest.raises(subprocess.TimeoutExpired):
        program.process.wait(1)
    program.process.send_signal(signal.SIGTERM)

    assert 143 == program.process.wait(PATIENCE_S)
    assert program.modes == termios.tcgetattr(program.slave)


def test_a_stop_and_its_end_leave_one_reader_of_keys(start: Callable[..., Program]) -> None:
    """After SIGSTOP and SIGCONT the screen is drawn again, and `q` leaves."""
    program = start()
    assert program.read(PATIENCE_S, b"FOLLOW")
    program.process.send_signal(signal.SIGSTOP)
    program.sent = b""
    program.process.send_signal(signal.SIGCONT)
    assert program.read(PATIENCE_S, b"FOLLOW")
    program.press("q")

    assert 0 == program.wait()
    assert is_restored(program)


def test_stderr_in_a_file_does_not_take_the_drawing(
    start: Callable[..., Program], folder: Path
) -> None:
    """`logwatch a.log 2>errors` draws on the terminal and writes nothing into the file."""
    with (folder / "errors").open("wb") as errors:
        program = start("a.log", stderr=errors.fileno())
    assert program.read(PATIENCE_S, b"FOLLOW")
    program.press("q")

    assert 0 == program.wait()
    assert b"" == (folder / "errors").read_bytes()


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
@pytest.mark.parametrize(("key", "seconds"), [("q", 0.1), ("q", 0.2), ("C-c", 0.2), ("", 0.0)])
def test_tmux_ends_it(folder: Path, key: str, seconds: float) -> None:
    """The session is killed shortly after a key: the process is gone."""
    environment = {**os.environ, "TMUX_TMPDIR": str(folder)}

    def tmux(*words: str) -> str:
        command = ["tmux", "-f", "/dev/null", *words]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=True
        ).stdout

    tmux("new-session", "-d", "-x", "100", "-y", "30", f"exec {sys.executable} -m logwatch a.log")
    pidfd = os.pidfd_open(int(tmux("list-panes", "-F", "#{pane_pid}")))
    try:
        while "FOLLOW" not in tmux("capture-pane", "-p"):
            assert not select.select([pidfd], [], [], 0.1)[0]
        if key:
            tmux("send-keys", key)
        select.select([pidfd], [], [], seconds)
        subprocess.run(["tmux", "kill-server"], cwd=folder, env=environment, check=False)

        assert select.select([pidfd], [], [], PATIENCE_S)[0]
    finally:
        if not select.select([pidfd], [], [], 0)[0]:
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.close(pidfd)


def test_what_a_lost_terminal_cannot_take_is_dropped() -> None:
    """The loss is told once, and writing goes on without an error."""
    reading, writing = os.pipe()
    os.close(reading)
    losses: list[bool] = []
    drawing = Drawing(writing, "utf-8", lambda: losses.append(True))
    for _ in range(3):
        drawing.write("loss")
        drawing.flush()
    os.close(writing)

    assert [True] == losses
