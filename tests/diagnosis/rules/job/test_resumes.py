"""Runs that were resumed: at their level, or not."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity

STEPS = np.concatenate([np.arange(100), np.arange(80, 140)])


@pytest.mark.parametrize(("factor", "said"), [(1.0, False), (2.0, True)])
def test_loss_that_jumped_at_a_resume_is_a_warning(run_maker, falling, factor, said):
    """Resumed at step 80 at its level, or at twice it."""
    loss = np.concatenate([falling[:100], factor * falling[80:140]])
    found = run_maker.log("train/loss", loss, STEPS).findings().get("resume-jump")

    assert said == (found is not None and found.severity == Severity.warning)


def test_jump_that_is_over_is_a_remark(run_maker, falling):
    """Back at the level before: worth knowing, nothing to do."""
    factor = 1 + np.exp(-np.arange(60) / 5)
    loss = np.concatenate([falling[:100], factor * falling[80:140]])
    found = run_maker.log("train/loss", loss, STEPS).findings()["resume-jump"]

    assert (Severity.info, False) == (found.severity, found.active)


def test_weights_that_begin_anew_explain_it(run_maker, falling):
    """Where the log names missing tensors the jump is their consequence."""
    loss = np.concatenate([falling[:100], 2 * falling[80:140]])
    run_maker.log("train/loss", loss, STEPS).note("missing_keys", keys="head.weight", at=99)
    found = run_maker.findings()["resume-jump"]

    assert (Severity.info, "weights-reinitialised") == (found.severity, found.because)
