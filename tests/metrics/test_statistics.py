"""Robust statistics: what they measure, and what must not move them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from logwatch.metrics.series import Series, SeriesView
from logwatch.metrics.statistics import (
    MAX_POINTS,
    decimate,
    level_error,
    likeness,
    longest_run,
    mad,
    noise,
    ranks,
    rolling_median,
    theil_sen,
    thin,
)

FINITE = st.floats(-1e6, 1e6)


def series(values: np.ndarray) -> SeriesView:
    """A series with its sample's number as step, line and offset."""
    count = np.arange(len(values))
    empty = np.full(len(values), np.nan)
    made = Series("train/loss", "step")
    made.extend(
        {"value": values, "step": count.astype(float), "epoch": empty, "time": empty,
         "line": count, "offset": count}
    )  # fmt: skip
    return made.view()


@given(arrays(np.float64, st.integers(0, 3000), elements=FINITE))
def test_a_decimated_curve_is_short_and_in_order(values):
    """However long a series is, its curve has at most 512 points, with rising indices."""
    curve = decimate(series(values))

    assert len(curve) == min(len(values), MAX_POINTS)
    assert (np.diff(curve.index) > 0).all()
    assert (np.diff(curve.step) > 0).all()


@given(arrays(np.float64, st.integers(1, 3000), elements=FINITE))
def test_a_decimated_curve_stays_within_the_values(values):
    """A median of a bin is never outside what was logged."""
    curve = decimate(series(values))

    assert values.min() <= curve.value.min()
    assert values.max() >= curve.value.max()


def test_non_finite_samples_leave_no_trace_in_a_curve():
    """NaN and Inf are left out, and the indices of the others still name their own samples."""
    curve = decimate(series(np.array([1.0, math.nan, 3.0, math.inf, 5.0])))

    assert [1.0, 3.0, 5.0] == curve.value.tolist()
    assert [0, 2, 4] == curve.index.tolist()


def test_a_spike_does_not_move_a_decimated_curve():
    """One sample a thousand times too high is not seen in 20 samples a bin."""
    values = np.ones(512 * 20)
    values[5000] = 1000.0

    assert [1.0] * 512 == decimate(series(values)).value.tolist()


def test_noise_is_that_of_the_samples_whatever_the_trend():
    """A steep trend and a few jumps leave the estimate of a standard deviation within 10 %."""
    rng = np.random.default_rng(0)
    values = rng.normal(0, 0.5, 4000) + np.linspace(100, 0, 4000)
    values[::500] += 50

    assert noise(values) == pytest.approx(0.5, rel=0.1)


def test_noise_of_few_digits_is_not_zero():
    """Where most differences are equal, the rest still tells of the noise."""
    values = np.tile([2.3, 2.3, 2.3, 2.3, 2.4], 40)

    assert 0 < noise(values) < 0.1


@pytest.mark.parametrize("count", [0, 1, 2])
def test_noise_of_next_to_nothing_is_unknown(count):
    """Two samples have no noise to speak of: NaN."""
    assert math.isnan(noise(np.zeros(count)))


def test_mad_of_nothing_is_unknown():
    """An empty array has no deviation: NaN."""
    assert math.isnan(mad(np.empty(0)))


def test_the_error_of_a_level_is_that_of_medians():
    """What is said of one median of 9 is how much 2000 of them scatter, within 15 %."""
    samples = np.random.default_rng(1).normal(0, 1, (2000, 9))

    shown = float(np.median(samples, axis=1).std())

    assert level_error(samples.ravel(), 9) == pytest.approx(shown, rel=0.15)


def test_correlated_noise_widens_the_error_of_a_level():
    """Neighbours that move together make a level less sure than independent ones would."""
    rng = np.random.default_rng(2)
    walk = np.zeros(2000)
    for i in range(1, 2000):
        walk[i] = 0.95 * walk[i - 1] + rng.normal(0, 0.1)

    assert level_error(walk, 9) > 2 * 1.2533 * noise(walk) / 3


@given(arrays(np.float64, st.integers(0, 60), elements=FINITE), st.integers(1, 12))
def test_a_rolling_median_is_the_median_of_each_window(values, width):
    """It is what the definition says, and empty for less than one window."""
    expected = [float(np.median(values[i : i + width])) for i in range(len(values) - width + 1)]

    assert expected == rolling_median(values, width).tolist()


def test_the_slope_of_a_line_is_exact():
    """A line without noise has one slope, and an interval of no width."""
    trend = theil_sen(3.0 - 0.25 * np.arange(40))

    assert (-0.25, -0.25, -0.25) == (trend.slope, trend.low, trend.high)
    assert (-9.75, -9.75, -9.75) == trend.over_span()


def test_a_third_of_wild_samples_does_not_turn_a_slope():
    """Ten of forty samples far off leave the sign and nearly the size of the slope."""
    values = -0.25 * np.arange(40.0)
    values[::4] += 100

    assert theil_sen(values).slope == pytest.approx(-0.25, abs=0.05)


def test_the_interval_of_a_slope_holds_it_19_times_in_20():
    """Of 400 noisy lines the 95 % interval holds the true slope of 91 to 99 %."""
    rng = np.random.default_rng(3)
    trends = [theil_sen(0.1 * np.arange(50) + rng.normal(0, 1, 50)) for _ in range(400)]

    held = sum(trend.low <= 0.1 <= trend.high for trend in trends)

    assert 0.91 * 400 <= held <= 0.99 * 400


def test_three_points_have_no_trend():
    """Fewer than four points give NaN, not a guess."""
    assert math.isnan(theil_sen(np.array([3.0, 2.0, 1.0])).slope)


@given(arrays(np.float64, st.integers(1, 500), elements=FINITE), st.integers(1, 64))
def test_thinning_keeps_the_range(values, points):
    """Medians of neighbours lie within what they were made of, and are no more than asked for."""
    thinned = thin(values, points)

    assert len(thinned) == min(len(values), points)
    assert values.min() <= thinned.min() <= thinned.max() <= values.max()


@given(st.lists(st.booleans(), max_size=40))
def test_the_longest_run_is_the_longest(mask):
    """All within it is true, and no longer stretch is."""
    start, end = longest_run(np.array(mask, dtype=bool))

    runs = [len(part) for part in "".join("x" if m else " " for m in mask).split()]
    assert all(mask[start:end])
    assert max(runs, default=0) == end - start


def test_equal_values_share_a_rank():
    """Two equal values in the middle are both 1.5."""
    assert [0, 1.5, 1.5, 3] == ranks(np.array([1.0, 2.0, 2.0, 9.0])).tolist()


def test_neighbours_of_a_curve_are_alike_and_those_of_noise_are_not():
    """A sine of 40 values lies many standard errors off; noise within a few; a swing below 0."""
    rng = np.random.default_rng(0)

    assert likeness(np.sin(np.arange(40) / 6)) > 5
    assert abs(likeness(rng.normal(0, 1, 40))) < 3
    assert likeness(np.resize([0.0, 1.0], 40)) < -1


def test_noise_is_called_a_curve_in_one_case_of_twenty():
    """Bartels' limit holds from a dozen values on: 5 % lie above 1.645."""
    rng = np.random.default_rng(1)
    found = [likeness(rng.normal(0, 1, 12)) > 1.645 for _ in range(2000)]

    assert 0.03 < np.mean(found) < 0.07


@pytest.mark.parametrize("values", [np.ones(50), np.arange(4.0), np.empty(0)])
def test_too_few_values_or_one_value_are_not_alike(values):
    """There is no order to speak of."""
    assert likeness(values) == 0
