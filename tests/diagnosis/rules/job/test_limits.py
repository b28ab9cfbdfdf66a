"""Logs that fell silent, and runs that will not be done in time."""

from dataclasses import replace

import numpy as np
import pytest

from logwatch.diagnosis.config import Config
from logwatch.diagnosis.engine import diagnose
from logwatch.diagnosis.finding import Severity
from logwatch.diagnosis.rule import Question
from logwatch.parsing.record import Progress


@pytest.fixture
def timed(run_maker, falling):
    """A run of 200 steps, one each 10 s, of 1000."""
    run_maker.progress = Progress(step=199, total=1000)
    run = run_maker.log("train/loss", falling).view()
    view = run.series["train/loss"]
    series = {"train/loss": replace(view, time=1e9 + 10.0 * view.step)}
    return replace(run, series=series)


def ask(run, silent_s=None, **known):
    """Findings by rule."""
    question = Question(silent_s=silent_s, config=Config(**known))
    return {f.rule: f for f in diagnose(run, question)}


@pytest.mark.parametrize(
    ("silent_s", "said"), [(None, False), (90.0, False), (110.0, True), (1e6, False)]
)
def test_silence_is_held_against_usual_gaps(timed, silent_s, said):
    """Ten times the usual gap is silence; an unknown age is none, nor is a file of last month."""
    assert said == ("stalled" in ask(timed, silent_s))


def test_run_that_ended_is_not_silent(run_maker, falling):
    """After a crash nothing more is expected."""
    run_maker.progress = Progress(step=199, total=1000, steps_per_s=1.0)
    run_maker.log("train/loss", falling).note("crash", "ValueError", at=300)

    assert "stalled" not in ask(run_maker.view(), 3600.0)


def test_run_that_is_late_names_the_step_it_stops_at(timed):
    """1000 steps of 10 s do not fit into an hour: it stops near step 360."""
    found = ask(timed, walltime_s=3600.0)["out-of-time"]

    assert Severity.warning == found.severity
    assert found.values["needed_s"] == pytest.approx(10_000, rel=0.02)
    assert found.values["step_then"] == pytest.approx(360, abs=3)


@pytest.mark.parametrize("limit", [0.0, 20_000.0])
def test_run_that_is_in_time_says_nothing(timed, limit):
    """Neither without a limit nor with a wide one."""
    assert "out-of-time" not in ask(timed, walltime_s=limit)


def test_rate_of_the_bar_stands_in_for_times(run_maker, falling):
    """Without times the logged rate tells how long it takes."""
    run_maker.progress = Progress(step=199, total=1000)
    run = run_maker.log("train/loss", falling).log("steps_per_s", np.full(200, 0.1)).view()

    assert "out-of-time" in ask(run, walltime_s=3600.0)
