"""logwatch works where no socket to a network may be made, as it never makes one."""

import subprocess
import sys
from pathlib import Path

import pytest

FORBID = """
import socket, sys
def forbid(event, args):
    inet = event == "socket.__new__" and args[1] in (socket.AF_INET, socket.AF_INET6)
    if inet or event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect"):
        raise AssertionError(f"the network was used: {event} {args}")
sys.addaudithook(forbid)
"""
COMMAND = """
from logwatch.cli import main
sys.exit(main(sys.argv[1:]))
"""
SCREEN = """
import asyncio
from pathlib import Path
from logwatch.tui import prepare_environment
prepare_environment(is_slow=False)
from logwatch.diagnosis.rule import Question
from logwatch.sources.dialects.load import load_library
from logwatch.sources.targets import expand_targets
from logwatch.tui.app import LogwatchApp
from tests.tui.conftest import is_read
from tests.tui.fakes import wait_for

async def show():
    app = LogwatchApp(expand_targets(sys.argv[1:], Path.cwd()), load_library()[0], Question())
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_for(pilot, lambda: all(is_read(run.snapshot) for run in app.watched.runs))
        await pilot.press("question_mark", "escape")
        assert "loss" in str([run.snapshot.update.run.series for run in app.watched.runs])

asyncio.run(show())
"""
ATTEMPT = "socket.socket(socket.AF_INET)"


def run(checkout: Path, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run code under a hook that forbids the network."""
    return subprocess.run(
        [sys.executable, "-c", FORBID + code, *words],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def log(tmp_path: Path) -> str:
    """A short sound log."""
    path = tmp_path / "a.log"
    path.write_text("".join(f"step {n}: loss {3 - n / 100}\n" for n in range(100)))
    return str(path)


def test_the_hook_forbids_the_network(checkout: Path):
    """The hook raises where a socket to a network is made."""
    assert "the network was used" in run(checkout, ATTEMPT).stderr


@pytest.mark.parametrize(
    "words", [("check",), ("check", "--json"), ("export",)], ids=["check", "json", "export"]
)
def test_commands_make_no_socket(checkout: Path, log: str, words: tuple[str, ...]):
    """A log is judged and exported without the network."""
    done = run(checkout, COMMAND, *words, log)

    assert (0, "") == (done.returncode, done.stderr)
    assert "loss" in done.stdout


def test_the_screen_makes_no_socket(checkout: Path, log: str):
    """The screen opens, reads a log and takes keys without the network."""
    done = run(checkout, SCREEN, log)

    assert (0, "") == (done.returncode, done.stderr)
