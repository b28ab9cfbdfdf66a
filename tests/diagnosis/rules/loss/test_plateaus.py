"""Losses that stopped falling, and losses that swing."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


@pytest.fixture
def stopped() -> np.ndarray:
    """(400,) a loss that falls to 3 in its first half and stays, with 0.5 % of noise."""
    t = np.minimum(np.arange(400) / 200, 1)
    return np.asarray((3 + 5 * np.exp(-5 * t)) * np.random.default_rng(0).normal(1, 0.005, 400))


def test_plateau_is_a_remark_with_its_rate(run_maker, stopped):
    """The level, the interval of the trend, and where the lr stands."""
    found = run_maker.log("train/loss", stopped).log("lr", np.full(400, 3e-4)).findings()["plateau"]

    assert Severity.info == found.severity
    assert found.values["level"] == pytest.approx(3.03, abs=0.02)
    assert found.values["change_low"] <= found.values["change"] <= found.values["change_high"]
    assert 1.0 == found.values["rate_share"]
    assert "still at 100 %" in found.detail


def test_rate_at_its_floor_is_said(run_maker, stopped):
    """A schedule that has come down explains a plateau."""
    rate = 3e-4 * np.maximum(1 - np.arange(400) / 300, 0.01)
    found = run_maker.log("train/loss", stopped).log("lr", rate).findings()["plateau"]

    assert "has come down" in found.detail


def test_a_loss_that_falls_is_no_plateau(run_maker, falling):
    """A language model's last quarter still gains."""
    assert "plateau" not in run_maker.log("train/loss", falling).findings()


def test_a_loss_that_never_fell_is_flat_and_no_plateau(run_maker):
    """What did not learn has not stopped learning."""
    loss = np.random.default_rng(0).normal(4.7, 0.01, 400)
    found = run_maker.log("train/loss", loss).findings()

    assert ("plateau" in found, "flat-loss" in found) == (False, True)


def test_swing_to_and_fro_is_found(run_maker):
    """Every other log is higher by a half: a swing, not noise."""
    loss = np.concatenate([np.linspace(9, 2, 60), 2 + 0.5 * (np.arange(60) % 2)])
    found = run_maker.log("train/loss", loss).findings()["oscillating-loss"]

    assert found.values["swing"] == pytest.approx(0.22, abs=0.03)
    assert 1.0 == found.values["turns"]


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_no_swing(run_maker, seed):
    """White noise of a quarter of the level turns at two samples of three."""
    loss = np.random.default_rng(seed).normal(2, 0.5, 100)

    assert "oscillating-loss" not in run_maker.log("train/loss", loss).findings()


def test_a_noisy_loss_that_stood_for_half_of_the_run_is_a_plateau(run_maker):
    """Its last quarter alone scatters too much to tell."""
    rng = np.random.default_rng(3)
    loss = np.r_[np.linspace(4, 2, 150), np.full(150, 2.0)] * (1 + rng.normal(0, 0.02, 300))

    found = run_maker.log("train/loss", loss).findings()["plateau"]

    assert "last 50 % of the run" in found.detail


def test_twelve_samples_that_all_turn_are_a_swing(run_maker):
    """Of 24 samples in all, half of which fell before."""
    loss = np.r_[np.linspace(4, 2, 12), 2 + 0.4 * (-1.0) ** np.arange(12)]

    assert "oscillating-loss" in run_maker.log("train/loss", loss).findings()
