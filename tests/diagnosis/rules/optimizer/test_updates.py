"""`frozen-parameters` and `loss-scale-overflow`: steps that change nothing."""

import numpy as np

from logwatch.diagnosis.finding import Severity


def test_parameters_that_never_moved_are_an_error_whatever_the_rate(bench):
    """30 logs of change 0 while lr is above 0 in 29: the rate is not the whole cause."""
    bench.log("param_delta/max", np.zeros(30), axis="epoch")
    bench.log("param_delta/median", np.zeros(30), axis="epoch")
    bench.log("lr/head", np.arange(30) * 1e-5, axis="epoch")

    found = bench.findings()["frozen-parameters"]

    assert Severity.error == found.severity
    assert "param_delta/max is 0 in 30 of 30 logs" in found.title
    assert "lr is above 0 in 29 of 30 epochs, so the lr is not the whole cause" in found.detail


def test_a_rate_of_zero_is_cause_enough(bench):
    """No lr above 0: the remedy is a rate."""
    bench.log("param_delta/max", np.zeros(5), axis="epoch").log("lr", np.zeros(5), axis="epoch")

    assert "learning rate above zero" in bench.findings()["frozen-parameters"].remedy


def test_most_parameters_may_be_frozen_by_choice(bench):
    """A median of 0 under a maximum above it: adapters are trained so."""
    bench.log("param_delta/median", np.zeros(30)).log("param_delta/max", np.full(30, 1e-3))

    assert "frozen-parameters" not in bench.findings()


def test_parameters_that_move_again_are_well(bench):
    """Changes of 0 that ended are no finding."""
    bench.log("param_delta/max", [0.0, 0.0, 0.0, 1e-3, 2e-3])

    assert "frozen-parameters" not in bench.findings()


def test_many_skipped_steps_are_a_warning(bench, falling):
    """A quarter of the later half's steps skipped, and the scale with which."""
    skipped = np.where(np.arange(200) % 4 == 0, 1.0, 0.0)
    bench.log("train/loss", falling).log("train/skipped_steps", skipped)
    bench.log("loss_scale", np.full(200, 1.0))

    found = bench.findings()["loss-scale-overflow"]

    assert (Severity.warning, 0.25) == (found.severity, found.values["share"])
    assert "The loss scale is 1" in found.detail


def test_a_scaler_at_work_is_well(bench, falling):
    """16 skips at the start and one in a hundred after it: not a word."""
    skipped = np.concatenate([np.ones(16), np.where(np.arange(184) % 92 == 0, 1.0, 0.0)])

    found = bench.log("train/loss", falling).log("train/skipped_steps", skipped).findings()

    assert "loss-scale-overflow" not in found


def test_overflow_lines_count_as_skips(bench, falling):
    """Where the log has a line for each: twenty in the later half of 200 steps."""
    bench.log("train/loss", falling)
    for step in range(100, 200, 5):
        bench.note("overflow", at=step)

    assert 20 == bench.findings()["loss-scale-overflow"].values["skipped"]


def test_five_steps_all_skipped_are_a_scaler_starting(bench):
    """A run that has only begun has no skips to complain of."""
    bench.log("train/skipped_steps", np.ones(5))

    assert "loss-scale-overflow" not in bench.findings()
