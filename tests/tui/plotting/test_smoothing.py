"""Averages of curves."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.tui.plotting.smoothing import average, smooth

VALUES = st.lists(
    st.one_of(st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf])), max_size=400
)


def smooth_one_by_one(values: list[float], weight: float) -> list[float]:
    """The definition: an average with bias correction, sample by sample."""
    mean, power, out = 0.0, 1.0, []
    for value in values:
        if math.isfinite(value):
            mean, power = weight * mean + (1 - weight) * value, power * weight
        out.append(mean / (1 - power) if math.isfinite(value) else math.nan)
    return out


@given(VALUES, st.sampled_from([0.3, 0.6, 0.9, 0.99]))
def test_it_is_what_its_definition_says(values: list[float], weight: float) -> None:
    """The fast way gives the same numbers as the plain one; NaN and Inf are skipped."""
    wanted = smooth_one_by_one(values, weight)

    assert wanted == pytest.approx(
        smooth(np.array(values), weight).tolist(), rel=1e-9, abs=1e-6, nan_ok=True
    )


def test_a_constant_stays_itself() -> None:
    """A flat curve is flat from its first sample on: there is no lag from zero."""
    assert [3.0] * 300 == pytest.approx(smooth(np.full(300, 3.0), 0.99).tolist())


@given(VALUES, st.integers(1, 20))
def test_means_lie_between_the_bounds(values: list[float], blocks: int) -> None:
    """No mean is outside of the values, and there are no more than asked for."""
    y = np.array(values)
    finite = y[np.isfinite(y)]
    _, mean = average(np.arange(float(len(y))), y, blocks)
    known = mean[np.isfinite(mean)]

    assert len(mean) <= blocks
    assert (
        not len(known) or finite.min() - 1e-6 <= known.min() <= known.max() <= finite.max() + 1e-6
    )
