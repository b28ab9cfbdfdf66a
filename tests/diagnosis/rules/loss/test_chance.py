"""Losses held against ln C, known or guessed."""

import math

import numpy as np
import pytest

from logwatch.diagnosis.config import Config
from logwatch.diagnosis.engine import diagnose
from logwatch.diagnosis.finding import Severity
from logwatch.diagnosis.rule import Question


def ask(run_maker, **known):
    """Findings by rule, with classes or a vocabulary declared."""
    return {f.rule: f for f in diagnose(run_maker.view(), Question(config=Config(**known)))}


@pytest.fixture
def guessing() -> np.ndarray:
    """(60,) a loss at ln 37."""
    return np.random.default_rng(0).normal(math.log(37), 0.002, 60)


def test_declared_classes_make_it_a_warning(run_maker, guessing):
    """At ln 37 with 37 classes declared."""
    found = ask(run_maker.log("train/loss", guessing), classes=37)["chance-level"]

    assert (Severity.warning, "flat-loss") == (found.severity, found.because)
    assert found.values["chance"] == pytest.approx(math.log(37))


def test_other_classes_are_no_chance_level(run_maker, guessing):
    """At ln 37 with 50 classes it is not guessing evenly; without any, 37 is not guessed."""
    assert "chance-level" not in ask(run_maker.log("train/loss", guessing), classes=50)
    assert "chance-level" not in ask(run_maker)


def test_round_numbers_of_classes_are_guessed(run_maker):
    """2.302 for a hundred epochs is ln 10: a remark, as nobody said so."""
    found = ask(run_maker.log("train/loss", np.full(100, 2.3025) + 1e-4 * (np.arange(100) % 3)))

    assert (Severity.info, 10.0) == (
        found["chance-level"].severity,
        found["chance-level"].values["classes"],
    )


def test_initial_loss_needs_a_vocabulary(run_maker):
    """28.3 at the first step is 2.6 times ln 50257; without a vocabulary nothing is said."""
    run_maker.log("train/loss", [28.3, 28.1, 28.0, 27.0, 26.0, 25.0])

    assert "high-initial-loss" not in ask(run_maker)
    found = ask(run_maker, vocabulary=50257)["high-initial-loss"]
    assert (Severity.warning, True) == (found.severity, found.active)
    assert found.values["times"] == pytest.approx(28.1 / math.log(50257))


def test_initial_loss_that_came_down_is_over(run_maker):
    """Below ln V the start does not matter any more."""
    run_maker.log("train/loss", [28.3, 28.1, 28.0, 9.0, 8.0, 7.0, 6.0, 6.0, 6.0])

    assert not ask(run_maker, vocabulary=50257)["high-initial-loss"].active


def test_a_sum_of_terms_is_not_held_against_a_vocabulary(run_maker):
    """A total with a divergence in it is no cross-entropy; its own part is."""
    run_maker.log("train/loss", [90.0, 89, 88]).log("train/kd_loss", [80.0, 79, 78])
    assert "high-initial-loss" not in ask(run_maker, vocabulary=50257)

    run_maker.log("train/lm_loss", [10.0, 10, 10])
    assert "high-initial-loss" not in ask(run_maker, vocabulary=50257)
