"""`perplexity-explosion` and `not-a-perplexity`."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def test_a_perplexity_beyond_any_vocabulary_is_a_warning(bench):
    """2.05e12 at step 500 is worse than guessing among all tokens."""
    bench.log("train/loss", np.full(180, 28.3) + 0.1 * np.sin(np.arange(180)), np.arange(0, 720, 4))

    found = bench.log("eval/perplexity", [2.05e12], [500]).findings()["perplexity-explosion"]

    assert "eval/perplexity is 2.05e+12 at step 500: worse than guessing" == found.title


@pytest.mark.parametrize(
    ("values", "steps"),
    [([1e9, 180.0, 60.0], [0, 100, 190]), ([13360.0], [150]), ([1e9], [2])],
    ids=["recovered", "a vocabulary", "at the start"],
)
def test_these_perplexities_are_no_explosion(bench, falling, values, steps):
    """High at the start, or within a vocabulary, is no illness."""
    bench.log("train/loss", falling).log("eval/perplexity", values, steps)

    assert "perplexity-explosion" not in bench.findings()


def composite(bench, falling):
    """Three evaluations whose perplexity is exp of their total."""
    bench.log("train/loss", falling).log("eval/loss", [5.1985, 9.5, 4.2047], [50, 100, 150])
    return bench.log("eval/perplexity", [181, 13360, 67], [50, 100, 150])


def test_exp_of_a_total_with_other_terms_is_no_perplexity(bench, falling):
    """ln 181 = 5.20 and so on, while a weight of a divergence is declared."""
    found = composite(bench, falling).log("weight/kd", np.linspace(0.1, 0.7, 200)).findings()

    assert "ln 181 = 5.20 against 5.1985" in found["not-a-perplexity"].detail
    assert 3 == found["not-a-perplexity"].values["rows"]


def test_beside_it_training_may_be_well(bench, falling):
    """A wrong number on the screen is no reason to call the run ill."""
    found = composite(bench, falling).log("train/kl", falling).findings()

    assert Severity.ok == found["on-course"].severity


def test_exp_of_a_plain_loss_is_a_perplexity(bench, falling):
    """Language models log loss and exp(loss): that is right."""
    assert "not-a-perplexity" not in composite(bench, falling).findings()


def test_two_rows_may_be_chance(bench, falling):
    """Two evaluations are not enough for an identity."""
    bench.log("train/loss", falling).log("weight/kd", np.ones(200))
    bench.log("eval/loss", [5.1985, 9.5], [50, 100]).log("eval/perplexity", [181, 13360], [50, 100])

    assert "not-a-perplexity" not in bench.findings()
