"""`logwatch.toml` and `--config`: used, and refused in one sentence."""

import json
import shutil
import subprocess
import sys

import pytest

from logwatch.cli import exits, main

LOG = "".join(f"step {i} | loss {8 * 0.99**i:.4f}\n" for i in range(100))


@pytest.fixture
def log(tmp_path):
    """A log that falls, alone in its folder."""
    path = tmp_path / "a.out"
    path.write_text(LOG)
    return path


def findings(capsys, *words: object) -> dict[str, dict]:
    """What `check --json` finds, by rule."""
    assert exits.OK == main(["check", "--json", *map(str, words)])
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    return {finding["rule"]: finding for finding in run["findings"]}


def test_file_beside_the_log_is_used(log, capsys):
    """A target in it is forecast, a rule that is off is silent."""
    (log.parent / "logwatch.toml").write_text('off = ["on-course"]\n[targets]\n"train/loss" = 1\n')
    found = findings(capsys, log)

    assert 1.0 == found["time-to-target"]["values"]["target"]
    assert "on-course" not in found


def test_named_file_is_used_instead(log, tmp_path, capsys):
    """`--config` wins over the file beside the log."""
    (log.parent / "logwatch.toml").write_text('off = ["on-course"]')
    other = tmp_path / "other.toml"
    other.write_text('off = ["plateau"]')

    assert "on-course" in findings(capsys, log, "--config", other)


def test_baseline_of_the_file_lies_beside_it(log, capsys):
    """A run is compared with the log that the file names."""
    better = "".join(f"step {i} | loss {4 * 0.99**i:.4f}\n" for i in range(100))
    (log.parent / "old.out").write_text(better)
    (log.parent / "logwatch.toml").write_text('baseline = "old.out"')

    assert "worse-than-baseline" in findings(capsys, log)


def test_fault_is_one_sentence(log, capsys):
    """With the line and the nearest key; exit 3 beside the log, 2 where it was named."""
    path = log.parent / "logwatch.toml"
    path.write_text("vocabluary = 5")

    assert exits.UNREADABLE == main(["check", "--json", str(log)])
    said = capsys.readouterr()
    assert "line 1: vocabluary is no key; did you mean vocabulary?" in said.err
    assert exits.USAGE == main(["check", str(log), "--config", str(path)])
    assert "did you mean vocabulary?" in capsys.readouterr().err


def test_cause_of_a_finding_is_in_the_document(tmp_path, capsys):
    """`because` names the rule whose finding explains this one."""
    path = tmp_path / "b.out"
    path.write_text("".join(f"step {i} | loss 4.7 | lr 0.0e+00\n" for i in range(60)))
    main(["check", "--json", str(path)])
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    found = {finding["rule"]: finding for finding in run["findings"]}

    assert "lr-zero" == found["flat-loss"]["because"]
    assert "because" not in found["lr-zero"]


DIALECT = """
name = "own"
title = "Own"
source = ["https://example.org/own.py#L1"]
[[pattern]]
name = "line"
kind = "regex"
match = '^step (?P<step>\\d+) \\| loss (?P<loss>\\S+)$'
[metrics]
loss = "train/own"
[[example]]
text = "step 1 | loss 2.5"
pattern = "line"
expect = { step = 1, "train/own" = 2.5 }
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_a_command_in_the_place_of_a_file(log):
    """`<(command)` is a config and a dialect."""
    (log.parent / "own.toml").write_text(DIALECT)
    command = """exec "$0" -m logwatch check --json a.out \\
        --config <(echo 'off = ["plateau"]') --dialect <(cat own.toml)"""
    words = ["bash", "-c", command, sys.executable]
    done = subprocess.run(words, cwd=log.parent, capture_output=True, text=True, check=False)

    assert (exits.OK, "") == (done.returncode, done.stderr)
    (run,) = json.loads(done.stdout)["runs"]
    assert "train/own" in run["metrics"]
    assert "plateau" not in {finding["rule"] for finding in run["findings"]}


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_baseline_of_a_command_lies_in_the_current_folder(log):
    """Not where the shell keeps its descriptors."""
    command = """exec "$0" -m logwatch check a.out --config <(echo 'baseline = "none.out"')"""
    words = ["bash", "-c", command, sys.executable]
    done = subprocess.run(words, cwd=log.parent, capture_output=True, text=True, check=False)

    assert (exits.UNREADABLE, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("logwatch: none.out does not exist")
