"""`repeated-eval`, `train-eval-gap`: evaluations against training and each other."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def test_an_evaluation_that_never_changes_is_a_warning(run_maker):
    """1.921642 thirty times: no chance."""
    found = run_maker.log("eval/loss", [1.921642] * 30, axis="epoch").findings()["repeated-eval"]

    assert (Severity.warning, 30) == (found.severity, found.values["repeats"])
    assert "1.921642" in found.title


@pytest.mark.parametrize(
    "values",
    [[1.92] * 30, [1.921642] * 2, [1.921642, 1.9, 1.921642, 1.8], [0.0] * 30],
    ids=["few digits", "twice", "not in a row", "zero"],
)
def test_these_repeats_may_be_chance(run_maker, values):
    """Few digits, or few repeats, prove nothing."""
    assert "repeated-eval" not in run_maker.log("eval/loss", values).findings()


def test_a_log_that_prints_its_last_evaluation_again_is_well(run_maker):
    """Ten lines of each evaluation are one evaluation, not ten."""
    values = np.repeat([2.112345, 1.823456, 1.634567, 1.545678], 10)

    assert "repeated-eval" not in run_maker.log("eval/loss", values).findings()


def test_an_accuracy_may_repeat(run_maker):
    """A small set has few possible accuracies."""
    assert "repeated-eval" not in run_maker.log("eval/accuracy", [0.84375] * 9).findings()


def test_a_ratio_from_the_first_evaluation_on_is_a_matter_of_definition(run_maker, falling):
    """Six times at every evaluation: the definitions differ, and it is not overfitting."""
    at = np.arange(19, 200, 20)
    found = run_maker.log("train/loss", falling).log("eval/loss", 6.2 * falling[at], at).findings()

    assert Severity.warning == found["train-eval-gap"].severity
    assert found["train-eval-gap"].values["ratio"] == pytest.approx(6.2, abs=0.15)
    assert "the two are defined differently" in found["train-eval-gap"].title
    assert "Not overfitting" in found["train-eval-gap"].detail
    assert "overfitting" not in found


def test_a_sum_over_the_set_is_a_remark(run_maker, falling):
    """Fifty thousand times is another unit, which harms nobody."""
    at = np.arange(19, 200, 20)
    found = run_maker.log("train/loss", falling).log("eval/loss", 5e4 * falling[at], at).findings()

    assert Severity.info == found["train-eval-gap"].severity


def test_a_gap_that_opened_later_is_no_matter_of_definition(run_maker, falling):
    """Equal at first, five times later: that is not what this rule is about."""
    at = np.arange(19, 200, 20)
    held = falling[at] * np.linspace(1.0, 5.0, len(at))

    assert (
        "train-eval-gap"
        not in run_maker.log("train/loss", falling).log("eval/loss", held, at).findings()
    )


def test_a_usual_gap_is_well(run_maker, falling):
    """Evaluations 1.3 times above training, or half of it, are daily bread."""
    at = np.arange(19, 200, 20)
    run_maker.log("train/loss", falling).log("eval/loss", 1.3 * falling[at], at)

    assert "train-eval-gap" not in run_maker.findings()


def test_evaluations_of_weights_at_rest(run_maker, falling):
    """A rate that has decayed to nothing moves no weight, so evaluations are equal."""
    run_maker.log("train/loss", falling).log("eval/loss", [3.5, 3.4, 3.2722, 3.2722, 3.2722])
    rates = 6e-4 * (1 - np.arange(200) / 199)

    assert "repeated-eval" in run_maker.findings()
    assert "repeated-eval" not in run_maker.log("lr", rates).findings()
