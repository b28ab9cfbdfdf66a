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


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the code in which every file of CONTRIBUTING.md was saved, and the rule listed."""
    for name in ("logwatch", "parsers"):
        shutil.copytree(HERE / name, tmp_path / name)
    for name, body in FILE.findall(TEXT):
        (tmp_path / name).write_text(body)
    modules = tmp_path / "logwatch/diagnosis/rules/__init__.py"
    listed = modules.read_text().replace("import (\n", "import (\n    speed,\n", 1)
    modules.write_text(listed.replace("MODULES = (\n", "MODULES = (\n    speed,\n", 1))
    return tmp_path


def run(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the logwatch of that copy."""
    command = [sys.executable, "-m", "logwatch", *words]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    return subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )


def test_there_is_a_dialect_and_a_rule():
    """Both recipes have a file to save."""
    assert ["parsers/mytrainer.toml", "logwatch/diagnosis/rules/job/speed.py"] == [
        name for name, _ in FILE.findall(TEXT)
    ]


def test_the_dialect_is_taken(checkout: Path):
    """The new dialect has no fault and shows its example."""
    done = run(checkout, "parsers", "show", "mytrainer")

    assert (0, "") == (done.returncode, done.stderr)
    assert "step_time_s = 0.0815" in done.stdout


def test_the_rule_finds_what_it_is_for(checkout: Path):
    """The new rule is listed, finds a run that gets slower, and is silent on one that does not."""
    lines = [f"step {n} | loss {5 - n / 100:.2f} | steps_per_s {{}}\n" for n in range(1, 101)]
    for name, late in (("steady.log", "8.0"), ("slower.log", "3.0")):
        text = "".join(line.format("8.1" if n < 80 else late) for n, line in enumerate(lines))
        (checkout / name).write_text(text)

    done = run(checkout, "check", "--json", "steady.log", "slower.log", "--fail-on", "never")

    found = [[f["rule"] for f in run["findings"]] for run in json.loads(done.stdout)["runs"]]
    assert [False, True] == ["slower" in rules for rules in found]
    assert "slower  " in run(checkout, "rules").stdout
