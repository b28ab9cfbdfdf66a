"""Findings on a run against another: worse, better, level, or not comparable."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.diagnosis.config import Config
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question
from logwatch.diagnosis.rules.progress.baseline import compare_with_baseline, sign_test
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.session import Session
from logwatch.sources.dialects.load import load_library


def compare(run: RunView, base: RunView | None) -> list[Finding]:
    """What is said about the run against the baseline."""
    return list(compare_with_baseline(run, Question(baseline=base)))


@pytest.fixture
def losses(run_maker):
    """Make a run from (n,) losses, at steps 0, 1, 2, ... unless told."""
    return lambda values, steps=(), name="train/loss": (
        type(run_maker)().log(name, values, steps).view()
    )


def test_nothing_without_a_baseline(losses, falling: np.ndarray) -> None:
    """Without a baseline there is nothing to say."""
    assert [] == compare(losses(falling), None)


def test_worse_run_is_a_warning(losses, falling: np.ndarray) -> None:
    """A loss that is 5 % higher all along is worse, by how much and since when."""
    (found,) = compare(losses(1.05 * falling), losses(falling))
    assert ("worse-than-baseline", Severity.warning) == (found.rule, found.severity)
    assert 0.05 == pytest.approx(found.values["difference"])
    assert (200, 0) == (found.values["pairs"], found.values["since"])
    assert found.values["p"] < 0.001
    assert "5 % above the baseline's at step 199" in found.title
    assert "p < 0.001" in found.detail
    assert found.remedy


def test_better_run_is_good_news(losses, falling: np.ndarray) -> None:
    """A loss that is 5 % lower is better, which is good news."""
    (found,) = compare(losses(0.95 * falling), losses(falling))
    assert ("better-than-baseline", Severity.ok) == (found.rule, found.severity)
    assert "below" in found.title
    assert "" == found.remedy


def test_noise_alone_is_level(losses, falling: np.ndarray) -> None:
    """Two runs that differ by noise alone are level."""
    noise = np.random.default_rng(5).normal(1, 0.02, len(falling))
    (found,) = compare(losses(noise * falling), losses(falling))
    assert ("level-with-baseline", Severity.info) == (found.rule, found.severity)
    assert math.isnan(found.values["p"])


def test_first_step_of_the_difference_is_told(losses, falling: np.ndarray) -> None:
    """A run that goes wrong at step 120 is said to differ since about then."""
    worse = np.where(np.arange(200) < 120, falling, 1.1 * falling)
    (found,) = compare(losses(worse), losses(falling))
    assert 116 <= found.values["since"] <= 124
    assert f"clear since step {found.values['since']:g}" in found.detail


def test_accuracy_is_better_when_higher(losses, falling: np.ndarray) -> None:
    """Of a metric that rises the higher run is the better one."""
    high, low = (losses(scale / falling, name="eval/accuracy") for scale in (1.1, 1.0))
    (found,) = compare(high, low)
    assert "better-than-baseline" == found.rule
    assert found.values["difference"] > 0


def test_few_pairs_are_no_warning(losses) -> None:
    """With three equal steps a difference is told, but not as proven."""
    (found,) = compare(losses([3.3, 2.2, 1.1]), losses([3.0, 2.0, 1.0]))
    assert ("worse-than-baseline", Severity.info) == (found.rule, found.severity)
    assert "too short for a sign test" in found.detail
    assert math.isnan(found.values["p"])


def test_other_intervals_are_read_between_steps(losses) -> None:
    """A baseline that logs every 10 steps is compared with a run that logs every 3."""
    steps, tens = np.arange(1, 200, 3), np.arange(5, 200, 10)
    (found,) = compare(losses(400.0 - steps, steps), losses((400.0 - tens) / 1.05, tens))
    assert 0.05 == pytest.approx(found.values["difference"], abs=0.001)


def test_longer_run_is_compared_where_both_are(losses, falling: np.ndarray) -> None:
    """Steps that the baseline has not reached do not count."""
    (found,) = compare(losses(falling), losses(falling[:80]))
    assert (80, (0, 79)) == (found.values["pairs"], found.steps)


def test_runs_without_a_common_step_are_told(losses) -> None:
    """Where the steps do not meet it is said which each has."""
    (found,) = compare(losses([3, 2, 1], [1, 2, 3]), losses([3, 2, 1], [11, 12, 13]))
    assert "no-common-steps" == found.rule
    assert "steps 1-3" in found.detail and "steps 11-13" in found.detail


def test_other_axes_are_told(run_maker, losses) -> None:
    """Epochs are not compared with steps."""
    run = run_maker.log("train/loss", [3, 2, 1], axis="epoch").view()
    (found,) = compare(run, losses([3, 2, 1]))
    assert "This log counts epochs, the baseline's steps." == found.detail


def test_no_common_metric_is_told(losses) -> None:
    """Runs without a common loss are told apart in one line."""
    (found,) = compare(losses([3, 2]), losses([3, 2], name="train/accuracy"))
    assert "no loss in common with the baseline" == found.title


def test_values_around_zero_do_not_break_it(losses) -> None:
    """A baseline that touches zero is compared on the scale of its median."""
    base = np.linspace(1, 0, 50)
    (found,) = compare(losses(base + 0.1), losses(base))
    assert "worse-than-baseline" == found.rule
    assert math.isfinite(found.values["difference"])


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=100))
def test_a_run_is_level_with_itself(values: list[float]) -> None:
    """No run is better or worse than itself."""
    column, count = np.array(values), np.arange(len(values))
    view = SeriesView(
        "train/loss", "step", column, count.astype(float), column, column, count, count
    )
    run = RunView({"train/loss": view})
    (found,) = compare(run, run)
    assert ("level-with-baseline", 0.0) == (found.rule, found.values["difference"])


@pytest.mark.parametrize(
    ("agree", "against", "chance"),
    [(6, 0, 2 / 2**6), (10, 0, 2 / 2**10), (8, 2, 112 / 2**10), (5, 5, 1.0)],
)
def test_sign_test_is_the_binomial_tail(agree: int, against: int, chance: float) -> None:
    """The probability is that of a fair coin, two-sided."""
    difference = np.array([1.0] * agree + [-1.0] * against)
    assert chance == pytest.approx(sign_test(difference, 1.0))


def test_sign_test_of_five_says_nothing() -> None:
    """Five of five on one side are too few."""
    assert math.isnan(sign_test(np.ones(5), 1.0))


def test_first_case(shared: Path) -> None:
    """The new job is 4 to 5 % above the old one at both ends, which proves nothing yet."""
    runs = []
    for name in ("slurm-13505008.out", "slurm-13503904.out"):
        session = Session(load_library()[0])
        session.feed((shared / "seed_cases" / name).read_bytes())
        session.finish()
        runs.append(session.view())
    (found,) = compare(*runs)
    assert "worse-than-baseline" == found.rule
    assert 0.04 <= found.values["difference"] <= 0.05
    assert "(3.07 against 2.94)" in found.title
    assert "It began at +5.2 % (step 1) and was at -8.4 % near step 10" in found.detail


class TestAlongside:
    """Runs that count differently, or that are to be compared at something else than steps."""

    @staticmethod
    def view(
        values: np.ndarray, name: str, *, axis: str = "step", **columns: np.ndarray
    ) -> RunView:
        """A run whose train/loss has these columns."""
        count = len(values)
        unknown = np.full(count, np.nan)
        place = np.arange(count)
        columns = {"step": place * 1.0, "epoch": unknown, "time": unknown, **columns}
        series = SeriesView("train/loss", axis, values, **columns, line=place + 1, offset=place * 9)
        return RunView({"train/loss": series}, lines=count)

    def test_epochs_where_one_log_has_no_steps(self, falling: np.ndarray) -> None:
        """The mean of the steps of each epoch is compared with the other log's epoch."""
        epochs = np.repeat(np.arange(1.0, 21.0), 10)
        means = falling.reshape(20, 10).mean(axis=1)
        run = self.view(1.05 * falling, "run", epoch=epochs)
        base = self.view(means, "base", axis="epoch", step=np.arange(1.0, 21.0))
        (found,) = compare(run, base)
        assert "worse-than-baseline" == found.rule
        assert 0.05 == pytest.approx(found.values["difference"])
        assert 20 == found.values["pairs"]
        assert "at epoch 20" in found.title

    def test_time_where_that_was_asked_for(self, falling: np.ndarray) -> None:
        """A run that makes the same steps at half the speed is worse at equal time."""
        seconds = np.arange(200.0)
        slow = self.view(falling, "run", time=1e9 + 2 * seconds)
        fast = self.view(falling, "base", time=2e9 + seconds)
        asked = Question(baseline=fast, config=Config(compare="time"))
        (found,) = compare_with_baseline(slow, asked)
        assert "worse-than-baseline" == found.rule
        assert "at second 198" in found.title
        assert "level-with-baseline" == compare(slow, fast)[0].rule

    def test_axis_that_one_log_has_not(self, falling: np.ndarray) -> None:
        """What cannot be compared as asked is told, and not compared otherwise."""
        run = self.view(falling, "run")
        asked = Question(baseline=run, config=Config(compare="epoch"))
        (found,) = compare_with_baseline(run, asked)
        assert ("no-common-steps", Severity.info) == (found.rule, found.severity)
        assert "which one of the logs does not tell" in found.detail
