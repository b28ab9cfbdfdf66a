"""The Makefile and the CI script: the way in for everybody else."""

import os
import subprocess
from pathlib import Path

import pytest

WORK = {
    "install",
    "test",
    "lint",
    "format",
    "proven",
    "fuzz",
    "shell",
    "docs",
    "tables",
    "bench",
    "screenshot",
    "sample-logs",
    "build",
}
TARGETS = WORK | {"clean", "demo"}


def run(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as if no make stood above this test."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        words, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )


def test_help_lists_every_target(checkout: Path):
    """`make` alone names each target with what it does."""
    rows = [line.split(maxsplit=1) for line in run(checkout, "make").stdout.splitlines()]

    assert TARGETS <= {row[0] for row in rows}
    assert [] == [row for row in rows if len(row) < 2]


@pytest.mark.parametrize("target", sorted(WORK))
def test_every_target_sets_up_what_it_needs(checkout: Path, target: str):
    """On a fresh clone each target makes the environment first; nothing has to be known before."""
    plan = run(checkout, "make", "--dry-run", "VENV=no-such-folder", target)

    assert 0 == plan.returncode
    assert "pip install --quiet --disable-pip-version-check --editable '.[dev]'" in plan.stdout


def test_the_demo_installs_what_runs_and_not_what_develops(checkout: Path):
    """Whoever wants a first look does not wait for linters and test tools."""
    plan = run(checkout, "make", "--dry-run", "VENV=no-such-folder", "demo")

    assert 0 == plan.returncode
    assert "--editable .\n" in plan.stdout
    assert "dev" not in plan.stdout.replace("--disable", "").replace("develop", "")


def test_an_old_python_is_told(checkout: Path):
    """Python before 3.11 is one sentence, not a stack of errors from pip."""
    done = run(checkout, "make", "VENV=no-such-folder", "PYTHON=false", "install")

    assert 0 != done.returncode
    assert "logwatch needs Python 3.11 or newer" in done.stderr


def test_the_ci_script_is_sound(checkout: Path):
    """bash can read it, it may be run, and it stops at the first error."""
    script = checkout / ".ci" / "run"

    assert 0 == run(checkout, "bash", "-n", str(script)).returncode
    assert script.stat().st_mode & 0o111
    assert "set -euo pipefail" in script.read_text()
