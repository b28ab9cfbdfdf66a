"""How far, how fast, how long still."""

import math
from dataclasses import replace

import numpy as np
import pytest

from logwatch.metrics.pace import Pace, measure_pace, measure_rate, newest_step, rate_by_time
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Progress

BAR = RunView(progress=Progress(step=2065, total=24941, steps_per_s=0.617))


def make_series(name: str, value: list[float], time: list[float] | None = None) -> SeriesView:
    """Samples at the steps 10, 20, 30 ..., one a line."""
    count = len(value)
    step = 10.0 * np.arange(1, count + 1)
    unknown = np.full(count, np.nan)
    times = unknown if time is None else np.array(time)
    line = np.arange(1, count + 1)
    return SeriesView(name, "step", np.array(value), step, unknown, times, line, 20 * line)


def make_run(*series: SeriesView, progress: Progress | None = None) -> RunView:
    """A run of these series."""
    return RunView({one.name: one for one in series}, progress=progress or Progress())


def test_the_log_says_how_far_it_is() -> None:
    """Step, total and speed of the bar give the share and the time that is left."""
    pace = measure_pace(BAR)

    assert (2065, 24941, "printed") == (pace.step, pace.total, pace.basis)
    assert round((24941 - 2065) / 0.617) == round(pace.eta_s)


def test_without_a_bar_the_newest_sample_tells_the_step() -> None:
    """Nothing is guessed about the end."""
    pace = measure_pace(make_run(make_series("train/loss", [3.0, 2.0])))

    assert 20.0 == pace.step
    assert math.isnan(pace.share) and math.isnan(pace.eta_s)


def test_speed_may_be_a_metric() -> None:
    """Seconds a step are as good as steps a second."""
    run = make_run(make_series("step_time_s", [2.0, 2.0, 2.0]))

    assert (0.5, "printed") == measure_rate(run)


def test_a_pause_does_not_tell_the_printed_rate() -> None:
    """The newest sample of a rate may be that of an evaluation: the median of many counts."""
    assert 3.0 == measure_rate(make_run(make_series("steps_per_s", [3.0] * 9 + [0.03])))[0]


def test_timestamps_tell_the_rate_with_its_pauses() -> None:
    """Ten steps in 10 s, with a minute of evaluation: the clock is believed, not the print."""
    time = [0.0, 10.0, 20.0, 90.0, 100.0]
    run = make_run(
        make_series("train/loss", [3.0] * 5, time), make_series("steps_per_s", [1.0] * 5)
    )

    assert (pytest.approx(40 / 100), "timestamps") == measure_rate(run)


def test_a_restart_begins_the_rate_anew() -> None:
    """What an earlier attempt took, and the time between them, say nothing of this one."""
    position = np.array([0.0, 100.0, 200.0, 100.0, 200.0])
    time = np.array([0.0, 1.0, 2.0, 9000.0, 9100.0])

    assert 1.0 == rate_by_time(position, time)


@pytest.mark.parametrize("time", [[], [5.0], [5.0, 5.0], [0.0, 3.0], [math.nan, math.nan]])
def test_too_little_time_tells_no_rate(time: list[float]) -> None:
    """Whole seconds over less than ten of them are no measurement."""
    assert math.isnan(rate_by_time(np.arange(len(time), dtype=float), np.array(time)))


def test_arrival_tells_the_rate_where_nothing_else_does() -> None:
    """A log without time and rate still ends some day; a rate that is printed is better."""
    bare = make_run(make_series("train/loss", [3.0, 2.0]), progress=Progress(step=20, total=100))

    assert (80 / 4.0, "arrival") == (measure_pace(bare, 4.0).eta_s, measure_pace(bare, 4.0).basis)
    assert "printed" == measure_pace(BAR, 4.0).basis


def test_epochs_count_where_there_are_no_steps() -> None:
    """A log that counts epochs only is told in epochs."""
    pace = measure_pace(RunView(progress=Progress(epoch=5, epochs=20)))

    assert ("epoch", 0.25) == (pace.unit, pace.share)


@pytest.mark.parametrize(("first", "passed"), [(0.0, 2.5), (1.0, 1.5)])
def test_a_bar_of_one_epoch_is_a_part_of_the_run(first: float, passed: float) -> None:
    """In the middle of epoch 2 of 10, counted from 0 or from 1; the end is the run's."""
    series = replace(make_series("train/loss", [3.0]), epoch=np.array([first]))
    progress = Progress(step=50, total=100, epoch=2, epochs=10, steps_per_s=2.0)
    pace = measure_pace(make_run(series, progress=progress))

    assert Pace(passed, 10, 0.02, "epoch", "printed", 2.0) == pace
    assert (10 - passed) * 50 == pytest.approx(pace.eta_s)


def test_a_total_of_the_whole_run_is_one() -> None:
    """The share of the steps agrees with that of the epochs: the bar counts the run."""
    pace = measure_pace(RunView(progress=Progress(step=150, total=1000, epoch=2, epochs=10)))

    assert ("step", 0.15) == (pace.unit, pace.share)


def test_a_bar_beyond_its_total_has_no_time_left() -> None:
    """A count that is off by a few steps does not end in the past."""
    over = replace(BAR, progress=replace(BAR.progress, step=24950.0))

    assert (0.0, 1.0) == (measure_pace(over).eta_s, measure_pace(over).share)


@pytest.mark.parametrize("rate", [None, 0.0, math.nan])
def test_no_end_is_made_up(rate: float | None) -> None:
    """Without a rate nobody knows when the run ends."""
    run = replace(BAR, progress=replace(BAR.progress, steps_per_s=rate))

    assert math.isnan(measure_pace(run).eta_s)


def test_no_step_is_made_up() -> None:
    """A run that counts nothing has no step."""
    assert math.isnan(newest_step(RunView()))
