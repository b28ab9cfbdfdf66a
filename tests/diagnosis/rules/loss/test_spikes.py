"""Jumps of the loss and of the gradient norm: an alarm only for what did not come back."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


@pytest.mark.parametrize("length", [1, 3, 30])
def test_spike_that_came_back_is_a_remark(run_maker, falling, length):
    """A jump that is over is counted, with its height, and is no alarm."""
    falling[100 : 100 + length] *= 2.5
    found = run_maker.log("train/loss", falling).findings()["loss-spike"]

    assert (Severity.info, False, 1.0) == (found.severity, found.active, found.values["spikes"])
    assert found.values["times"] == pytest.approx(2.5, rel=0.1)
    assert ("slowly" if length > 10 else "fast") in found.title


@pytest.mark.parametrize("since", [5, 20, 60])
def test_spike_that_stays_is_a_warning(run_maker, falling, since):
    """Five samples above all before it are enough."""
    falling[-since:] *= 1.4
    found = run_maker.log("train/loss", falling).findings()["loss-spike"]

    assert (Severity.warning, True) == (found.severity, found.active)
    assert 200.0 - since == found.steps[0]


def test_great_jump_is_told_after_three_samples(run_maker, falling):
    """A quarter above the highest before it, thrice, needs no more proof."""
    falling[-3:] *= 2.5

    assert (
        Severity.warning == run_maker.log("train/loss", falling).findings()["loss-spike"].severity
    )


def test_jump_with_a_raised_weight_is_by_design(run_maker, falling):
    """A total that jumps where a weight was raised is no spike."""
    weight = np.where(np.arange(200) < 180, 0.1, 1.0)
    run_maker.log("train/loss", falling * np.where(weight > 0.5, 1.5, 1.0)).log("weight/kd", weight)

    assert "loss-spike" not in run_maker.findings()


def test_gradient_norm_is_named(run_maker, falling):
    """What the norm did stands beside the spike."""
    norm = np.full(200, 0.24)
    norm[99:101] = 960.0
    falling[100] *= 2.5
    found = (
        run_maker.log("train/loss", falling).log("train/grad_norm", norm).findings()["loss-spike"]
    )

    assert "train/grad_norm was 960" in found.detail


class TestSurge:
    """The gradient norm leaves its range before the loss does."""

    def test_bloom(self, run_maker, falling):
        """0.24 -> 0.947, 2.39, 15.9 warns while the loss has not moved."""
        norm = 0.24 * np.exp(np.random.default_rng(0).normal(0, 0.1, 200))
        norm[-3:] = 0.947, 2.39, 15.9
        found = run_maker.log("train/loss", falling).log("train/grad_norm", norm).findings()

        assert Severity.warning == found["grad-norm-surge"].severity
        assert found["grad-norm-surge"].values["norm"] == pytest.approx(15.9)
        assert "loss-spike" not in found

    @pytest.mark.parametrize("last", [(0.24, 0.24, 15.9), (0.3, 0.5, 0.6)])
    def test_one_high_norm_or_a_creeping_one_is_none(self, run_maker, last):
        """One batch is an accident, twice the usual is noise."""
        norm = 0.24 * np.exp(np.random.default_rng(0).normal(0, 0.1, 200))
        norm[-3:] = last

        assert "grad-norm-surge" not in run_maker.log("train/grad_norm", norm).findings()


def test_a_number_that_is_logged_four_times_is_one_sample(run_maker):
    """Each loss stands for four logs: one high measurement, logged four times, is no lasting jump.

    The same jump over five measurements is.
    """
    level = 1.5 + np.random.default_rng(0).normal(0, 0.01, 12)
    once, lasting = np.append(level, 2.5), np.append(level, np.linspace(2.5, 2.6, 5))

    found = run_maker.log("train/loss", np.repeat(once, 4)).findings()
    later = type(run_maker)().log("train/loss", np.repeat(lasting, 4)).findings()

    assert "loss-spike" not in found
    assert Severity.warning == later["loss-spike"].severity
