"""A skipped test is never overlooked."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent

SUITE = """
import pytest

def test_runs():
    pass

@pytest.mark.parametrize("number", [1, 2])
def test_needs(number):
    pytest.skip("needs a telescope")

@pytest.mark.xfail
def test_is_known_to_fail():
    assert False
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite with a group that lacks something, under the rules of this one."""
    shutil.copy(HERE / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "test_module.py").write_text(
        "import pytest\npytest.importorskip('no_such_module')\n"
    )
    return tmp_path


def run(suite: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run that suite."""
    plain = {name: value for name, value in os.environ.items() if name != "CI"}
    command = [sys.executable, "-m", "pytest", "-q", "--continue-on-collection-errors", "."]
    return subprocess.run(
        command, cwd=suite, env=plain | environment, capture_output=True, text=True, check=False
    )


def test_on_a_laptop_a_group_says_what_it_lacks(suite: Path):
    """One line a reason, with the number of tests; the suite passes."""
    done = run(suite)

    assert 0 == done.returncode
    assert ["not run: 2 x needs a telescope"] == [
        line for line in done.stdout.splitlines() if "telescope" in line
    ]
    assert "not run: 1 x could not import 'no_such_module'" in done.stdout


def test_in_ci_a_skip_is_a_failure(suite: Path):
    """Where CI=true both the group and the module fail, and say why."""
    done = run(suite, CI="true")

    assert 1 <= done.returncode <= 2
    assert "skipped, which is a failure where CI=true: needs a telescope" in done.stdout
    assert "skipped, which is a failure where CI=true: could not import" in done.stdout


def test_what_a_runner_cannot_have_may_be_skipped(suite: Path):
    """Only the reasons that LOGWATCH_MAY_SKIP names stay skips."""
    some = run(suite, CI="true", LOGWATCH_MAY_SKIP="telescope")
    all_of_them = run(suite, CI="true", LOGWATCH_MAY_SKIP="telescope, no_such_module")

    assert 0 != some.returncode
    assert 0 == all_of_them.returncode, all_of_them.stdout
