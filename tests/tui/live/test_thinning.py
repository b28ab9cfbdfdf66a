"""Which samples a chart needs."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from logwatch.tui.live.thinning import BLOCK, Thinning
from logwatch.tui.plotting.axis import span_axis
from logwatch.tui.plotting.raster import Curve, draw

LONG = 4 * BLOCK + 17


@given(st.integers(0, LONG - 1), st.sampled_from([math.nan, math.inf, -math.inf, 1e9, -1e9]))
def test_what_stands_out_is_kept(at: int, value: float) -> None:
    """A sample that is unlike all others is drawn, wherever it is."""
    y = np.sin(np.arange(float(LONG)))
    y[at] = value

    assert at in Thinning().extend(y).index


@given(st.lists(st.integers(1, 700), min_size=1, max_size=6))
def test_growing_in_pieces_changes_nothing(pieces: list[int]) -> None:
    """However the series grew, what is kept of it is the same."""
    y = np.sin(np.arange(float(sum(pieces))) * 1.7)
    grown = Thinning()
    for end in np.cumsum(pieces):
        kept = grown.extend(y[:end])
    whole = Thinning().extend(y)

    assert whole.index.tolist() == kept.index.tolist()
    assert whole.mean.tolist() == kept.mean.tolist()


def test_a_chart_of_what_is_kept_is_the_same() -> None:
    """Of 200 000 noisy samples with gaps, a chart looks the same dot for dot."""
    rng = np.random.default_rng(0)
    y = 3 + rng.standard_normal(200_000)
    y[50_000:60_000] = math.nan
    x = np.arange(200_000.0)
    thin = Thinning().extend(y).index
    axes = span_axis([x]), span_axis([y])
    full, few = (
        draw([curve], (100, 20), *axes) for curve in (Curve(x, y), Curve(x[thin], y[thin]))
    )

    same = (full.cells == few.cells).mean()
    assert len(thin) < 5_000
    assert same > 0.97


def test_means_leave_out_what_is_no_number() -> None:
    """The mean of a block is that of its numbers, and NaN where it has none."""
    y = np.ones(2 * BLOCK)
    y[3], y[BLOCK:] = math.nan, math.inf
    mean = Thinning().extend(y).mean

    assert 1.0 == mean[0]
    assert math.isnan(mean[1])


def test_samples_that_may_still_go_are_all_kept() -> None:
    """What is not settled is drawn as it is, and looked at anew when it has changed."""
    y = np.sin(np.arange(float(LONG)))
    thinning, other = Thinning(), y.copy()
    thinning.extend(y, 2 * BLOCK)
    other[2 * BLOCK :] += 1
    kept = thinning.extend(other, 3 * BLOCK)

    assert Thinning().extend(other, 3 * BLOCK).index.tolist() == kept.index.tolist()
    assert set(range(3 * BLOCK, LONG)) <= set(kept.index.tolist())
