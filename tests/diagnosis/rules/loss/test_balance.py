"""Parts that outweigh the others, and divergences that stay high."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def parts(run_maker, kd: np.ndarray, weight: float | None = None):
    """A total of kd and a cross-entropy that halves, over 40 logs."""
    lm = np.linspace(8, 4, 40)
    run_maker.log("train/loss", lm + kd).log("train/lm_loss", lm).log("train/kd_loss", kd)
    if weight is not None:
        run_maker.log("weight/kd", [weight] * 40).log("weight/lm", [1 - weight] * 40)
    return run_maker.findings()


def test_part_that_outweighs_the_rest_is_a_remark(run_maker):
    """90 % of the sum, and it does not fall."""
    found = parts(run_maker, np.full(40, 40.0))["component-dominates"]

    assert Severity.info == found.severity
    assert found.values["share"] == pytest.approx(40 / 44)


def test_declared_weights_make_it_a_warning(run_maker):
    """It was declared to be a tenth."""
    found = parts(run_maker, np.full(40, 40.0), weight=0.1)["component-dominates"]

    assert (Severity.warning, 0.1) == (found.severity, found.values["declared"])


@pytest.mark.parametrize("kd", [np.linspace(80, 20, 40), np.full(40, 4.0)])
def test_part_that_falls_most_or_is_small_is_none(run_maker, kd):
    """What learns fastest may be large; half is not most."""
    assert "component-dominates" not in parts(run_maker, kd)


@pytest.mark.parametrize(
    ("kl", "severity"),
    [
        (np.linspace(9.41, 11.17, 40), Severity.warning),
        (np.full(40, 9.41), Severity.info),
        (np.linspace(9.41, 2, 40), None),
        (np.linspace(0, 5, 40), None),
    ],
)
def test_divergence_is_held_against_its_start(run_maker, kl, severity):
    """Rising warns, standing is a remark, falling is well, and one from zero rises by design."""
    found = run_maker.log("train/kl", kl).log("weight/kd", [0.5] * 40).findings().get("kl-high")

    assert severity == (found.severity if found else None)


def test_divergence_without_a_teacher_is_left_alone(run_maker):
    """A variational autoencoder's divergence rises by design."""
    assert "kl-high" not in run_maker.log("train/kl", np.linspace(1, 5, 40)).findings()
