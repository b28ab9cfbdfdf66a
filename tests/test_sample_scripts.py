"""The sample logs are what their notes say, counted without the program's own parser."""

import importlib.util
import math
import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "sample_logs"
EXPECTED = {
    path: tomllib.loads(path.read_text()) for path in sorted(FOLDER.glob("*.expected.toml"))
}
COUNTED = [
    pytest.param(figures, id=f"{path.name.split('.')[0]} {metric}")
    for path, expected in EXPECTED.items()
    for metric, figures in expected["truth"].items()
    if "numbers" in figures
]
SMALL = 200_000  # bytes; the logs lie in the repository


def load_make():
    """`scripts/make.py` as a module of this test's own."""
    spec = importlib.util.spec_from_file_location("sample_logs_make", FOLDER / "scripts/make.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    return make


def read_numbers(command):
    """What a shell command in the folder of the logs prints, one number a line."""
    done = subprocess.run(command, shell=True, cwd=FOLDER, capture_output=True, check=True)
    return [float(word) for word in done.stdout.split()]


def test_every_training_has_a_log_and_an_expectation():
    """`make.py` knows exactly the logs that are here, and each has its expectation."""
    names = set(load_make().EXIT_CODES)
    assert names == {path.name.removesuffix(".out") for path in FOLDER.glob("*.out")}
    assert names == {path.name.removesuffix(".expected.toml") for path in EXPECTED}


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.name.split(".")[0])
def test_log_is_small_and_tells_no_machine_path(path):
    """A log is small, and holds no absolute path of the machine that wrote it."""
    text = (FOLDER / EXPECTED[path]["log"]).read_bytes()
    assert len(text) < SMALL
    assert [] == re.findall(rb"(?:^|[\s\"'])/[a-z]+/\S+", text)


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.name.split(".")[0])
def test_expectation_does_not_contradict_itself(path):
    """No rule is both demanded and forbidden, and severities are given only for demanded rules."""
    expected = EXPECTED[path]
    assert set() == set(expected["find"]) & set(expected["never"])
    assert set() == set(expected["severity"]) - set(expected["find"])


@pytest.mark.parametrize("figures", COUNTED)
def test_truth_is_what_sed_finds(figures):
    """The figures in `truth` are those of the numbers that a shell command finds in the log."""
    numbers = read_numbers(figures["numbers"])
    finite = [number for number in numbers if math.isfinite(number)]
    found = [len(numbers), numbers[0], numbers[-1], min(finite), len(numbers) - len(finite)]
    keys = ("count", "first", "last", "min", "nonfinite")
    assert [str(float(figures[key])) for key in keys] == [str(float(figure)) for figure in found]


@pytest.mark.parametrize(
    ("key", "width", "middle"),
    [
        ("median_of_1", 1, statistics.median),
        ("median_of_5", 5, statistics.median),
        ("mean_of_20", 20, statistics.mean),
        ("median_of_25", 25, statistics.median),
    ],
)
def test_step_of_return_is_counted_from_the_log(key, width, middle):
    """The steps at which the resumed loss was back are those of its running medians and means."""
    truth = EXPECTED[FOLDER / "resume-reinitialised-head.expected.toml"]["truth"]
    losses = read_numbers(truth["train/loss"]["numbers"])
    back = truth["back_at_checkpoint"]
    steps = range(width, len(losses) + 1)
    first = next(s for s in steps if middle(losses[s - width : s]) <= back["target"])
    assert back[key] == first


def test_failed_training_leaves_the_old_log(tmp_path, monkeypatch, capsys):
    """A training that crashes does not replace its log, and its last lines are shown."""
    make = load_make()
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "four_tasks_one_flat.py").write_text("raise SystemExit('out of luck')")
    (tmp_path / "four-tasks-one-flat.out").write_text("old")
    monkeypatch.setattr(make, "SCRIPTS", scripts)
    assert make.main(["four-tasks-one-flat"]) == 1
    assert (tmp_path / "four-tasks-one-flat.out").read_text() == "old"
    assert "out of luck" in capsys.readouterr().err


def test_unknown_training_is_named(capsys):
    """A name that is no training gives exit code 2 and the names that there are."""
    assert load_make().main(["no-such-thing"]) == 2
    assert "no-such-thing. There are: healthy-language-model" in capsys.readouterr().out


@pytest.mark.torch
def test_training_writes_the_same_lines_again(tmp_path):
    """A training run anew prints the lines of its log, whatever the digits on this machine."""
    pytest.importorskip("torch")
    script = FOLDER / "scripts/four_tasks_one_flat.py"
    again = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, check=True)
    shapes = [
        re.sub(r"[\d.]+", "0", text)
        for text in ((FOLDER / "four-tasks-one-flat.out").read_text(), again.stdout.decode())
    ]
    assert shapes[0] == shapes[1]
