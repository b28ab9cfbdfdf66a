"""The family of curves: what it fits exactly, what it ignores, what it calls unreachable."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.diagnosis.forecast.boxcox import BINS, EXPONENTS, fit_window, thin, weights


def draw(exponent: float, level: float, slope: float, count: int = 60) -> tuple:
    """Times up to one and the heights of one curve of the family."""
    time = np.arange(1.0, count + 1) / count
    shape = np.log(time) if exponent == 0 else (time**exponent - 1) / exponent
    return time, level - slope * shape


class TestFitWindow:
    """Fits of noiseless and noisy curves."""

    @pytest.mark.parametrize("exponent", [-1.0, -0.5, 0.0, 0.5, 1.0, 1.5])
    def test_finds_where_its_own_curve_comes_down(self, exponent: float) -> None:
        """A curve of the family comes to zero where its formula says."""
        truth = 1.8
        shape = math.log(truth) if exponent == 0 else (truth**exponent - 1) / exponent
        time, height = draw(exponent, level=0.4, slope=0.4 / shape)
        fit = fit_window(time, height, 0.3)
        assert math.log(truth) == pytest.approx(fit.log_ratio(), rel=0.02)
        assert exponent == pytest.approx(fit.exponent(), abs=0.1)

    @given(scale=st.floats(1e-3, 1e3), exponent=st.sampled_from([-0.5, 0.0, 1.0]))
    def test_unit_of_heights_does_not_matter(self, scale: float, exponent: float) -> None:
        """Heights in another unit come down at the same time."""
        time, height = draw(exponent, 0.5, 0.5)
        noisy = height + 0.01 * np.sin(np.arange(len(time)) * 1.7)
        plain = fit_window(time, noisy, 0.5).log_ratio()
        assert plain == pytest.approx(fit_window(time, scale * noisy, 0.5).log_ratio(), rel=1e-6)

    def test_rising_curve_never_comes_down(self) -> None:
        """A curve that rises has no time at which it comes to zero, and its fall is negative."""
        time, height = draw(0.0, 0.5, -0.3)
        fit = fit_window(time, height, 0.5)
        assert math.inf == fit.log_ratio()
        assert fit.falling < 0

    def test_curve_below_is_there_already(self) -> None:
        """A curve that is below zero now is there, falling or not."""
        time, height = draw(0.0, -0.1, -0.3)
        assert 0.0 == fit_window(time, height, 0.5).log_ratio()

    def test_levelling_curve_does_not_reach_below_its_end(self) -> None:
        """A power law that ends above zero never comes there."""
        time, height = draw(-1.5, level=0.9, slope=0.3)
        assert math.inf == fit_window(time, height, 0.3).log_ratio()

    def test_noise_hides_the_fall(self) -> None:
        """The fall in standard errors is large without noise and small with much of it."""
        time, height = draw(0.0, 0.5, 0.2)
        noise = np.random.default_rng(1).normal(0, 1, len(time))
        assert fit_window(time, height, 0.5).falling > 20
        assert abs(fit_window(time, height + noise, 0.5).falling) < 4

    def test_few_bins_are_all_used(self) -> None:
        """Of a curve with six bins none is left out, wherever the window starts."""
        time, height = draw(0.0, 0.5, 0.2, count=6)
        assert 0 == fit_window(time, height, 0.9).start

    def test_posterior_is_a_distribution(self) -> None:
        """The weights of the exponents are positive or zero and sum to one."""
        fit = fit_window(*draw(0.0, 0.5, 0.2), 0.5)
        assert len(EXPONENTS) == len(fit.weight)
        assert 1.0 == pytest.approx(fit.weight.sum())
        assert fit.weight.min() >= 0


class TestThin:
    """Fewer points that say the same."""

    def test_short_curves_are_left_as_they_are(self) -> None:
        """Up to `BINS` samples nothing is thinned."""
        time = np.arange(1.0, BINS + 1)
        assert time is thin(time, time)[0]

    @given(count=st.integers(BINS + 1, 5000), seed=st.integers(0, 99))
    def test_points_are_few_rising_and_inside(self, count: int, seed: int) -> None:
        """At most `BINS` points, at rising times, between the least and the greatest value."""
        rng = np.random.default_rng(seed)
        time = np.cumsum(rng.exponential(1.0, count) ** 3) + 1
        value = rng.normal(0, 1, count)
        times, values = thin(time, value)
        assert 1 <= len(times) == len(values) <= BINS
        assert (np.diff(times) > 0).all()
        assert time[0] <= times[0] and times[-1] <= time[-1]
        assert value.min() <= values.min() and values.max() <= value.max()

    def test_spike_does_not_show(self) -> None:
        """One sample a million times too high moves no point."""
        time = np.arange(1.0, 5001.0)
        value = np.ones(5000)
        value[2500] = 1e6
        assert 1.0 == thin(time, value)[1].max()

    def test_gap_leaves_no_point(self) -> None:
        """Bins without samples are left out."""
        time = np.concatenate([np.arange(1.0, 501.0), np.arange(9501.0, 10001.0)])
        times, _ = thin(time, np.ones(1000))
        assert not ((times > 600) & (times < 9400)).any()


def test_newest_bins_weigh_most() -> None:
    """Weights rise with time and sum to one."""
    weight = weights(np.linspace(0.1, 1.0, 10))
    assert (np.diff(weight) > 0).all()
    assert 1.0 == pytest.approx(weight.sum())
