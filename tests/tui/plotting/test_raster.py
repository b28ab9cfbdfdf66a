"""Curves as dots."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from logwatch.tui.plotting.axis import Axis, span_axis
from logwatch.tui.plotting.raster import MARK, NOBODY, Curve, Grid, draw, split_pieces


def draw_values(
    values: list[float], width: int, height: int, *, log: bool = False, ascii_only: bool = False
) -> Grid:
    """The values at x = 0, 1, 2, ..."""
    x, y = np.arange(len(values), dtype=float), np.array(values)
    axes = span_axis([x]), span_axis([y], log)
    return draw([Curve(x, y)], (width, height), *axes, ascii_only=ascii_only)


def test_a_rising_line_is_a_diagonal() -> None:
    """A straight line goes from the lower left to the upper right corner."""
    grid = draw_values([float(n) for n in range(100)], 4, 2)

    assert ("  ⣠⠞", "⣠⠞⠁ ") == grid.rows()
    assert [NOBODY, NOBODY, 0, 0] == grid.owner[0].tolist()


def test_ascii_needs_no_braille() -> None:
    """The fallback holds nothing but ASCII, and draws the same shape."""
    rows = draw_values([3.0, 2.0, 1.0, math.nan, 5.0], 20, 3, ascii_only=True).rows()

    assert all(row.isascii() for row in rows)
    assert ("x" in rows[0], "o" in rows[-1], "o" in rows[0]) == (True, True, True)


@given(st.integers(50, 5000), st.data())
def test_no_spike_is_lost(count: int, data: st.DataObject) -> None:
    """One sample that stands out of thousands reaches the top, wherever it is."""
    at = data.draw(st.integers(0, count - 1))
    values = [1.0] * count
    values[at] = 2.0
    grid = draw_values(values, 20, 5)

    column = round(at / (count - 1) * 39) // 2
    near = grid.owner[0, max(column - 1, 0) : column + 2]
    assert 0 in near
    assert (grid.owner[-1] == 0).sum() >= 19


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=300))
def test_the_lowest_and_the_highest_are_drawn(values: list[float]) -> None:
    """The curve touches the first and the last row: its bounds are its own."""
    grid = draw_values(values, 12, 4)
    has_span = max(values) > min(values)

    assert not has_span or 0 in grid.owner[0]
    assert not has_span or 0 in grid.owner[-1]


@given(
    st.lists(st.sampled_from([1.0, 2.0, math.nan, math.inf, -math.inf]), min_size=1, max_size=90)
)
def test_every_kind_of_non_number_leaves_a_mark(values: list[float]) -> None:
    """NaN and Inf are × in the top row, -Inf is × in the bottom row, and numbers leave none."""
    grid = draw_values(values, 10, 3)
    high = any(math.isnan(value) or value == math.inf for value in values)

    assert high == (MARK in grid.owner[0])
    assert (-math.inf in values) == (MARK in grid.owner[-1])
    assert MARK not in grid.owner[1]


def test_a_mark_stands_at_its_own_x() -> None:
    """A NaN at the middle of the samples is marked in the middle of the chart."""
    grid = draw_values([1.0] * 50 + [math.nan] + [1.0] * 50, 11, 3)

    assert [5] == np.flatnonzero(grid.owner[0] == MARK).tolist()


def test_a_line_is_broken_where_there_are_no_numbers() -> None:
    """Nothing is drawn between two samples that have a NaN between them."""
    grid = draw_values([1.0, math.nan, 1.0], 20, 3)

    assert not (grid.owner[:, 3:8] == 0).any()
    assert not (grid.owner[:, 13:17] == 0).any()


def test_samples_far_apart_are_joined() -> None:
    """Two samples at the ends fill every column between them."""
    grid = draw_values([1.0, 2.0], 20, 5)

    assert (grid.owner == 0).any(axis=0).all()


def test_a_log_axis_marks_what_it_cannot_hold() -> None:
    """Zero and negative values are × at the bottom."""
    grid = draw_values([1.0, 0.0, 10.0, -3.0, 100.0], 20, 3, log=True)

    assert 2 == (grid.owner[-1] == MARK).sum()


def test_a_log_axis_makes_powers_a_straight_line() -> None:
    """Powers of ten lie on the diagonal."""
    grid = draw_values([10.0**n for n in range(9)], 9, 9, log=True)

    assert [0] * 9 == [int(grid.owner[8 - n, n]) for n in range(9)]


def test_the_later_curve_owns_the_cell() -> None:
    """Where curves meet, the one that is drawn last has the colour, and both have their dots."""
    x = np.array([0.0, 1.0])
    level = Curve(x, np.array([1.0, 1.0]), 3), Curve(x, np.array([1.0, 1.0]), 5)
    grid = draw(level, (4, 3), Axis(0, 1), Axis(0, 2))

    assert {NOBODY, 5} == set(grid.owner.ravel().tolist())


def test_where_x_goes_back_a_new_piece_begins() -> None:
    """A restart is not joined to what came before it, and samples without x are left out."""
    curve = Curve(np.array([1.0, 2.0, 3.0, 2.0, np.nan, 3.0]), np.arange(6.0))

    assert [[0, 1, 2], [3, 5]] == [piece.y.tolist() for piece in split_pieces(curve)]


def test_a_zoomed_line_comes_in_from_outside() -> None:
    """A view between two samples shows the line that joins them."""
    curve = Curve(np.array([0.0, 100.0]), np.array([0.0, 100.0]))
    grid = draw([curve], (10, 5), Axis(40, 60), Axis(0, 100))

    assert (grid.owner == 0).any(axis=0).all()
    assert not (grid.owner[0] == 0).any()


@given(
    st.lists(st.tuples(st.floats(), st.floats()), max_size=60),
    st.integers(1, 12),
    st.integers(1, 5),
    st.booleans(),
)
def test_nothing_makes_it_fail(
    points: list[tuple[float, float]], width: int, height: int, log: bool
) -> None:
    """Any samples at all give a grid of the asked size."""
    x, y = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    grid = draw([Curve(x, y)], (width, height), span_axis([x]), span_axis([y], log))

    assert [width] * height == [len(row) for row in grid.rows()]
