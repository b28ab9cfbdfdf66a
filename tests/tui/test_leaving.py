"""Nothing stays behind: the terminal may go at any moment, and any signal may come."""

import importlib.util
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from logwatch.tui.driver import Output
from logwatch.tui.leaving import Leaving
from tests.tui.test_terminal import Terminal

CHECKOUT = Path(__file__).resolve().parents[2]
CASES = 30


@pytest.fixture(scope="module")
def leaving() -> ModuleType:
    """The benchmark, which closes terminals."""
    path = CHECKOUT / "benchmarks" / "leaving.py"
    spec = importlib.util.spec_from_file_location("leaving", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["leaving"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.terminal
def test_no_process_outlives_its_terminal(leaving: ModuleType, tmp_path: Path):
    """The terminal closes at each 50 ms of starting and after `q` and Ctrl-C: all are gone."""
    cases = leaving.make_cases(CASES)
    seconds = leaving.run_cases(cases, tmp_path)

    assert [] == [case for case, took in zip(cases, seconds, strict=True) if took == float("inf")]


def close_window(leaving: ModuleType, folder: Path, key: str, delay_s: float) -> bool:
    """Quit in a window of tmux, and close the window soon after; whether the program is gone."""

    def tmux(*words: str) -> str:
        command = ["tmux", "-L", f"{folder.name}-{key}-{delay_s}", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    log = folder / "train.log"
    tmux("-f", os.devnull, "new-session", "-d", "-x", "120", "-y", "40", "bash --norc")
    shell = int(tmux("display-message", "-p", "#{pane_pid}"))
    tmux("send-keys", f"cd {CHECKOUT}; {sys.executable} -m logwatch {log}", "Enter")
    gone = os.pidfd_open(leaving.find_child(shell))
    while "train/loss" not in tmux("capture-pane", "-p"):
        assert not select.select([gone], [], [], 0.1)[0]
    tmux("send-keys", key)
    is_gone = bool(select.select([gone], [], [], delay_s)[0])
    tmux("kill-server")
    is_gone = is_gone or bool(select.select([gone], [], [], leaving.PATIENCE_S)[0])
    if not is_gone:
        signal.pidfd_send_signal(gone, signal.SIGKILL)
    os.close(gone)
    return is_gone


@pytest.mark.terminal
def test_a_window_may_close_while_the_program_quits(leaving: ModuleType, tmp_path: Path):
    """tmux answers what the program asks of a terminal; closed 0.1 to 0.35 s after a key."""
    if shutil.which("tmux") is None:
        pytest.skip("needs tmux")
    (tmp_path / "train.log").write_text("step 1: loss 2.0\nstep 2: loss 1.9\n")
    moments = [(key, n / 20) for key in ("q", "C-c") for n in range(2, 8)]
    with ThreadPoolExecutor(2) as pool:
        gone = pool.map(lambda moment: close_window(leaving, tmp_path, *moment), moments)

    assert dict.fromkeys(moments, True) == dict(zip(moments, gone, strict=True))


@pytest.mark.terminal
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGQUIT, 131), (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
)
def test_a_signal_gives_the_terminal_back(number: signal.Signals, code: int, tmp_path: Path):
    """The screen is left as it was, and the exit code is that of the signal."""
    (tmp_path / "train.log").write_text("step 1: loss 2.0\nstep 2: loss 1.9\n")
    terminal = Terminal("exec $LOGWATCH train.log", tmp_path)
    terminal.wait_for("train/loss")
    terminal.child.kill(number)

    assert code == terminal.end()
    assert terminal.is_restored()


@pytest.mark.terminal
def test_stderr_in_a_file_leaves_the_drawing_on_the_terminal(tmp_path: Path):
    """`logwatch LOG 2>err.txt` shows the screen, and the file stays empty."""
    (tmp_path / "train.log").write_text("step 1: loss 2.0\nstep 2: loss 1.9\n")
    terminal = Terminal("$LOGWATCH train.log 2>err.txt", tmp_path)
    terminal.wait_for("train/loss")
    terminal.child.send("q")

    assert 0 == terminal.end()
    assert "" == (tmp_path / "err.txt").read_text()


HANGS = """
import threading
from logwatch.tui.leaving import Leaving
Leaving(lambda: print("restored", flush=True)).arm(7)
threading.Event().wait()
"""


def test_what_hangs_is_ended():
    """A program that never ends by itself ends with the code that it was given."""
    done = subprocess.run(
        [sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=60, check=False
    )

    assert (7, "restored\n") == (done.returncode, done.stdout)


def test_only_the_first_wish_counts(monkeypatch: pytest.MonkeyPatch):
    """Two signals start one clock."""
    started = []
    monkeypatch.setattr(threading.Timer, "start", lambda _: started.append(1))
    monkeypatch.setattr(signal, "setitimer", lambda *_: None)
    leaving = Leaving(lambda: None)
    leaving.arm(1)
    leaving.arm(2)

    assert 1 == len(started)


def test_a_lost_terminal_takes_what_is_written():
    """Drawing on a terminal that is gone raises nothing, and the driver can see the loss."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal:
        os.close(ours)
        output = Output(terminal)
        output.write("x" * 100_000)
        output.flush()

        assert output.is_lost
