"""`non-finite` where the loss itself never shows it."""

from dataclasses import replace

import numpy as np

from logwatch.diagnosis.analysis.hidden_nan import find_gradients
from logwatch.diagnosis.finding import Severity


def test_a_loss_of_zero_with_nan_gradients_is_a_hidden_nan(run_maker, falling):
    """A trainer that filters NaN logs 0.0: proven by the gradient norm."""
    falling[150:] = 0.0
    norms = np.ones(200)
    norms[150:] = np.nan

    found = (
        run_maker.log("train/loss", falling).log("train/grad_norm", norms).findings()["non-finite"]
    )

    assert Severity.error == found.severity
    assert found.title.startswith("train/loss is exactly 0 since step 150, after ")


def test_a_loss_that_sank_to_zero_hides_nothing(run_maker):
    """A loss that was at 0.001 of its start before it rounds to 0.0 has been learned."""
    losses = np.round(2.0 * np.exp(-np.arange(100) / 8), 4)

    assert "non-finite" not in run_maker.log("train/loss", losses).findings()


def test_the_first_overflows_of_a_loss_scaler_are_no_fault(run_maker, falling):
    """Infinite gradient norms in the first steps, finite ones after: not a word."""
    norms = np.ones(200)
    norms[:12] = np.inf

    run_maker.log("train/loss", falling).log("train/grad_norm", norms)

    assert "non-finite" not in run_maker.findings()


def test_gradient_norms_that_stay_nan_are_a_warning(run_maker, falling):
    """Ten in a row to the end, long after the start."""
    norms = np.ones(200)
    norms[-10:] = np.nan

    found = (
        run_maker.log("train/loss", falling).log("train/grad_norm", norms).findings()["non-finite"]
    )

    assert Severity.warning == found.severity


def test_a_loss_of_zero_from_the_first_line_on_is_proven_by_its_norms(run_maker):
    """Ten losses of 0 and ten norms of NaN: the loss is NaN and was never anything else."""
    run_maker.log("train/loss", np.zeros(10)).log("train/grad_norm", np.full(10, np.nan))

    found = run_maker.findings()["non-finite"]

    assert Severity.error == found.severity
    assert "train/loss is exactly 0 from the first sample on" == found.title


def test_a_loss_of_zero_from_the_first_line_on_alone_hides_nothing(run_maker):
    """A loss that is 0 by its meaning, as a policy's may be, has finite norms."""
    run_maker.log("train/loss", np.zeros(10)).log("train/grad_norm", np.ones(10))

    assert "non-finite" not in run_maker.findings()


def test_a_loss_that_its_lines_leave_out_is_an_error(run_maker):
    """Megatron-LM names no loss where it is NaN; without a scaler the remedy names none."""
    norms = np.ones(33)
    norms[27:] = np.nan
    run_maker.log("train/loss", np.linspace(3.2, 2.9, 27)).log("loss_scale", np.ones(33))
    run = run_maker.log("train/grad_norm", norms).view()
    grad, loss = run.series["train/grad_norm"], run.series["train/loss"]
    same = {**run.series, "train/loss": replace(loss, line=grad.line[:27])}

    found = next(iter(find_gradients(replace(run, series=same))))

    assert Severity.error == found.severity
    assert "leaves train/loss out" in found.title
    assert "scale" not in found.remedy
