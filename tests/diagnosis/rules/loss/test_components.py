"""`hidden-component` and `component-should-be-zero`: what totals are made of."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def kd_eval(bench, falling, weights: bool = True):
    """The distillation run after its fix: parts 56.54 of a total of 95.86."""
    bench.log("train/loss", np.linspace(21.55, 15.53, 200) + falling * 0.01, np.arange(0, 2000, 10))
    for name, values in (
        ("kd_loss", [15.02, 14.85]), ("feature_loss", [41.90, 41.22]),
        ("attention_loss", [0.47, 0.47]), ("loss", [97.31, 95.86]),
    ):  # fmt: skip
        bench.log(f"eval/{name}", values, [999, 1999])
    if weights:
        for name, value in (("kd", 0.7), ("feature", 0.0), ("attention", 0.0)):
            bench.log(f"weight/{name}", [value, value], [0, 1500])
    return bench


def test_what_no_component_shows_is_told_in_figures(bench, falling):
    """39.32 of 95.86, 41 %: under declared weights of at most 1 nothing explains it."""
    found = kd_eval(bench, falling).findings()["hidden-component"]

    assert Severity.warning == found.severity
    assert "39.32 of eval/loss 95.86 (41 %) is in no printed component" == found.title
    assert found.values["rest"] == pytest.approx(39.32)
    assert found.values["share"] == pytest.approx(0.41, abs=0.001)


def test_a_natural_hypothesis_is_tried(bench, falling):
    """0.7 kd + 0.1 of the others is 14.56, near the train loss: said as what may be."""
    detail = kd_eval(bench, falling).findings()["hidden-component"].detail

    assert "0.7*kd + 0.1*feature + 0.1*attention of the eval components is 14.56" in detail


def test_without_declared_weights_it_is_a_remark(bench, falling):
    """Weights above 1 would explain the rest as well: info."""
    found = kd_eval(bench, falling, weights=False).findings()["hidden-component"]

    assert Severity.info == found.severity


def test_constant_weights_that_make_the_total_hide_nothing(bench, falling):
    """Twice one part and five times the other, on every line: a weighted sum, all of it printed."""
    other = 1 + 0.3 * np.sin(np.arange(200))
    bench.log("train/loss", 2 * falling + 5 * other)
    bench.log("train/cls_loss", falling).log("train/box_loss", other)

    assert "hidden-component" not in bench.findings()


def test_parts_that_add_up_hide_nothing(bench, falling):
    """Detection logs print a total and its parts."""
    bench.log("train/loss", falling * 1.5)
    bench.log("train/loss_cls", falling).log("train/loss_box", falling * 0.5)

    assert "hidden-component" not in bench.findings()


def test_a_total_and_its_second_reading_are_no_sum(bench, falling):
    """`nll_loss` beside `loss` is the same loss without smoothing."""
    bench.log("train/loss", falling).log("train/nll_loss", 0.8 * falling)

    assert "hidden-component" not in bench.findings()


def test_a_component_of_weight_zero_is_named_with_both_readings(bench, falling):
    """feature 41.22 under a weight of 0: raw and harmless, or weighted and wrong."""
    found = kd_eval(bench, falling).findings()["component-should-be-zero"]

    assert "the weight of feature is 0 but eval/feature_loss is 41.22" == found.title
    assert "raw loss before weighting" in found.detail
    assert "already weighted" in found.detail
    assert "eval/loss (95.86) is large enough to hold it" in found.detail
    assert Severity.warning == found.severity


def test_no_total_that_could_hold_it_makes_it_harmless(bench, falling):
    """41.22 beside a train loss of 3: it cannot be in there, so it is raw."""
    bench.log("train/loss", falling).log("eval/feature_loss", [41.22], [150])
    bench.log("weight/feature", [0.0])

    assert Severity.info == bench.findings()["component-should-be-zero"].severity


def test_a_weight_that_was_raised_makes_it_no_case(bench, falling):
    """The schedule gave the component a weight before it was logged."""
    bench.log("train/loss", falling).log("eval/feature_loss", [41.22], [150])
    bench.log("weight/feature", [0.0, 0.1], [0, 100])

    assert "component-should-be-zero" not in bench.findings()
