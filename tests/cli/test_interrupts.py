"""Ctrl-C while the program starts or ends: no traceback, and it ends."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE_S = 60.0
INTERRUPT = """
import os, signal, sys, weakref

def interrupt(*_):
    os.kill(os.getpid(), signal.SIGINT)

class Thing:
    pass

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == MODULE:
            act()

def act_in_a_callback():
    thing = Thing()
    kept = weakref.ref(thing, interrupt)
    del thing
"""
RUN = """
sys.meta_path.insert(0, Watch())
from logwatch.__main__ import main
code = main()
"""
END = "sys.exit(code)"
NORMAL = "act = interrupt\n"
IGNORED = "act = interrupt\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
SWALLOWED = "act = act_in_a_callback\n"


@pytest.fixture
def log(tmp_path: Path) -> str:
    """A sound log."""
    path = tmp_path / "a.log"
    path.write_text("".join(f"step {n}: loss {3 - n / 100}\n" for n in range(100)))
    return str(path)


def run(module: str, how: str, *words: str, end: str = END) -> tuple[int, str]:
    """The exit code and stderr of a command that is interrupted when it loads a module.

    Its standard input stays open and silent.
    """
    code = f"MODULE = {module!r}\n{INTERRUPT}{how}{RUN}{end}"
    with subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            return process.wait(PATIENCE_S), process.stderr.read()
        finally:
            process.kill()


@pytest.mark.parametrize("module", ["logwatch.cli", "argparse", "logwatch.cli.exits"])
def test_before_the_command_line_is_loaded(log: str, module: str) -> None:
    """The kernel ends the process, as a shell expects."""
    assert (-signal.SIGINT, "") == run(module, NORMAL, "check", log)


@pytest.mark.parametrize("module", ["logwatch.cli.check", "numpy", "logwatch.session"])
def test_while_a_command_is_loaded(log: str, module: str) -> None:
    """One word says so."""
    assert (130, "logwatch: interrupted\n") == run(module, NORMAL, "check", log)


def test_where_python_lets_no_exception_pass() -> None:
    """In a callback the exception is lost; the process, which waits for a log, ends."""
    assert (130, "") == run("logwatch.session", SWALLOWED, "check", "-")


@pytest.mark.parametrize("module", ["logwatch.cli", "logwatch.session"])
def test_where_it_is_ignored(log: str, module: str) -> None:
    """As in the background of a script: the command goes on."""
    assert (0, "") == run(module, IGNORED, "check", log)


def test_after_the_end(log: str) -> None:
    """While Python shuts down the kernel ends the process."""
    assert (-signal.SIGINT, "") == run("none", NORMAL, "check", log, end="interrupt()")
