"""`hidden-component` and `component-should-be-zero`: what totals are made of."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def kd_eval(run_maker, falling, weights: bool = True):
    """The distillation run after its fix: parts 56.54 of a total of 95.86."""
    run_maker.log(
        "train/loss", np.linspace(21.55, 15.53, 200) + falling * 0.01, np.arange(0, 2000, 10)
    )
    for name, values in (
        ("kd_loss", [15.02, 14.85]), ("feature_loss", [41.90, 41.22]),
        ("attention_loss", [0.47, 0.47]), ("loss", [97.31, 95.86]),
    ):  # fmt: skip
        run_maker.log(f"eval/{name}", values, [999, 1999])
    if weights:
        for name, value in (("kd", 0.7), ("feature", 0.0), ("attention", 0.0)):
            run_maker.log(f"weight/{name}", [value, value], [0, 1500])
    return run_maker


def test_what_no_component_shows_is_told_in_figures(run_maker, falling):
    """39.32 of 95.86, 41 %: under declared weights of at most 1 nothing explains it."""
    found = kd_eval(run_maker, falling).findings()["hidden-component"]

    assert Severity.warning == found.severity
    assert "39.32 of eval/loss 95.86 (41 %) is in no printed component" == found.title
    assert found.values["rest"] == pytest.approx(39.32)
    assert found.values["share"] == pytest.approx(0.41, abs=0.001)


def test_a_natural_hypothesis_is_tried(run_maker, falling):
    """0.7 kd + 0.1 of the others is 14.56, near the train loss: said as what may be."""
    detail = kd_eval(run_maker, falling).findings()["hidden-component"].detail

    assert "0.7*kd + 0.1*feature + 0.1*attention of the eval components is 14.56" in detail


def test_without_declared_weights_it_is_a_remark(run_maker, falling):
    """Weights above 1 would explain the rest as well: info."""
    found = kd_eval(run_maker, falling, weights=False).findings()["hidden-component"]

    assert Severity.info == found.severity


def test_constant_weights_that_make_the_total_hide_nothing(run_maker, falling):
    """Twice one part and five times the other, on every line: a weighted sum, all of it printed."""
    other = 1 + 0.3 * np.sin(np.arange(200))
    run_maker.log("train/loss", 2 * falling + 5 * other)
    run_maker.log("train/cls_loss", falling).log("train/box_loss", other)

    assert "hidden-component" not in run_maker.findings()


def test_parts_that_add_up_hide_nothing(run_maker, falling):
    """Detection logs print a total and its parts."""
    run_maker.log("train/loss", falling * 1.5)
    run_maker.log("train/loss_cls", falling).log("train/loss_box", falling * 0.5)

    assert "hidden-component" not in run_maker.findings()


def test_a_total_and_its_second_reading_are_no_sum(run_maker, falling):
    """`nll_loss` beside `loss` is the same loss without smoothing."""
    run_maker.log("train/loss", falling).log("train/nll_loss", 0.8 * falling)

    assert "hidden-component" not in run_maker.findings()


def test_a_component_of_weight_zero_is_named_with_both_readings(run_maker, falling):
    """feature 41.22 under a weight of 0: raw and harmless, or weighted and wrong."""
    found = kd_eval(run_maker, falling).findings()["component-should-be-zero"]

    assert "the weight of feature is 0 but eval/feature_loss is 41.22" == found.title
    assert "raw loss before weighting" in found.detail
    assert "already weighted" in found.detail
    assert "eval/loss (95.86) is large enough to hold it" in found.detail
    assert Severity.warning == found.severity


def test_no_total_that_could_hold_it_makes_it_harmless(run_maker, falling):
    """41.22 beside a train loss of 3: it cannot be in there, so it is raw."""
    run_maker.log("train/loss", falling).log("eval/feature_loss", [41.22], [150])
    run_maker.log("weight/feature", [0.0])

    assert Severity.info == run_maker.findings()["component-should-be-zero"].severity


def test_a_weight_that_was_raised_makes_it_no_case(run_maker, falling):
    """The schedule gave the component a weight before it was logged."""
    run_maker.log("train/loss", falling).log("eval/feature_loss", [41.22], [150])
    run_maker.log("weight/feature", [0.0, 0.1], [0, 100])

    assert "component-should-be-zero" not in run_maker.findings()
