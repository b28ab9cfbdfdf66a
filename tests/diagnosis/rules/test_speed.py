"""`slower-steps`: a run that lost its speed, and those that only pause."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def times(count: int = 400) -> np.ndarray:
    """(count,) step times of 0.5 s with 3 % of noise."""
    return 0.5 * (1 + np.random.default_rng(0).normal(0, 0.03, count))


def test_a_long_slow_stretch_is_a_remark(bench):
    """2.4 times as long in the later 40 % of a run: how much, how long, and that it lasts."""
    slow = times()
    slow[240:] *= 2.4

    found = bench.log("step_time_s", slow).findings()["slower-steps"]

    assert (Severity.info, True) == (found.severity, found.active)
    assert found.title.startswith("steps take 2.4 times as long in 4")
    assert found.values["times"] == pytest.approx(2.4, rel=0.05)
    assert "and it lasts" in found.detail


def test_a_stretch_that_ended_is_over(bench):
    """Slow for a quarter of the run, and fast again."""
    slow = times()
    slow[200:300] *= 2

    assert not bench.log("step_time_s", slow).findings()["slower-steps"].active


def test_a_rate_that_fell_is_the_same_finding(bench):
    """Tokens per second tell it the other way round."""
    found = bench.log("tokens_per_s", np.r_[np.full(200, 9e3), np.full(200, 3e3)]).findings()

    assert 3.0 == pytest.approx(found["slower-steps"].values["times"])


def test_pauses_and_a_slow_start_are_usual(bench):
    """A compiler in the first steps, a checkpoint every fiftieth: not a word."""
    usual = times()
    usual[:20] *= 40
    usual[::50] *= 20

    assert "slower-steps" not in bench.log("step_time_s", usual).findings()
