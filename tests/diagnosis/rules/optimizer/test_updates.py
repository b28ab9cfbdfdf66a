"""`frozen-parameters` and `loss-scale-overflow`: steps that change nothing."""

import numpy as np

from logwatch.diagnosis.finding import Severity


def test_parameters_that_never_moved_are_an_error_whatever_the_rate(run_maker):
    """30 logs of change 0 while lr is above 0 in 29: the rate is not the whole cause."""
    run_maker.log("param_delta/max", np.zeros(30), axis="epoch")
    run_maker.log("param_delta/median", np.zeros(30), axis="epoch")
    run_maker.log("lr/head", np.arange(30) * 1e-5, axis="epoch")

    found = run_maker.findings()["frozen-parameters"]

    assert Severity.error == found.severity
    assert "param_delta/max is 0 in 30 of 30 logs" in found.title
    assert "lr is above 0 in 29 of 30 epochs, so the lr is not the whole cause" in found.detail


def test_a_rate_of_zero_is_cause_enough(run_maker):
    """No lr above 0: the remedy is a rate."""
    run_maker.log("param_delta/max", np.zeros(5), axis="epoch").log("lr", np.zeros(5), axis="epoch")

    assert "learning rate above zero" in run_maker.findings()["frozen-parameters"].remedy


def test_most_parameters_may_be_frozen_by_choice(run_maker):
    """A median of 0 under a maximum above it: adapters are trained so."""
    run_maker.log("param_delta/median", np.zeros(30)).log("param_delta/max", np.full(30, 1e-3))

    assert "frozen-parameters" not in run_maker.findings()


def test_parameters_that_move_again_are_well(run_maker):
    """Changes of 0 that ended are no finding."""
    run_maker.log("param_delta/max", [0.0, 0.0, 0.0, 1e-3, 2e-3])

    assert "frozen-parameters" not in run_maker.findings()


def test_many_skipped_steps_are_a_warning(run_maker, falling):
    """A quarter of the later half's steps skipped, and the scale with which."""
    skipped = np.where(np.arange(200) % 4 == 0, 1.0, 0.0)
    run_maker.log("train/loss", falling).log("train/skipped_steps", skipped)
    run_maker.log("loss_scale", np.full(200, 1.0))

    found = run_maker.findings()["loss-scale-overflow"]

    assert (Severity.warning, 0.25) == (found.severity, found.values["share"])
    assert "The loss scale is 1" in found.detail


def test_a_scaler_at_work_is_well(run_maker, falling):
    """16 skips at the start and one in a hundred after it: not a word."""
    skipped = np.concatenate([np.ones(16), np.where(np.arange(184) % 92 == 0, 1.0, 0.0)])

    found = run_maker.log("train/loss", falling).log("train/skipped_steps", skipped).findings()

    assert "loss-scale-overflow" not in found


def test_overflow_lines_count_as_skips(run_maker, falling):
    """Where the log has a line for each: twenty in the later half of 200 steps."""
    run_maker.log("train/loss", falling)
    for step in range(100, 200, 5):
        run_maker.note("overflow", at=step)

    assert 20 == run_maker.findings()["loss-scale-overflow"].values["skipped"]


def test_five_steps_all_skipped_are_a_scaler_starting(run_maker):
    """A run that has only begun has no skips to complain of."""
    run_maker.log("train/skipped_steps", np.ones(5))

    assert "loss-scale-overflow" not in run_maker.findings()


def test_a_count_from_the_start_is_no_sum(run_maker, falling):
    """Six early steps stay six: DeepSpeed counts from the start of the run."""
    run_maker.log("train/loss", falling)

    assert "loss-scale-overflow" not in run_maker.log("train/skipped_total", [6.0] * 200).findings()


def test_a_count_that_rises_with_the_steps(run_maker, falling):
    """Where it grows by one a step, all steps are skipped."""
    found = (
        run_maker.log("train/loss", falling).log("train/skipped_total", np.arange(200)).findings()
    )

    assert 1.0 == found["loss-scale-overflow"].values["share"]
