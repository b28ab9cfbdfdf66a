"""Curves in one row."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from logwatch.tui.plotting.sparkline import draw_sparkline


def test_it_goes_down_with_the_values() -> None:
    """A falling loss falls."""
    values = np.linspace(4, 1, 40)

    assert "⠉⠙⠒⠲⠤⠤⣄⣀" == draw_sparkline(values, 8)


def test_nan_is_seen() -> None:
    """The end of a diverged run is a ×."""
    assert "×" == draw_sparkline(np.array([1.0, 2.0, math.nan]), 6)[-1]


def test_ascii_is_ascii() -> None:
    """The fallback holds no other sign."""
    assert draw_sparkline(np.array([1.0, 2.0, math.nan]), 6, ascii_only=True).isascii()


def test_nothing_is_blank() -> None:
    """No values are blanks, no width is nothing."""
    assert ("   ", "") == (draw_sparkline(np.empty(0), 3), draw_sparkline(np.ones(3), 0))


@given(st.lists(st.floats(), max_size=50), st.integers(1, 20))
def test_it_is_as_wide_as_asked(values: list[float], width: int) -> None:
    """Any values fill exactly the cells of the table."""
    assert width == len(draw_sparkline(np.array(values), width))
