"""The log's step for what a probe counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.metrics.alignment import Alignment, Scale


def learn(pairs, by_optimizer=False, gap=1.0):
    """The scale after moments of (count, step)."""
    alignment = Alignment()
    alignment.counted_by_optimizer = by_optimizer
    for count, step in pairs:
        alignment.note(count, step, gap)
    return alignment.scale


def test_without_a_step_in_the_log_the_probe_counts():
    """Nothing to align to."""
    assert Scale(0.0, 1.0) == learn([])


def test_an_optimizer_that_counts_as_the_log_needs_no_guess():
    """The log's newest line is up to ten steps old, and its step is the optimizer's own."""
    pairs = [(503, 500), (512, 510), (521, 520), (534, 530)]

    assert Scale(0.0, 1.0) == learn(pairs, by_optimizer=True)


def test_a_count_from_when_the_probe_came_is_shifted():
    """SGD keeps no count: the probe's first step is the log's 5000th."""
    pairs = [(1, 4990), (10, 5000), (20, 5010), (30, 5020), (40, 5030)]

    assert Scale(4990.0, 1.0) == learn(pairs)


def test_an_old_line_is_no_moment_to_go_by():
    """Only lines that come while the probe is there tell where it stands."""
    assert Scale(4990.0, 1.0) == learn([(500, 4000), (510, 5500), (520, 5510), (530, 5520)])


@pytest.mark.parametrize(("ratio", "jitter"), [(4, 0), (4, 1), (8, 2), (0.25, 0)])
def test_micro_batches_are_told_from_steps(ratio, jitter):
    """A log that counts batches goes on several times as fast; a late reading does not hide it."""
    pairs = [(100 + 50 * n + jitter * (n % 2), ratio * (50 * n) + 400) for n in range(1, 20)]

    scale = learn(pairs, gap=2.0)

    assert ratio == scale.ratio
    assert abs(scale.shift - (400 - 100 * ratio)) <= 2 * ratio * max(jitter, 1)


def test_a_ratio_that_is_no_whole_number_is_kept():
    """A log that counts samples or tokens has a ratio of its own."""
    pairs = [(100 * n, 1234.5 * 100 * n) for n in range(1, 9)]

    assert 1234.5 == learn(pairs).ratio


@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e12)), max_size=80), st.booleans())
def test_the_scale_is_always_a_number(pairs, by_optimizer):
    """Whatever the counters do, steps stay numbers and go the right way."""
    scale = learn(pairs, by_optimizer)

    assert scale.ratio > 0
    assert scale.shift == scale.shift
