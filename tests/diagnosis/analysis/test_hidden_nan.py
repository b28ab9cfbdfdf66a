"""`non-finite` where the loss itself never shows it."""

import numpy as np

from logwatch.diagnosis.finding import Severity


def test_a_loss_of_zero_with_nan_gradients_is_a_hidden_nan(bench, falling):
    """A trainer that filters NaN logs 0.0: proven by the gradient norm."""
    falling[150:] = 0.0
    norms = np.ones(200)
    norms[150:] = np.nan

    found = bench.log("train/loss", falling).log("train/grad_norm", norms).findings()["non-finite"]

    assert Severity.error == found.severity
    assert found.title.startswith("train/loss is exactly 0 since step 150, after ")


def test_a_loss_that_sank_to_zero_hides_nothing(bench):
    """A loss that was at 0.001 of its start before it rounds to 0.0 has been learned."""
    losses = np.round(2.0 * np.exp(-np.arange(100) / 8), 4)

    assert "non-finite" not in bench.log("train/loss", losses).findings()


def test_the_first_overflows_of_a_loss_scaler_are_no_fault(bench, falling):
    """Infinite gradient norms in the first steps, finite ones after: not a word."""
    norms = np.ones(200)
    norms[:12] = np.inf

    bench.log("train/loss", falling).log("train/grad_norm", norms)

    assert "non-finite" not in bench.findings()


def test_gradient_norms_that_stay_nan_are_a_warning(bench, falling):
    """Ten in a row to the end, long after the start."""
    norms = np.ones(200)
    norms[-10:] = np.nan

    found = bench.log("train/loss", falling).log("train/grad_norm", norms).findings()["non-finite"]

    assert Severity.warning == found.severity
