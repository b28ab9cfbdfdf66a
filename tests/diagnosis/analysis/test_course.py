"""The course of a metric: what training kept, what it reached, when it ends, how fast it goes."""

import math

import numpy as np
import pytest

from logwatch.diagnosis.analysis.course import (
    course,
    known_end,
    pace,
    reached,
    rises,
    split_at,
    stands_above,
)
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Progress


@pytest.mark.parametrize(
    ("name", "higher"),
    [
        ("train/accuracy", True),
        ("eval/acc1", True),
        ("eval/mAP", True),
        ("eval/rewards/margins", True),
        ("tokens_per_s", True),
        ("train/loss", False),
        ("eval/perplexity", False),
        ("train/grad_norm", False),
        ("eval/accuracy_loss", False),
        ("train/macro", False),
    ],
)
def test_direction_of_a_metric_is_known_by_its_name(name: str, higher: bool) -> None:
    """Accuracies, scores and rates rise; losses and all others fall."""
    assert higher == rises(name)


class TestCourse:
    """The samples that training kept."""

    def test_rewound_steps_are_dropped(self, run_maker) -> None:
        """After a resume from step 3 the samples of steps 3 to 5 before it do not count."""
        view = run_maker.log(
            "train/loss", [9, 8, 7, 6, 5, 4, 6.5, 5.5], [1, 2, 3, 4, 5, 3, 4, 5]
        ).view()
        kept = course(view.series["train/loss"])
        assert [9, 8, 4, 6.5, 5.5] == kept.value.tolist()[:2] + kept.value.tolist()[-3:]
        assert (np.diff(kept.step) >= 0).all()

    def test_nan_is_dropped(self, run_maker) -> None:
        """NaN and Inf are no samples of a course."""
        view = run_maker.log("train/loss", [3, math.nan, math.inf, 2]).view()
        assert [3, 2] == course(view.series["train/loss"]).value.tolist()

    def test_plain_series_is_not_copied(self, run_maker) -> None:
        """A million samples in order are passed on as they are."""
        view = run_maker.log("train/loss", [3, 2, 1]).view().series["train/loss"]
        assert view is course(view)


def test_split_leaves_the_line_itself_out(run_maker) -> None:
    """Samples before a line and after it; one on the line belongs to neither side."""
    view = run_maker.log("train/loss", [3, 2, 1]).view().series["train/loss"]
    before, after = split_at(view, int(view.line[1]))
    assert ([3], [1]) == (before.value.tolist(), after.value.tolist())


@pytest.mark.parametrize(
    ("values", "level", "spread", "above"),
    [
        ([5.7, 5.4, 5.2], 0.8, 0.0, True),
        ([0.82, 0.81, 0.8], 0.8, 0.0, False),
        ([1.0, 1.1, 0.9, 1.0, 1.0], 0.8, 0.2, False),
        ([-3.0, -3.0], -5.0, 0.0, True),
        ([], 0.8, 0.0, False),
        ([5.0], math.nan, 0.0, False),
    ],
)
def test_jump_is_more_than_five_percent_and_than_noise(
    values: list, level: float, spread: float, above: bool
) -> None:
    """A loss stands above a level by 5 % of it and by eight standard errors, or not at all."""
    assert above == stands_above(np.array(values), level, spread)


class TestReached:
    """Since when a level is held."""

    def test_first_step_of_the_stay(self, run_maker) -> None:
        """The step is that from which the level held."""
        view = run_maker.log("train/loss", np.linspace(10, 0, 101)).view().series["train/loss"]
        assert 60 == reached(view, 4.0)

    def test_dip_does_not_count(self, run_maker) -> None:
        """One lucky batch below the level has not reached it."""
        values = np.linspace(10, 5, 200)
        values[100] = 1.0
        view = run_maker.log("train/loss", values).view().series["train/loss"]
        assert math.isnan(reached(view, 4.0))

    def test_rising_metric_reaches_from_below(self, run_maker) -> None:
        """An accuracy reaches a level from below."""
        view = run_maker.log("eval/accuracy", np.linspace(0, 1, 101)).view().series["eval/accuracy"]
        assert 80 == reached(view, 0.8, rising=True)

    def test_lost_level_was_reached(self, run_maker) -> None:
        """A level that was held and lost again was reached."""
        values = np.concatenate([np.linspace(10, 2, 80), np.full(40, 2.0), np.linspace(2, 8, 60)])
        view = run_maker.log("train/loss", values).view().series["train/loss"]
        assert 50 <= reached(view, 4.0) <= 65


class TestKnownEnd:
    """The last step, as the log tells it."""

    @pytest.mark.parametrize(
        ("progress", "end"),
        [
            (Progress(step=99, total=1000), 1000.0),
            (Progress(step=99, total=1000, epoch=0.3, epochs=3), 1000.0),
            (Progress(step=99, total=1000, epoch=1, epochs=3), 1000.0),
            (Progress(step=99, total=1000, epoch=2.5, epochs=3), math.nan),
            (Progress(step=99, total=50), math.nan),
            (Progress(), math.nan),
        ],
    )
    def test_total_of_one_epoch_is_not_the_end(
        self, run_maker, progress: Progress, end: float
    ) -> None:
        """A total is believed when the position in it is that in the epochs, and lies ahead."""
        run_maker.progress = progress
        run = run_maker.log("train/loss", np.ones(100)).view()
        assert [end] == pytest.approx([known_end(run, run.series["train/loss"])], nan_ok=True)

    def test_epochs_end_an_axis_of_epochs(self, run_maker) -> None:
        """Where the log counts epochs the number of epochs is the end."""
        run_maker.progress = Progress(epoch=20, epochs=50, total=7)
        run = run_maker.log("train/loss", np.ones(20), axis="epoch").view()
        assert 50 == known_end(run, run.series["train/loss"])


class TestPace:
    """Steps per second."""

    def test_logged_rate_is_taken(self, run_maker) -> None:
        """The median of the newest rates that the log tells."""
        run = run_maker.log("train/loss", [3, 2, 1]).log("steps_per_s", [9.0, 0.5, 0.5]).view()
        assert 0.5 == pace(run, run.series["train/loss"])

    def test_progress_stands_in(self, run_maker) -> None:
        """Without a series the rate of the bar is taken."""
        run_maker.progress = Progress(steps_per_s=2.5)
        run = run_maker.log("train/loss", [3, 2, 1]).view()
        assert 2.5 == pace(run, run.series["train/loss"])

    def test_clock_of_the_log_stands_in(self) -> None:
        """Without any rate the time between samples tells it."""
        column, count = np.arange(3.0), np.arange(3)
        view = SeriesView(
            "train/loss", "step", column, 10 * column, column, 5 * column, count, count
        )
        assert 2.0 == pace(RunView({"train/loss": view}), view)

    def test_unknown_without_any(self, run_maker) -> None:
        """A log without rates and times tells no pace."""
        run = run_maker.log("train/loss", [3, 2, 1]).view()
        assert math.isnan(pace(run, run.series["train/loss"]))
