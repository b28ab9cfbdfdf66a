"""The logs that real frameworks wrote are read as they were printed, and nothing else is.

What is in `sample_logs/frameworks/*.expected.toml` was counted by a shell command or written by
hand from the log; this file counts again, and asks the program.
"""

import importlib.util
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from logwatch.diagnosis.analysis.states import STALL_FLOOR_S, judge_state
from logwatch.diagnosis.finding import Severity
from logwatch.parsing.library import Library
from logwatch.session import Session, Update

FOLDER = Path(__file__).resolve().parents[1] / "sample_logs" / "frameworks"
EXPECTED = {
    path.name.removesuffix(".expected.toml"): tomllib.loads(path.read_text("utf-8"))
    for path in sorted(FOLDER.glob("*.expected.toml"))
}
COUNTED = [
    pytest.param(name, metric, id=f"{name} {metric}")
    for name, expected in EXPECTED.items()
    for metric in expected["truth"]
]
PLACED = [
    param for param in COUNTED if "steps" in EXPECTED[param.values[0]]["truth"][param.values[1]]
]
SMALL = 200_000  # bytes; the logs lie in the repository
UNTRUE = {"restarted"}  # each log is one run that was never resumed

NO_END = {"fastai", "stable-baselines3", "tqdm-unknown-total"}
"""What these write does not say that the training has ended, nor how long it should be."""

each_log = pytest.mark.parametrize("name", EXPECTED)


@pytest.fixture(scope="module")
def read(library: Library):
    """What the program says of a log by its name; each is read once."""

    @cache
    def update(name: str) -> Update:
        session = Session(library)
        session.feed((FOLDER / f"{name}.out").read_bytes())
        session.finish()
        return session.update()

    return update


def load_make():
    """`scripts/make.py` as a module of this test's own."""
    spec = importlib.util.spec_from_file_location("framework_logs", FOLDER / "scripts/make.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    return make


def test_every_training_has_a_log_and_an_expectation():
    """`make.py` knows exactly the logs that are here, and each has its expectation."""
    names = set(load_make().TRAININGS)

    assert names == {path.stem for path in FOLDER.glob("*.out")}
    assert names == set(EXPECTED)


@each_log
def test_log_is_small_and_tells_no_machine_path(name):
    """A log is small, and the only absolute paths in it are the two that `make.py` puts there."""
    text = (FOLDER / f"{name}.out").read_bytes()
    paths = re.findall(rb"(?:^|[\s\"'=(])(/[a-z][\w.-]*/)", text)

    assert len(text) < SMALL
    assert {b"/env/", b"/job/"} >= set(paths)


@pytest.mark.parametrize(("name", "metric"), COUNTED)
def test_truth_is_what_the_shell_finds(name, metric):
    """The figures in `truth` are those that a shell command finds in the log."""
    truth = EXPECTED[name]["truth"][metric]
    done = subprocess.run(truth["numbers"], shell=True, cwd=FOLDER, capture_output=True, check=True)
    numbers = [float(word) for word in done.stdout.split()]

    assert [truth[key] for key in ("count", "first", "last")] == [
        len(numbers), numbers[0], numbers[-1],
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "metric"), COUNTED)
def test_metric_is_read_as_printed(read, name, metric):
    """A metric has as many samples as the log has, from the first to the last."""
    truth = EXPECTED[name]["truth"][metric]
    value = read(name).run.series[metric].value

    assert [truth[key] for key in ("count", "first", "last")] == [len(value), value[0], value[-1]]


@pytest.mark.parametrize(("name", "metric"), PLACED)
def test_metric_stands_at_its_steps(read, name, metric):
    """The first and the last value stand at the steps that the script trained, counted through."""
    step = read(name).run.series[metric].step

    assert EXPECTED[name]["truth"][metric]["steps"] == [step[0], step[-1]]


@each_log
def test_no_other_metric_is_read(read, name):
    """The metrics are those that the log shows, by their names, and no other."""
    assert sorted(EXPECTED[name]["metrics"]) == sorted(read(name).run.series)


@each_log
def test_dialects_are_those_of_the_framework(read, name):
    """The framework's own dialect reads the log, not the one that guesses."""
    assert set(EXPECTED[name]["dialects"]) == set(read(name).run.dialects)


@each_log
def test_nothing_untrue_is_found(read, name):
    """All these runs were well and went through once: no warning, no error, no restart."""
    update = read(name)

    assert [] == [
        finding.title
        for finding in update.findings
        if finding.severity >= Severity.warning or finding.rule in UNTRUE
    ]
    assert [] == [event.title for event in update.run.events if event.severity == "error"]


@each_log
def test_an_ended_training_is_finished(read, name):
    """Whoever says that it has ended is finished, whatever is evaluated or drawn after that."""
    ended = judge_state(read(name).run, silent_s=2 * STALL_FLOOR_S).name

    assert ("stalled" if name in NO_END else "finished") == ended
