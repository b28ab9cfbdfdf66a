"""The best evaluation, always shown."""

import numpy as np

from logwatch.diagnosis.finding import Severity


def test_the_best_evaluation_is_named_with_what_came_since(run_maker):
    """Value, step and how many evaluations gained nothing since."""
    run_maker.log("eval/loss", [1.0, 0.6, 0.7, 0.65], [100, 200, 300, 400])

    found = run_maker.findings()["best-evaluation"]

    assert Severity.info == found.severity
    assert "eval/loss was best at step 200: 0.6, 0.65 now" in found.title
    assert "2 evaluations since without a better one" in found.title


def test_a_score_is_best_where_it_is_highest(run_maker):
    """The direction comes from the name."""
    run_maker.log("eval/mAP50(B)", [0.1, 0.4, 0.3], [1, 2, 3], axis="epoch")

    assert 2 == run_maker.findings()["best-evaluation"].values["best_step"]


def test_an_error_rate_is_best_where_it_is_lowest(run_maker):
    """A word error rate comes down."""
    run_maker.log("eval/wer", [0.5, 0.3, 0.4], [1, 2, 3], axis="epoch")

    assert 2 == run_maker.findings()["best-evaluation"].values["best_step"]


def test_two_evaluations_have_no_best(run_maker):
    """One of two is no news."""
    assert "best-evaluation" not in run_maker.log("eval/loss", np.array([1.0, 0.5])).findings()
