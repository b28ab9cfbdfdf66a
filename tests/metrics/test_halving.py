"""Which samples of a long run stay in memory."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logwatch.metrics.halving import BLOCK, RECENT, find_levels, halve, halve_old
from logwatch.metrics.statistics import noise

COUNTS = st.lists(st.integers(0, 1 << 30), min_size=1, max_size=6)


def noisy(count: int, seed: int = 0) -> np.ndarray:
    """Losses that fall, with noise."""
    rng = np.random.default_rng(seed)
    return 3 + np.exp(-np.arange(count) / count) + rng.normal(0, 0.1, count)


def steps(count: int) -> np.ndarray:
    """Steps that count samples."""
    return np.arange(float(count))


@pytest.mark.parametrize("count", [0, 1, 3, 50])
def test_half_is_kept(count: int) -> None:
    """Of each block half of the samples are kept, in their order."""
    kept = halve(noisy(count * BLOCK), steps(count * BLOCK))

    assert count * BLOCK // 2 == len(kept)
    assert (np.diff(kept) > 0).all()
    assert [BLOCK // 2] * count == np.bincount(kept // BLOCK, minlength=count).tolist()


@settings(max_examples=60)
@given(
    st.integers(0, 2**32),
    st.lists(st.tuples(st.integers(0, BLOCK - 1), st.floats()), max_size=20),
)
def test_what_stands_out_is_kept(seed: int, changes: list[tuple[int, float]]) -> None:
    """Ends, bounds, and the samples before and after each that begins or ceases to be a number."""
    value = noisy(BLOCK, seed)
    for at, other in changes:
        value[at] = other
    kept = set(halve(value, steps(BLOCK)).tolist())

    finite = np.isfinite(value)
    turns = np.flatnonzero(finite[1:] != finite[:-1])
    assert kept >= {0, BLOCK - 1, *turns.tolist(), *(turns + 1).tolist()}
    assert BLOCK // 2 == len(kept)
    if finite.any():
        among = value[sorted(kept)]
        among = among[np.isfinite(among)]
        assert (value[finite].min(), value[finite].max()) == (among.min(), among.max())


def test_a_restart_is_kept() -> None:
    """Where the step goes back, the samples on both sides stay."""
    step = np.concatenate([steps(201), steps(BLOCK - 201)])

    assert {200, 201} <= set(halve(noisy(BLOCK), step).tolist())


def test_what_alternates_is_not_halved_away() -> None:
    """Two losses that are printed in turn under one name are both kept."""
    value = np.tile([1.0, 2.0], 16 * BLOCK)

    assert 1.5 == pytest.approx(value[halve(value, steps(len(value)))].mean(), abs=0.01)


def test_alternating_infinities_are_halved_like_numbers() -> None:
    """Where every other sample is no number, both kinds are kept all along the block."""
    value = np.tile([1.0, math.nan], BLOCK // 2)
    kept = halve(value, steps(BLOCK))

    assert np.diff(kept).max() <= 8
    assert 0.5 == pytest.approx(np.isnan(value[kept]).mean(), abs=0.02)


def test_noise_and_level_stay_what_they_were() -> None:
    """Six halvings change the spread of noise by less than 3 %, and its median by 1 % of it."""
    value = np.random.default_rng(0).normal(3, 0.1, 64 * 16 * BLOCK)
    kept = value
    for _ in range(6):
        kept = kept[halve(kept, steps(len(kept)))]

    assert len(value) == 64 * len(kept)
    assert noise(value) == pytest.approx(noise(kept), rel=0.03)
    assert np.median(value) == pytest.approx(np.median(kept), abs=0.001)


@given(COUNTS, st.integers(BLOCK * 6, 1 << 24))
def test_all_together_are_bounded(counts: list[int], most: int) -> None:
    """So often halved, series keep no more samples in all than a run may keep."""
    levels = find_levels(np.array(counts), most)

    assert sum(count >> level for count, level in zip(counts, levels.tolist(), strict=True)) <= most


@given(COUNTS, st.lists(st.integers(0, 1 << 20), min_size=6, max_size=6))
def test_levels_only_rise(counts: list[int], grown: list[int]) -> None:
    """Whichever series grow, none is halved less often than before."""
    before = np.array(counts)
    after = before + np.array(grown)[: len(counts)]

    assert (find_levels(after, 1 << 20) >= find_levels(before, 1 << 20)).all()


def test_short_runs_are_not_halved() -> None:
    """Up to the bound nothing is left out; without series there is nothing to do."""
    assert [0, 0] == find_levels(np.array([600, 424]), 1024).tolist()
    assert [] == find_levels(np.empty(0, np.int64), 1024).tolist()


def test_the_newest_stay_whole() -> None:
    """Only whole blocks of what is no longer recent are halved, each into the next level."""
    count = RECENT + 3 * BLOCK + 7
    order, sizes = halve_old(noisy(count), steps(count), [count, 0])

    assert [RECENT + 7, BLOCK // 2, BLOCK // 2] == sizes
    assert list(range(3 * BLOCK, count)) == order[-RECENT - 7 :].tolist()
    assert sum(sizes) == len(order)
