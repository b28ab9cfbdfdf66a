"""The steps of CONTRIBUTING.md work as they stand there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
TEXT = (HERE / "CONTRIBUTING.md").read_text()
FILE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


COPIED = ("logwatch", "parsers", "docs", "scripts", "sample_logs", "tests", "pyproject.toml")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code in which both recipes of CONTRIBUTING.md were followed, step by step."""
    folder = tmp_path_factory.mktemp("contributing")
    for name in (*COPIED, "README.md", "CONTRIBUTING.md"):
        copy = shutil.copytree if (HERE / name).is_dir() else shutil.copy
        copy(HERE / name, folder / name)
    for name, body in FILE.findall(TEXT):
        assert not (folder / name).exists(), "a recipe makes files that are not there yet"
        (folder / name).write_text(body)
    modules = folder / "logwatch/diagnosis/rules/__init__.py"
    add = "from logwatch.diagnosis.rules.job import memory\n\nMODULES = (\n    memory,\n"
    modules.write_text(modules.read_text().replace("MODULES = (\n", add, 1))
    for script in ("proven_dialects", "docs_tables"):
        done = run(folder, f"scripts/{script}.py")
        assert (0, "") == (done.returncode, done.stderr)
    return folder


def run(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in that copy."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    return subprocess.run(
        [sys.executable, *words],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def logwatch(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the logwatch of that copy."""
    return run(checkout, "-m", "logwatch", *words)


def test_there_is_a_dialect_and_a_rule_with_its_test():
    """Both recipes have files to save."""
    assert [
        "parsers/mytrainer.toml",
        "logwatch/diagnosis/rules/job/memory.py",
        "tests/diagnosis/rules/job/test_memory.py",
    ] == [name for name, _ in FILE.findall(TEXT)]


def test_the_dialect_is_taken(checkout: Path):
    """The new dialect has no fault and shows its example."""
    done = logwatch(checkout, "dialects", "show", "mytrainer")

    assert (0, "") == (done.returncode, done.stderr)
    assert "step_time_s = 0.0815" in done.stdout


def test_the_tree_passes_afterwards(checkout: Path):
    """The rule's own tests, those of the dialects' proofs and of the rules pass."""
    done = run(
        checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        "tests/diagnosis/rules/job/test_memory.py", "tests/sources/dialects/test_proven.py",
        "tests/diagnosis/test_rule.py", "tests/cli/test_rules.py",
    )  # fmt: skip

    assert 0 == done.returncode, done.stdout[-3000:]
    assert "| `memory-grows` |" in (checkout / "docs" / "findings.md").read_text()


def test_the_rule_finds_what_it_is_for(checkout: Path):
    """The new rule is listed, finds memory that grows, and is silent where it does not."""
    for name, growth in (("steady.log", 0.0), ("grows.log", 0.1)):
        lines = (
            f"step {n} | loss {5 - n / 100:.2f} | gpu_mem_bytes {1e9 * (10 + growth * n):.0f}\n"
            for n in range(1, 101)
        )
        (checkout / name).write_text("".join(lines))

    done = logwatch(checkout, "check", "--json", "steady.log", "grows.log", "--fail-on", "never")

    found = [[f["rule"] for f in run["findings"]] for run in json.loads(done.stdout)["runs"]]
    assert [False, True] == ["memory-grows" in rules for rules in found]
    assert "memory-grows  " in logwatch(checkout, "rules").stdout
