"""`on-course`: good news, and only when it is true."""

import numpy as np

from logwatch.diagnosis.finding import Severity


def test_a_loss_that_falls_is_good_news(run_maker, falling):
    """First, last, the change, the steps, and what the evaluations say."""
    run_maker.log("train/loss", falling).log("eval/loss", [5.0, 4.0, 3.5], [50, 100, 190])

    found = run_maker.findings()["on-course"]

    assert Severity.ok == found.severity
    assert found.title.startswith("train/loss falls: ")
    assert "eval/loss went 5 -> 3.5 in 3 evaluations" in found.detail


def test_a_short_log_is_quoted_with_its_own_numbers(run_maker):
    """5.70 to 3.07 in 25 steps is what the log says, so that is what is said."""
    losses = np.round(np.linspace(5.7, 3.07, 25), 2)

    title = run_maker.log("train/loss", losses, np.arange(1, 26)).findings()["on-course"].title

    assert "train/loss falls: 5.7 -> 3.07 (-46 %) in steps 1-25" == title


def test_beside_an_illness_there_is_no_good_news(run_maker, falling):
    """A run that fell and then died is not on course."""
    found = run_maker.log("train/loss", [*falling, np.nan, np.nan, np.nan]).findings()

    assert "on-course" not in found


def test_a_total_is_judged_since_its_weights_are_constant(run_maker):
    """Raised by a ramp, falling since: good news about the time since."""
    rise, fall = np.linspace(3.3, 9.5, 100), np.linspace(9.5, 4.2, 200)
    noise = np.random.default_rng(0).normal(0, 0.05, 300)
    run_maker.log("train/loss", np.concatenate([rise, fall]) + noise)
    run_maker.log("weight/kd", np.concatenate([np.linspace(0.1, 0.7, 100), np.full(200, 0.7)]))

    found = run_maker.findings()["on-course"]

    assert "falls since its weights are constant" in found.title
    assert "while weight/kd went 0.1 -> 0.7: no divergence" in found.detail


def test_too_little_is_no_news(run_maker):
    """Seven samples, however steep, are not called well."""
    assert {} == run_maker.log("train/loss", np.linspace(9, 2, 7)).findings()


def test_text_predicted_to_the_last_is_doubted(run_maker):
    """From 10.8 to 0.005: learned by heart, or shown. Said beside the good news."""
    losses = 10.8 * np.exp(-np.arange(200) / 26)

    assert "learned by heart" in run_maker.log("train/loss", losses).findings()["on-course"].detail


def test_a_second_attempt_is_told_as_one(run_maker, falling):
    """Forty samples since it started over fall: so much is said, and no more."""
    steps, losses = np.r_[np.arange(200), np.arange(40)], np.r_[falling, falling[:40]]

    title = run_maker.log("train/loss", losses, steps).findings()["on-course"].title

    assert title.endswith("in steps 0-39")


def test_a_run_that_starts_over_is_judged_by_its_last_attempt(run_maker):
    """Six samples since the last start are too few, whatever came before."""
    steps = np.concatenate([np.arange(30), np.arange(40), np.arange(6)])
    losses = np.concatenate([np.linspace(600, 60, 30), np.linspace(150, 90, 40), np.full(6, 50.0)])

    assert "on-course" not in run_maker.log("train/loss", losses, steps).findings()


def test_a_loss_that_starts_at_0_has_no_percentage(run_maker):
    """A change of nothing cannot be a share of it."""
    found = run_maker.log("train/loss", [0.0] * 3 + [-0.5] * 60 + [-1.0] * 60).findings()

    assert "%" not in found["on-course"].title


def test_a_loss_above_its_best_is_not_on_course(run_maker):
    """It fell to a tenth and stands a fifth above that: a remark, not good news."""
    rng = np.random.default_rng(2)
    level = np.concatenate([np.geomspace(1, 0.1, 150), np.full(50, 0.1), np.full(10, 0.12)])

    found = run_maker.log("train/loss", level * np.exp(0.1 * rng.standard_normal(210))).findings()

    assert "on-course" not in found
    assert Severity.info == found["above-best"].severity


def test_a_run_whose_rate_is_zero_is_not_on_course(run_maker, falling):
    """Nothing more is learned, whatever the loss did before."""
    rates = np.where(np.arange(len(falling)) < len(falling) - 4, 1e-3, 0.0)

    assert "on-course" not in run_maker.log("train/loss", falling).log("lr", rates).findings()
