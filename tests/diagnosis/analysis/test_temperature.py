"""Temperatures of a distillation: who tells them, and what the loss says of their square."""

import numpy as np
import pytest

from logwatch.diagnosis.config import Config
from logwatch.diagnosis.engine import diagnose
from logwatch.diagnosis.finding import Finding
from logwatch.diagnosis.rule import Question

KL = np.linspace(9.41, 11.17, 40)


def kl_high(run_maker, loss: np.ndarray, **config: float) -> Finding:
    """What is said of a divergence that rises in a loss that gives it 0.7."""
    run_maker.log("train/loss", loss).log("train/kl", KL).log("weight/kd", [0.7] * 40)
    found = diagnose(run_maker.view(), Question(config=Config(**config)))
    return next(one for one in found if one.rule == "kl-high")


def test_a_printed_temperature_is_used(run_maker):
    """`Temperature: 2.0` at the head of the log: 37.6 of the first loss is 9.41 times 4."""
    run_maker.note("setting", temperature=2.0)

    found = kl_high(run_maker, 0.7 * 4 * KL + 0.3 * 6.5)

    assert found.values["scaled"] == pytest.approx(4 * 11.17, rel=0.01)
    assert "T is 2 (line 10): times T squared it is 44.68." in found.detail
    assert "The loss holds it so: 0.7 times that leaves 1.95 of" in found.detail


def test_a_declared_one_goes_before(run_maker):
    """`temperature = 3` in logwatch.toml."""
    run_maker.note("setting", temperature=2.0)

    assert "T is 3 (declared)" in kl_high(run_maker, 0.7 * 9 * KL + 0.3 * 6.5, temperature=3).detail


def test_a_loss_that_is_too_small_does_not_hold_it(run_maker):
    """The printed divergence is times T squared already, as the script computes it."""
    found = kl_high(run_maker, 0.7 * KL + 0.3 * 6.5, temperature=2)

    assert "in the printed figure already, or nowhere" in found.detail


def test_a_loss_with_room_for_both_tells_nothing(run_maker):
    """Forty more of a regulariser would hide either."""
    found = kl_high(run_maker, 0.7 * 4 * KL + 0.3 * 6.5 + 40, temperature=2)

    assert "has room for it as printed and times T squared" in found.detail


@pytest.mark.parametrize("temperature", [65.0, "warm"])
def test_what_is_no_temperature_of_a_softmax_is_left_alone(run_maker, temperature):
    """A board has 65 degrees."""
    run_maker.note("setting", temperature=temperature)

    found = kl_high(run_maker, KL)

    assert np.isnan(found.values["temperature"])
    assert "T is" not in found.detail
