"""Rises of levels among noise."""

import numpy as np
import pytest

from logwatch.diagnosis.analysis.shifts import (
    Needs,
    find_lowest,
    find_rise,
    in_log_units,
    measure_scatter,
    separate,
)

NEEDS = Needs(np.log(1.05))


def draw(kind, count, seed):
    """Noise of one standard deviation: normal, Student's with 3 degrees, or with a memory."""
    rng = np.random.default_rng(seed)
    if kind == "student":
        return rng.standard_t(3, count) / np.sqrt(3)
    noise = rng.standard_normal(count)
    if kind == "memory":
        for index in range(1, count):
            noise[index] = 0.5 * noise[index - 1] + np.sqrt(0.75) * noise[index]
    return noise


@pytest.mark.parametrize("kind", ["normal", "student", "memory"])
def test_noise_alone_is_not_a_rise(kind):
    """Looked at ten times each, one of twenty level series at most is called rising."""
    called = 0
    for seed in range(20):
        points = 0.3 * draw(kind, 300, seed)
        rises = [find_rise(points[:end], NEEDS) for end in range(30, 301, 30)]
        called += any(rise is not None and rise.is_sure for rise in rises)

    assert called <= 1


@pytest.mark.parametrize("kind", ["normal", "student", "memory"])
def test_a_level_at_twice_its_best_is_a_rise_among_noise(kind):
    """A scatter of 30 % does not hide it; the levels are those of the series."""
    points = 0.3 * draw(kind, 300, 1) + np.where(np.arange(300) < 220, 0.0, np.log(2))

    rise = find_rise(points, NEEDS)

    assert rise is not None
    assert rise.is_sure
    assert rise.end <= 220
    assert np.log(2) == pytest.approx(rise.now - rise.before, abs=0.25)


def test_a_few_outliers_are_not_a_rise():
    """Three points far above all others do not move a level."""
    points = 0.1 * draw("normal", 100, 2)
    points[[96, 97, 98]] += 3.0

    rise = find_rise(points, NEEDS)

    assert rise is None or not rise.is_sure


def test_a_small_rise_is_not_one_whatever_its_certainty():
    """A twentieth is asked for, and half the scatter of one point."""
    points = 0.001 * draw("normal", 400, 3) + np.where(np.arange(400) < 200, 0.0, 0.02)

    assert find_rise(points, NEEDS) is None


def test_a_constant_has_no_scatter():
    """And a step of it is sure at once."""
    points = np.concatenate([np.zeros(40), np.ones(6)])

    assert 0 == measure_scatter(np.zeros(40)).single
    rise = find_rise(points, NEEDS)
    assert rise is not None and rise.is_sure


def test_memory_makes_a_level_less_sure():
    """Neighbours that are alike count as fewer points."""
    alone, alike = (measure_scatter(draw(kind, 2000, 4)) for kind in ("normal", "memory"))

    assert alike.error(20) > 1.3 * alone.error(20)


def test_few_points_say_nothing():
    """Below twelve there is no level and no noise."""
    assert find_rise(np.arange(11.0), NEEDS) is None


def test_points_are_logs_where_all_are_positive():
    """A loss of 0 or below keeps its own unit."""
    assert in_log_units(np.array([1.0, np.e]))[1]
    assert not in_log_units(np.array([1.0, 0.0]))[1]


def test_the_lowest_window_is_found():
    """By the median of as many points."""
    points = np.concatenate([np.full(20, 3.0), np.full(10, 1.0), np.full(20, 2.0)])

    start, level = find_lowest(points, 10)

    assert 1.0 == level
    assert 16 <= start <= 24


def test_full_separation_counts_by_its_chance():
    """Of 12 and 5 equal draws the 5 are the highest once in 6188 times: 3.6 standard errors."""
    assert 3.6 == pytest.approx(separate(np.arange(5.0) + 100, np.arange(12.0)), abs=0.2)
