"""From series to curves."""

import math

import numpy as np
import pytest

from logwatch.tui.live.thinning import Thinning
from logwatch.tui.plotting.axis import Axis
from logwatch.tui.plotting.curves import (
    AUTO,
    Trace,
    View,
    build_curves,
    has_axis,
    name_axis,
    place_x,
    tell_smoothing,
    value_at,
    zoom_by,
)
from logwatch.tui.plotting.plot import FAINT
from tests.tui.fakes import make_run, make_samples, make_series


def test_few_samples_are_drawn_as_they_are() -> None:
    """Nothing is smoothed that the eye can follow."""
    curves, axis = build_curves([Trace(make_series([3.0, 2.0, 1.0]), "loss")], View(), 100)

    assert [[3.0, 2.0, 1.0]] == [curve.y.tolist() for curve in curves]
    assert (1.0, 3.0) == (axis.low, axis.high)


def test_a_crowd_of_samples_gets_a_line_of_means() -> None:
    """The raw samples stay, faintly, and the chart says what the line is."""
    noisy = make_series([1.0, 3.0] * 5000)
    trace = Trace(noisy, "loss", 2, Thinning().extend(noisy.value))
    raw, line = build_curves([trace], View(), 100)[0]

    assert (2 + FAINT, 2) == (raw.owner, line.owner)
    assert [2.0] * len(line.y) == pytest.approx(line.y.tolist())
    assert "line is the mean" == tell_smoothing([trace], View(), 100)


def test_samples_of_what_was_not_read_are_faint() -> None:
    """However the user smooths, they are drawn as they are."""
    trace = Trace(make_series([1.0, 3.0] * 5000), "loss", 2, is_sampled=True)
    curves = [build_curves([trace], View(weight=weight), 100)[0] for weight in (AUTO, 0.9)]

    assert [[2 + FAINT], [2 + FAINT]] == [[curve.owner for curve in some] for some in curves]


def test_the_user_may_choose_the_smoothing() -> None:
    """An EMA is named with its weight, and no smoothing is none."""
    trace = Trace(make_series([1.0, 3.0] * 5000), "loss")

    assert "EMA 0.9" == tell_smoothing([trace], View(weight=0.9), 100)
    assert 1 == len(build_curves([trace], View(weight=0.0), 100)[0])


def test_x_may_be_step_epoch_or_time() -> None:
    """Time counts from the first sample; what the log does not say is no axis."""
    times = np.array([100.0, 160.0, 220.0])
    run = make_run(make_samples("train/loss", [3.0, 2.0, 1.0], time=times))
    series = run.series["train/loss"]

    assert [0.0, 60.0, 120.0] == place_x(series, "time").tolist()
    assert (True, True, False) == tuple(
        has_axis(series, axis) for axis in ("step", "time", "epoch")
    )
    assert "step" == name_axis([Trace(series, "")], "step")


def test_a_zoom_shows_its_part_and_the_neighbours() -> None:
    """Only what is in view is drawn, and one sample at each side to join the line."""
    trace = Trace(make_series([float(n) for n in range(100)]), "loss")
    curves, axis = build_curves([trace], View(zoom=(10.5, 20.5)), 100)

    assert (10.0, 21.0) == (curves[0].x[0], curves[0].x[-1])
    assert Axis(10.5, 20.5) == axis


def test_zooming_in_stays_at_the_newest_end() -> None:
    """Without a cursor the newest samples stay in view; zooming out ends at all of them."""
    near = zoom_by(View(), Axis(0, 100), 0.5, None)
    nearer = zoom_by(near, Axis(0, 100), 0.5, 60.0)

    assert ((50.0, 100.0), (47.5, 72.5)) == (near.zoom, nearer.zoom)
    assert None is zoom_by(near, Axis(0, 100), 2.0, None).zoom


def test_a_value_between_samples_lies_on_the_line() -> None:
    """Equal x need not be a sample of both runs; outside of the samples there is no value."""
    series = make_series([4.0, math.nan, 2.0])

    assert [4.0, 3.0, 2.0] == [value_at(series, "step", x) for x in (1.0, 2.0, 3.0)]
    assert all(math.isnan(value_at(series, "step", x)) for x in (0.5, 3.5))


def test_after_a_restart_the_last_piece_counts() -> None:
    """A run that went back is compared by what it did since."""
    step = np.array([1.0, 2.0, 3.0, 2.0, 3.0])
    run = make_run(make_samples("train/loss", [9.0, 8.0, 7.0, 2.0, 1.0], step=step))
    series = run.series["train/loss"]

    assert 1.5 == value_at(series, "step", 2.5)


def test_what_came_before_a_restart_is_faint() -> None:
    """The attempt that counts is the last one; the others stay, dimmed."""
    step = np.array([1.0, 2.0, 3.0, 2.0, 3.0])
    run = make_run(make_samples("train/loss", [9.0, 8.0, 7.0, 2.0, 1.0], step=step))
    curves, _ = build_curves([Trace(run.series["train/loss"], "", 1)], View(), 100)

    assert [(1 + FAINT, [9.0, 8.0, 7.0]), (1, [2.0, 1.0])] == [
        (curve.owner, curve.y.tolist()) for curve in curves
    ]
