"""`perplexity-explosion` and `not-a-perplexity`."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def test_a_perplexity_beyond_any_vocabulary_is_a_warning(run_maker):
    """2.05e12 at step 500 is worse than guessing among all tokens."""
    run_maker.log(
        "train/loss", np.full(180, 28.3) + 0.1 * np.sin(np.arange(180)), np.arange(0, 720, 4)
    )

    found = run_maker.log("eval/perplexity", [2.05e12], [500]).findings()["perplexity-explosion"]

    assert "eval/perplexity is 2.05e+12 at step 500: worse than guessing" == found.title


@pytest.mark.parametrize(
    ("values", "steps"),
    [([1e9, 180.0, 60.0], [0, 100, 190]), ([13360.0], [150]), ([1e9], [2])],
    ids=["recovered", "a vocabulary", "at the start"],
)
def test_these_perplexities_are_no_explosion(run_maker, falling, values, steps):
    """High at the start, or within a vocabulary, is no illness."""
    run_maker.log("train/loss", falling).log("eval/perplexity", values, steps)

    assert "perplexity-explosion" not in run_maker.findings()


def distilled(run_maker, kept: float):
    """Four evaluations, exp(loss) as perplexity; `kept` is the divergence's part in them."""
    at, kl = np.arange(200), np.linspace(3.5, 0.5, 200)
    total = 4.0 + 0.7 * kl
    held = (total - (1 - kept) * 0.7 * kl)[49::50]
    run_maker.log("train/loss", total).log("train/kl", kl).log("weight/kd", np.full(200, 0.7))
    run_maker.log("eval/loss", np.round(held, 4), at[49::50])
    return run_maker.log("eval/perplexity", np.round(np.exp(held), 1), at[49::50])


def test_exp_of_a_total_with_other_terms_is_no_perplexity(run_maker):
    """Evaluations that hold the divergence as training does: exp of them is no perplexity."""
    found = distilled(run_maker, kept=1.0).findings()["not-a-perplexity"]

    assert "that total holds train/kl beside the language-model loss" in found.title
    assert 4 == found.values["rows"]


def test_exp_of_the_language_model_loss_alone_is_one(run_maker):
    """Evaluations without the divergence beside a train loss with it: that is right."""
    assert "not-a-perplexity" not in distilled(run_maker, kept=0.0).findings()


def test_beside_it_training_may_be_well(run_maker):
    """A wrong number on the screen is no reason to call the run ill."""
    found = distilled(run_maker, kept=1.0).findings()

    assert Severity.warning == found["not-a-perplexity"].severity
    assert Severity.ok == found["on-course"].severity


def test_exp_of_a_plain_loss_is_a_perplexity(run_maker, falling):
    """Language models log loss and exp(loss): that is right."""
    run_maker.log("train/loss", falling).log("eval/loss", [5.1985, 4.5, 4.2047], [50, 100, 150])
    run_maker.log("eval/perplexity", [181, 90.02, 67], [50, 100, 150])

    assert "not-a-perplexity" not in run_maker.findings()


def test_two_rows_may_be_chance(run_maker, falling):
    """Two evaluations are not enough for an identity."""
    run_maker.log("train/loss", falling).log("train/kl", np.ones(200))
    run_maker.log("eval/loss", falling[[50, 100]], [50, 100])
    run_maker.log("eval/perplexity", np.exp(falling[[50, 100]]), [50, 100])

    assert "not-a-perplexity" not in run_maker.findings()
