"""What starting costs: which libraries each command leaves alone."""

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import logwatch

LIBRARIES = {"numpy", "regex", "textual", "rich", "watchdog", "torch", "scipy", "asyncio"}
PURE_ROOMS = ("logwatch.parsing", "logwatch.metrics", "logwatch.diagnosis")
PURE_MODULES = ("logwatch.session", "logwatch.tui.plotting.raster")


def loaded_by(code: str, *words: str) -> set[str]:
    """The libraries that are loaded once `code` has run in a process of its own."""
    report = "import json, sys; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    command = [sys.executable, "-c", f"{code}\n{report}", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return LIBRARIES & set(json.loads(done.stderr.splitlines()[-1]))


def main_with(*words: str) -> str:
    """Code that runs one command line."""
    return f"from logwatch.cli import main\nmain({list(words)!r})"


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_loads_no_library(word):
    """Asking for help is answered by bare Python."""
    assert set() == loaded_by(main_with(word))


@pytest.mark.parametrize("command", ["watch", "check", "export", "demo", "rules", "parsers"])
def test_the_help_of_a_command_loads_no_library(command):
    """Nor does the help of a command load what the command works with."""
    assert set() == loaded_by(main_with(command, "--help"))


@pytest.mark.parametrize("words", [["check"], ["check", "--json"], ["export"]])
def test_headless_commands_load_no_screen(words, tmp_path: Path):
    """`check` and `export` need numbers and patterns, and neither a screen nor a file watcher."""
    log = tmp_path / "train.log"
    log.write_text("".join(f"step {n}: loss {5 - n / 100}\n" for n in range(100)))

    assert {"numpy", "regex"} == loaded_by(main_with(*words, str(log)))


def test_the_pure_rooms_load_neither_screen_nor_watcher():
    """Parsing, metrics, diagnosis and the session run where there is no terminal."""
    names = [*PURE_ROOMS, *PURE_MODULES]
    for room in PURE_ROOMS:
        path = Path(logwatch.__file__).parent.joinpath(*room.split(".")[1:])
        names += [module.name for module in pkgutil.walk_packages([str(path)], f"{room}.")]

    loaded = loaded_by("\n".join(f"import {name}" for name in names))

    assert loaded <= {"numpy", "regex"}
