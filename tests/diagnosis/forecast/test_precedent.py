"""What another run's course says of this one's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.diagnosis.forecast.curves import forecast
from logwatch.diagnosis.forecast.precedent import precede


def fall(count: int, pace: float = 1.0, start: float = 10.0) -> np.ndarray:
    """(n,) a loss that falls at some pace, with a bend that its first part does not show."""
    time = pace * np.arange(1.0, count + 1)
    return start * time**-0.3 - 1.5 * np.clip(time / 1000 - 0.5, 0, 1)


def bins_of(value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Times as fractions of now, and the values."""
    return np.arange(1.0, len(value) + 1) / len(value), value


BASE = (np.arange(1.0, 1001.0), fall(1000))


def test_same_run_at_another_pace_is_foreseen() -> None:
    """A run twice as fast comes to a level at half the step, which its own past does not tell."""
    value = fall(200, pace=2.0)
    found = precede(bins_of(value), float(value[-1]), float(BASE[1][799]), BASE)
    assert found is not None
    assert math.log(400 / 200) == pytest.approx(math.exp(found.log), rel=0.05)
    assert found.weight > 0.9


def test_run_of_another_kind_is_not_trusted() -> None:
    """A baseline that fell otherwise between the same levels counts for little."""
    value = 10 * np.exp(-np.arange(1.0, 201.0) / 250)
    found = precede(bins_of(value), float(value[-1]), 1.2, BASE)
    assert found is None or found.weight < 0.2


@pytest.mark.parametrize(
    ("level", "target"), [(3.0, -5.0), (20.0, 2.0), (2.0, 2.5)], ids=["never", "above", "past"]
)
def test_nothing_is_said_of_levels_it_has_not_seen(level: float, target: float) -> None:
    """A level that the baseline never came to, or began below, gives nothing."""
    assert None is precede(bins_of(fall(200)), level, target, BASE)


@given(seed=st.integers(0, 10**6), count=st.integers(2, 60))
def test_any_baseline_is_answered(seed: int, count: int) -> None:
    """Whatever the two runs do, a weight is between 0 and 1 and the ratio finite."""
    rng = np.random.default_rng(seed)
    value, base = rng.normal(3, 1, 50), rng.normal(3, 1, count)
    time = np.cumsum(rng.uniform(0.1, 1, count))
    found = precede(bins_of(value), float(value[-5:].mean()), float(base.min()), (time, base))
    assert found is None or (0 <= found.weight <= 1 and math.isfinite(found.log))


def test_forecast_follows_a_baseline_that_it_trusts() -> None:
    """The step is nearer to the truth, and the interval narrower, than from the past alone."""
    step, value = np.arange(1.0, 301.0), fall(300)
    target = float(BASE[1][899])
    alone = forecast(step, value, target)
    beside = forecast(step, value, target, baseline=BASE)
    assert alone is not None and beside is not None
    assert abs(beside.step - 900) < abs(alone.step - 900)
    assert 900 == pytest.approx(beside.step, rel=0.05)
    assert beside.low <= 900 <= beside.high
    assert beside.high / beside.low < alone.high / alone.low
