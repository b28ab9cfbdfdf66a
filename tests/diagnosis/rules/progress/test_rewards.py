"""Runs of reinforcement learning are judged by their rewards."""

import numpy as np

from logwatch.diagnosis.finding import Severity

RISE = np.concatenate([np.linspace(0.2, 0.8, 60), np.zeros(60)])


def noisy(values, seed=0, scatter=0.05):
    return values + np.random.default_rng(seed).normal(0, scatter, len(values))


def test_a_reward_that_falls_to_nothing_has_collapsed(run_maker):
    """The loss of such a run stays level; the reward is what shows it."""
    run = run_maker.log("train/reward", RISE).log("train/loss", np.full(120, 0.001))

    found = run.findings()["reward-collapse"]

    assert Severity.warning == found.severity
    assert 0 == found.values["now"]
    assert found.values["best"] > 0.7


def test_a_reward_that_swings_has_not_collapsed(run_maker):
    """Rewards of healthy runs come and go by a fifth of their level."""
    swing = 0.6 + 0.12 * np.sin(np.arange(200) / 8)

    found = run_maker.log("train/reward", noisy(swing)).findings()

    assert "reward-collapse" not in found


def test_a_reward_that_rises_is_good_news(run_maker):
    """It is the main metric of such a run, whatever its loss does."""
    run = run_maker.log("train/ep_rew_mean", noisy(np.linspace(10, 100, 100), scatter=5.0))

    found = run.log("train/loss", np.linspace(0.1, 3, 100)).findings()

    assert Severity.ok == found["reward-rising"].severity
    assert not [one for one in found.values() if one.severity >= Severity.warning]


def test_a_reward_without_a_trend_is_a_remark(run_maker):
    """No rise in a hundred samples is worth a look, not an alarm."""
    found = run_maker.log("train/reward", noisy(np.full(100, 0.3))).findings()

    assert Severity.info == found["reward-flat"].severity


def test_a_divergence_that_runs_away_is_a_warning_where_the_reward_falls(run_maker):
    """A policy may leave its reference where that pays."""
    away = np.exp(np.linspace(-6, 4, 120))

    alone = run_maker.log("train/kl", away).log("train/reward", noisy(np.linspace(0, 1, 120)))

    assert Severity.info == alone.findings()["kl-high"].severity


def test_a_divergence_that_runs_away_and_costs_the_reward_is_a_warning(run_maker):
    """Then the policy is lost."""
    away = np.exp(np.linspace(-6, 4, 120))

    found = run_maker.log("train/kl", away).log("train/reward", RISE).findings()

    assert Severity.warning == found["kl-high"].severity


def test_an_entropy_next_to_nothing_is_a_remark(run_maker):
    """Stable-Baselines3 logs it as its negative."""
    run = run_maker.log("train/entropy_loss", -np.exp(np.linspace(0, -5, 60)))

    found = run.log("train/ep_rew_mean", np.linspace(0, 1, 60)).findings()

    assert Severity.info == found["entropy-collapse"].severity
