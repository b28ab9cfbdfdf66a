"""`non-finite`: NaN and what hides it."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def kd_run(run_maker):
    """The distillation run that died: KL 9.41 to 11.17, an eval at 500, NaN at 748."""
    steps = np.arange(0, 748, 4)
    rng = np.random.default_rng(0)
    kl = np.interp(steps, [0, 500, 748], [9.41, 11.17, 11.6]) + rng.normal(0, 0.02, len(steps))
    kl[steps == 0], kl[steps == 500] = 9.41, 11.17
    loss = np.interp(steps, [0, 500, 748], [28.3, 32.6, 25]) + rng.normal(0, 0.3, len(steps))
    run_maker.log("train/loss", [*loss, np.nan], [*steps, 748]).log("train/kl", kl, steps)
    run_maker.log("weight/kd", np.full(len(steps), 0.7), steps)
    run_maker.log("eval/perplexity", [2.05e12], [500])
    return run_maker.note("nan", at=747, name="lm_loss", step=748.0)


def test_the_first_nan_is_named_with_its_story(run_maker):
    """Which loss, since when, and what rose before it up to the last evaluation."""
    found = kd_run(run_maker).findings()["non-finite"]

    assert Severity.error == found.severity
    assert "lm_loss is NaN since step 748 (line 7480)" == found.title
    assert "train/kl rose 9.41 -> 11.17 over steps 0-500" in found.detail
    assert "Perplexity was 2.05e+12 at step 500" in found.detail
    assert "before step 500 with a smaller weight of kd" in found.remedy
    assert 748 == found.values["first_step"]


def test_a_sudden_rise_before_it_is_told(run_maker, falling):
    """Level for 190 steps, 0.48 to 6.46 in the last four: from where it left its level."""
    kl = np.full(195, 0.5)
    kl[190:] = [0.48, 0.61, 0.89, 2.0, 6.46]
    run_maker.log("train/loss", [*falling[:195], np.inf, np.nan]).log("train/kl", kl)

    detail = run_maker.findings()["non-finite"].detail

    assert "Before it train/kl rose 0.48 -> 6.46 over steps 190-194." in detail


def test_a_nan_that_passed_is_a_remark(run_maker, falling):
    """One NaN among 200 losses, and finite again: told as over."""
    falling[70] = np.nan

    found = run_maker.log("train/loss", falling).findings()["non-finite"]

    assert (Severity.info, False) == (found.severity, found.active)
    assert "was NaN once, first at step 70" in found.title


def test_a_run_that_was_never_finite_is_told_so(run_maker):
    """NaN from the first sample on is another illness than a NaN on the way."""
    found = run_maker.log("train/loss", [np.nan] * 9).findings()["non-finite"]

    assert "train/loss is NaN from the first sample on (line 1)" == found.title


def test_an_infinite_evaluation_is_an_error(run_maker):
    """val inf at the end, after 30 finite ones: error, with the last finite value."""
    found = run_maker.log("eval/loss", [1.9] * 30 + [np.inf], axis="epoch").findings()["non-finite"]

    assert "eval/loss is infinite since epoch 31 (line 311)" == found.title
    assert "last finite eval/loss was 1.9 at epoch 30" in found.detail


def test_an_evaluation_that_had_not_run_is_no_fault(run_maker, falling):
    """A best-so-far that starts at infinity is a placeholder."""
    run_maker.log("train/loss", falling).log(
        "eval/loss", [np.inf, np.inf, 3.0, 2.9], [0, 1, 50, 99]
    )

    assert "non-finite" not in run_maker.findings()


@pytest.mark.parametrize("metric", ["train/accuracy", "eval/best_loss", "mfu", "train/positives"])
def test_what_may_be_nan_is_let_be(run_maker, falling, metric):
    """A score without positives, or a best so far, says nothing of the run's numbers."""
    run_maker.log("train/loss", falling).log(metric, [np.nan] * 50)

    assert "non-finite" not in run_maker.findings()


def test_a_nan_event_after_which_training_went_on_is_over(run_maker, falling):
    """A check that skipped a batch and said so: a remark."""
    found = run_maker.log("train/loss", falling).note("nan", at=40, name="loss").findings()

    assert (Severity.info, False) == (found["non-finite"].severity, found["non-finite"].active)


def test_rewards_that_turn_nan_are_an_error(run_maker):
    """A metric of training that was a number and is NaN to the end, whatever the loss says."""
    rewards = [0.1] * 10 + [np.nan] * 5
    run_maker.log("train/loss", np.linspace(0.7, 0.6, 15)).log("train/rewards/chosen", rewards)

    assert Severity.error == run_maker.findings()["non-finite"].severity


def test_many_metrics_that_are_nan_together_are_an_error(run_maker):
    """Three figures of one batch that are NaN from the first line on, beside a loss of 0."""
    run_maker.log("train/loss", [0.0, 0.0, 0.0])
    for name in ("rewards/chosen", "rewards/rejected", "logps/chosen"):
        run_maker.log(f"train/{name}", [np.nan] * 3)

    assert Severity.error == run_maker.findings()["non-finite"].severity


def test_an_evaluation_alone_that_is_nan_points_to_its_data(run_maker, falling):
    """The train loss is finite: the validation set or a division is at fault."""
    run_maker.log("train/loss", falling).log("eval/loss", [np.nan], [199])

    assert "validation set is not empty" in run_maker.findings()["non-finite"].remedy
