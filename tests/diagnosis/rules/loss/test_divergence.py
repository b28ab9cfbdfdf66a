"""`loss-rising`: divergences are told, spikes and designs that rise are not."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def grow(losses: np.ndarray, start: int, top: float) -> np.ndarray:
    """Losses that rise to `top` times their level from a sample on."""
    after = np.arange(len(losses) - start)
    risen = losses.copy()
    risen[start:] = losses[start] * (1 + (top - 1) * np.minimum(after / 20, 1)) + 0.01 * (after % 3)
    return risen


def test_a_rise_is_a_warning_with_its_figures(run_maker, falling):
    """A loss half above its best at the end: best, last, share and the step of the best."""
    found = run_maker.log("train/loss", grow(falling, 150, 1.5)).findings()["loss-rising"]

    assert (Severity.warning, True) == (found.severity, found.active)
    assert found.values["rise"] == pytest.approx(0.5, abs=0.05)
    assert 100 <= found.values["best_step"] <= 152
    assert "go back to a checkpoint" in found.remedy


def test_a_run_that_lost_all_it_had_learned_is_an_error(run_maker, falling):
    """A level far above the first one is an error."""
    found = run_maker.log("train/loss", grow(falling, 150, 8.0)).findings()["loss-rising"]

    assert Severity.error == found.severity


def test_a_loss_that_only_ever_rose_is_found(run_maker):
    """28.3 to 32.6 from the first step on: no fall is needed for a rise."""
    losses = np.linspace(28.3, 32.6, 120) + np.random.default_rng(0).normal(0, 0.3, 120)

    found = run_maker.log("train/loss", losses).findings()["loss-rising"]

    assert "It has not fallen at any time" in found.detail


def test_what_rises_with_the_loss_is_named(run_maker):
    """A divergence that rises beside the loss is part of the proof; a clock is not."""
    noise = np.random.default_rng(0).normal(0, 0.2, (2, 120))
    run_maker.log("train/loss", np.linspace(28, 34, 120) + noise[0])
    run_maker.log("train/kl", np.linspace(9.4, 12, 120) + 0.1 * noise[1])
    run_maker.log("train/time", np.arange(120.0))

    detail = run_maker.findings()["loss-rising"].detail

    assert "train/kl rose with it, 9." in detail
    assert "train/time" not in detail


def test_a_loss_that_jumped_at_once_is_found(run_maker):
    """7.1 at step 0 and 60 to 200 ever after: the first sample was the best there was."""
    losses = np.concatenate([[7.1], np.random.default_rng(0).uniform(60, 200, 44)])

    assert Severity.error == run_maker.log("train/loss", losses).findings()["loss-rising"].severity


def test_a_first_sample_that_was_a_fraction_is_no_rise(run_maker, falling):
    """A running mean that starts at a tenth of the loss, after which it falls, is no divergence."""
    losses = np.concatenate([[0.5], falling])

    assert "loss-rising" not in run_maker.log("train/loss", losses).findings()


def test_a_spike_that_recovered_is_over(run_maker, falling):
    """A loss that doubled for 20 samples and came back: info, and not active."""
    falling[100:120] += 4.0

    found = run_maker.log("train/loss", falling).findings()["loss-rising"]

    assert (Severity.info, False) == (found.severity, found.active)


def test_a_rise_before_a_nan_is_not_over(run_maker, falling):
    """The same spike is a warning when the loss then became NaN."""
    falling[150:170] += 4.0
    losses = np.concatenate([falling, [np.nan]])

    found = run_maker.log("train/loss", losses).findings()["loss-rising"]

    assert (Severity.warning, True) == (found.severity, found.active)
    assert "before it became NaN" in found.title


def test_single_samples_that_jump_are_no_rise(run_maker, falling):
    """One sample in forty at three times its level: not a word."""
    falling[::40] *= 3

    assert "loss-rising" not in run_maker.log("train/loss", falling).findings()


def test_a_total_under_a_rising_weight_is_no_divergence(run_maker):
    """3.3 to 9.5 while the weight goes 0.1 to 0.7: as much as it explains, so nothing is said."""
    noise = np.random.default_rng(0).normal(0, 0.1, 100)
    run_maker.log("train/loss", np.linspace(3.3, 9.5, 100) + noise)
    run_maker.log("weight/kd", np.linspace(0.1, 0.7, 100))

    assert "loss-rising" not in run_maker.findings()


def test_a_weight_explains_no_more_than_its_own_rise(run_maker):
    """Five times the loss under 1.4 times the weight: that is a rise."""
    noise = np.random.default_rng(0).normal(0, 0.1, 100)
    run_maker.log("train/loss", np.linspace(3.3, 16, 100) + noise)
    run_maker.log("weight/kd", np.linspace(0.5, 0.7, 100))

    assert "loss-rising" in run_maker.findings()


def test_a_rate_that_starts_again_may_raise_the_loss(run_maker, falling):
    """After a warm restart of the schedule the loss stands higher for a while, as it should."""
    rate = np.concatenate([np.linspace(1, 0.01, 150), np.linspace(1, 0.7, 50)]) * 1e-3
    falling[150:] += 0.6

    assert "loss-rising" not in run_maker.log("train/loss", falling).log("lr", rate).findings()


def test_hovering_near_zero_is_no_rise(run_maker):
    """From 3.6 to 0.002, then between 0.001 and 0.006: what was learned is not lost."""
    rng = np.random.default_rng(0)
    losses = np.concatenate(
        [3.6 * np.exp(-np.arange(60) / 8), 0.003 * np.exp(rng.normal(0, 0.5, 90))]
    )

    assert "loss-rising" not in run_maker.log("train/loss", losses).findings()


def test_a_loss_below_zero_is_judged_by_its_rise_too(run_maker):
    """A log-likelihood that falls from 0 to -50 is well; one that comes back to -20 is not."""
    noise = np.random.default_rng(0).normal(0, 1.0, 200)
    down = -50 * (1 - np.exp(-np.arange(200) / 40)) + noise
    back = np.where(np.arange(200) > 150, down + 30, down)

    assert "loss-rising" not in run_maker.log("train/loss", down).findings()
    assert "loss-rising" in type(run_maker)().log("train/loss", back).findings()


def test_losses_that_play_a_game_are_not_judged(run_maker):
    """A generator's loss rises while the discriminator learns: no alarm."""
    rising = np.linspace(1, 3, 100)
    run_maker.log("train/loss", rising).log("train/D_A", rising).log("train/G_A", rising)

    assert "loss-rising" not in run_maker.findings()


def test_a_second_attempt_starts_with_a_clean_sheet(run_maker, falling):
    """A run that starts over in the same log begins high; that is no rise."""
    steps = np.concatenate([np.arange(200), np.arange(60)])
    losses = np.concatenate([falling, falling[:60]])

    assert "loss-rising" not in run_maker.log("train/loss", losses, steps).findings()


def test_a_handful_that_rises_in_order_is_a_remark(run_maker):
    """14.1 to 17.0 in five prints, each higher than the last: too few for more than info."""
    found = run_maker.log("train/loss", [14.1, 14.9, 15.2, 16.4, 17.0]).findings()["loss-rising"]

    assert Severity.info == found.severity
    assert "each of the 5 samples of train/loss is higher than the one before" in found.title


def test_a_handful_out_of_order_says_nothing(run_maker):
    """Eleven samples that rise but for one are no trend."""
    losses = [*np.linspace(1, 2, 10), 1.9]

    assert "loss-rising" not in run_maker.log("train/loss", losses).findings()


def test_evaluations_that_only_rise_are_a_remark(run_maker):
    """Ten evaluations, each above the first, are told although ten train losses say nothing."""
    train = np.array([4.6, 4.65, 4.66, 4.62, 4.58, 4.69, 4.61, 4.59, 4.66, 4.66])
    run_maker.log("train/loss", train).log("eval/loss", 304 + 2 * np.sqrt(np.arange(10)))

    found = run_maker.findings()["loss-rising"]

    assert Severity.info == found.severity
    assert "has only risen since the first evaluation" in found.title


def test_evaluations_of_which_one_is_below_the_first_are_none(run_maker):
    """One evaluation below the first one refutes the remark."""
    held = 304 + 2 * np.sqrt(np.arange(10))
    held[4] = 303.9
    run_maker.log("train/loss", np.full(10, 4.6) + np.resize([0, 0.1], 10)).log("eval/loss", held)

    assert "loss-rising" not in run_maker.findings()


def test_the_attempt_before_a_young_one_is_still_judged(run_maker):
    """Six samples into a new attempt, the jump of the one before is told as over."""
    before, now = [7.1, *np.linspace(80, 120, 39)], [7.1, 203, 151, 77, 51, 38]
    steps = [*np.arange(40), *np.arange(6)]

    found = run_maker.log("train/loss", [*before, *now], steps).findings()["loss-rising"]

    assert not found.active
    assert found.title.startswith("in the attempt before this one train/loss rises")


def test_a_steep_rise_is_told_after_three_samples(run_maker):
    """On a curve of 46 quiet samples three that rise by a tenth each suffice."""
    loss = 3 + 7 / (1 + np.arange(30)) + np.resize([0, 0.002], 30)
    rise = loss[-1] * np.array([1.11, 1.22, 1.33])

    assert "loss-rising" in run_maker.log("train/loss", [*loss, *rise]).findings()


def test_one_high_sample_is_no_rise(run_maker):
    """However high it is."""
    loss = 3 + 7 * np.exp(-np.arange(30) / 4) + np.resize([0, 0.002], 30)

    assert "loss-rising" not in run_maker.log("train/loss", [*loss, 300.0]).findings()


def test_a_noisy_loss_at_twice_its_best_is_rising(run_maker):
    """A scatter of 30 % hides no doubling that lasts a quarter of the run."""
    scatter = np.exp(0.3 * np.random.default_rng(5).standard_normal(400))
    level = np.where(np.arange(400) < 300, 1.0, 2.0) * (1 + 4 * np.exp(-np.arange(400) / 40))

    found = run_maker.log("train/loss", scatter * level).findings()

    assert Severity.warning <= found["loss-rising"].severity
    assert "on-course" not in found


def test_a_noisy_loss_at_its_best_is_not_rising(run_maker):
    """The same scatter about a level that stays."""
    scatter = np.exp(0.3 * np.random.default_rng(5).standard_normal(400))

    found = run_maker.log("train/loss", scatter * (1 + 4 * np.exp(-np.arange(400) / 40))).findings()

    assert "loss-rising" not in found


def test_a_jump_among_nine_samples_is_a_remark(run_maker):
    """Five samples at three times the level of the four before are worth a word."""
    losses = [2.2, 2.0, 1.9, 1.85, 6.1, 6.6, 6.5, 6.4, 6.55]

    found = run_maker.log("train/loss", losses, np.arange(0, 450, 50)).findings()["loss-spike"]

    assert Severity.info == found.severity
    assert "jumped at step 200" in found.title


def test_equal_losses_under_a_counter_that_stands_are_other_runs(run_maker, falling):
    """`Epoch 1/1` throughout, and at last one number four times: no rise of the same run."""
    losses = np.append(falling, np.full(4, 3 * falling[-1]))
    found = run_maker.log("train/loss", losses, np.ones(len(losses)), axis="epoch").findings()

    assert not {"loss-rising", "loss-spike"} & set(found)
