"""`overfitting`: evaluations that get worse, or no better, while training goes on."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def test_an_evaluation_that_rises_while_training_falls_is_overfitting(run_maker, falling):
    """2.0 at its best, 3.0 at the end: best step, rise and where training went."""
    at = np.arange(9, 200, 10)
    held = np.interp(at, [0, 80, 199], [5.0, 2.0, 3.0])

    found = (
        run_maker.log("train/loss", falling).log("eval/loss", held, at).findings()["overfitting"]
    )

    assert Severity.warning == found.severity
    assert found.values["rise"] == pytest.approx(0.43, abs=0.02)
    assert 79 == found.values["best_step"]
    assert "nearest to step 79" in found.remedy


def test_both_rising_is_no_overfitting(run_maker):
    """When training rises too, it diverges: the other rule speaks."""
    rising = np.linspace(2, 4, 200) + np.random.default_rng(0).normal(0, 0.02, 200)
    at = np.arange(9, 200, 10)

    found = run_maker.log("train/loss", rising).log("eval/loss", rising[at], at).findings()

    assert "overfitting" not in found
    assert "loss-rising" in found


def test_an_evaluation_that_stands_while_training_falls_is_a_remark(run_maker):
    """46.8 since long, while the train perplexity fell from 60 to 20: info."""
    at = np.arange(9, 200, 10)
    held = 46.8 + 0.1 * np.sin(np.arange(len(at)))
    run_maker.log("train/perplexity", 20 + 380 * np.exp(-np.arange(200) / 40))

    found = run_maker.log("eval/perplexity", held, at).findings()["overfitting"]

    assert Severity.info == found.severity
    assert "eval/perplexity has gained 0" in found.title


def test_one_bad_evaluation_is_no_trend(run_maker, falling):
    """The last one alone is high: wait for the next."""
    at = np.arange(9, 200, 10)
    held = 1.05 * falling[at]
    held[-1] *= 2

    assert (
        "overfitting"
        not in run_maker.log("train/loss", falling).log("eval/loss", held, at).findings()
    )


def test_a_noisy_plateau_is_no_overfitting(run_maker, falling):
    """Evaluations that scatter by 5 % around a level do not rise."""
    at = np.arange(4, 200, 5)
    held = 3.4 * (1 + np.random.default_rng(0).normal(0, 0.05, len(at)))

    assert (
        "overfitting"
        not in run_maker.log("train/loss", falling).log("eval/loss", held, at).findings()
    )


def test_scores_that_got_better_make_it_a_remark(run_maker, falling):
    """The loss of evaluations rises, their accuracy too: a person must choose."""
    at = np.arange(9, 200, 10)
    held = np.interp(at, [0, 80, 199], [5.0, 2.0, 3.0])
    run_maker.log("train/loss", falling).log("eval/loss", held, at)

    found = run_maker.log("eval/accuracy", 0.5 + at / 500, at).findings()["overfitting"]

    assert Severity.info == found.severity
    assert "eval/accuracy 0.6" in found.detail


def test_scores_that_got_worse_leave_it_a_warning(run_maker, falling):
    """An accuracy that falls with it."""
    at = np.arange(9, 200, 10)
    held = np.interp(at, [0, 80, 199], [5.0, 2.0, 3.0])
    run_maker.log("train/loss", falling).log("eval/loss", held, at)

    found = run_maker.log("eval/accuracy", 0.9 - at / 500, at).findings()["overfitting"]

    assert Severity.warning == found.severity


def test_a_noisy_evaluation_that_rises_is_overfitting(run_maker):
    """A scatter of 15 % does not hide a rise by half while training goes on falling."""
    rng = np.random.default_rng(4)
    turn = np.concatenate([np.linspace(2, 1, 60), np.linspace(1, 1.6, 60)])
    run_maker.log("train/loss", np.linspace(2, 0.5, 120) * np.exp(0.1 * rng.standard_normal(120)))
    run_maker.log("eval/loss", turn * np.exp(0.15 * rng.standard_normal(120)))

    found = run_maker.findings()["overfitting"]

    assert Severity.warning == found.severity
    assert 40 < found.values["best_step"] < 80


def test_a_noisy_evaluation_at_its_floor_is_not_overfitting(run_maker):
    """The same scatter about a level that stays."""
    rng = np.random.default_rng(4)
    run_maker.log("train/loss", np.linspace(2, 0.5, 120))
    run_maker.log("eval/loss", np.exp(0.15 * rng.standard_normal(120)))

    found = run_maker.findings().get("overfitting")

    assert found is None or Severity.info == found.severity
