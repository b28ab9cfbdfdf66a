"""Several runs in one chart."""

import math

import numpy as np

from logwatch.metrics.run import RunView
from logwatch.tui.plotting.overlay import Overlaid, build_overlay, shared_metrics
from logwatch.tui.plotting.scenes import Scene
from tests.tui.fakes import make_run, make_samples, make_snapshot


def overlay(*runs: RunView, baseline: bool = True, total: int | None = None) -> Scene:
    """The loss of runs A, B, ...; the first is the baseline if one is wanted."""
    drawn = [
        Overlaid(at, letter, make_snapshot(run))
        for at, (letter, run) in enumerate(zip("ABCDE", runs, strict=False))
    ]
    base = drawn[0] if baseline else None
    return build_overlay(drawn, "train/loss", "step", base, total or len(drawn))


def losses(*values: float) -> RunView:
    """A run with these losses at steps 1, 2, ..."""
    return make_run(make_samples("train/loss", values))


def epochs(*values: float) -> RunView:
    """A run that counts epochs alone."""
    nowhere = np.full(len(values), np.nan)
    counted = np.arange(1.0, len(values) + 1)
    return make_run(make_samples("train/loss", values, step=nowhere, epoch=counted))


def test_runs_are_compared_at_equal_step() -> None:
    """A run at step 3 is told against what the other was at step 3, not against its end."""
    scene = overlay(losses(4.0, 3.0, 2.0, 1.0), losses(4.0, 3.0, 2.5))

    assert ["A", "B +25.0 %"] == [trace.label for trace in scene.traces]
    assert "% from A at equal step" == scene.note


def test_nothing_is_compared_unasked() -> None:
    """Two logs on one screen need not be of one experiment."""
    scene = overlay(losses(4.0, 3.0), losses(4.0, 2.0), baseline=False)

    assert (["A", "B"], "") == ([trace.label for trace in scene.traces], scene.note)


def test_epochs_are_not_drawn_along_steps() -> None:
    """A run that counts epochs has no place among steps; the chart says so."""
    scene = overlay(losses(4.0, 3.0), epochs(4.0, 3.0))

    assert ["A"] == [trace.label for trace in scene.traces]
    assert "1 of 2 runs drawn, 1 counts epochs, % from A at equal step" == scene.note


def test_most_runs_decide_what_x_is() -> None:
    """One run without steps, which happens to come first, does not keep the others out."""
    scene = overlay(epochs(4.0), losses(4.0), losses(3.0), baseline=False)

    assert ["B", "C"] == [trace.label for trace in scene.traces]


def test_runs_without_the_metric_are_told() -> None:
    """What is missing in a chart is said, also what was left out of it before."""
    other = make_run(make_samples("eval/loss", [1.0]))

    assert "1 of 40 runs drawn, 1 without it" == overlay(losses(4.0), other, total=40).note.replace(
        ", % from A at equal step", ""
    )


def test_a_diverged_run_has_no_distance() -> None:
    """NaN is so many percent of nothing."""
    scene = overlay(losses(4.0, 3.0), losses(4.0, math.nan))

    assert ["A", "B"] == [trace.label for trace in scene.traces]


def test_the_metric_that_most_runs_have_comes_first() -> None:
    """Runs of different programs are compared in what they share."""
    one = make_run(make_samples("train/kl", [1.0]), make_samples("eval/loss", [1.0]))
    other = make_run(make_samples("eval/loss", [1.0]), make_samples("lr", [1.0]))

    assert "eval/loss" == shared_metrics([one, other])[0]


def test_a_loss_comes_before_what_more_runs_have() -> None:
    """One run with many parts of a loss, or a rate that all have, does not hide the loss."""
    rate = make_run(make_samples("lr", [1.0]))
    parts = make_run(make_samples("train/type", [1.0]), make_samples("lr", [1.0]))

    assert "train/loss" == shared_metrics([parts, rate, losses(3.0), losses(2.0)])[0]
