"""Numbers as short text."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.tui.text.numbers import (
    Precision,
    find_precision,
    show_age,
    show_change,
    show_clock,
    show_count,
    show_duration,
    show_rate,
    show_size,
    show_tick,
    show_value,
)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([5.70, 5.45, 3.07], "3.07"),
        ([5.75, 5.45, 3.1], "3.10"),
        ([3e-5, 3e-5], "3.0e-05"),
        ([2.5e-4, 1.25e-4], "1.25e-04"),
        ([21.5475, 15.5268], "15.5268"),
        ([1.0, 2.0, 300.0], "300"),
        ([2.05e12], "2.05e+12"),
        ([0.0], "0"),
        ([1.0, math.nan], "NaN"),
        ([1.0, math.inf], "Inf"),
        ([1.0, -math.inf], "-Inf"),
    ],
)
def test_a_value_has_the_precision_of_the_log(values: list[float], shown: str) -> None:
    """As many digits as the log prints, trailing zeros too, and an exponent for tiny numbers."""
    column = np.array(values)

    assert shown == show_value(values[-1], find_precision(column))


@given(st.floats(), st.integers(0, 6), st.booleans(), st.integers(6, 12))
def test_a_value_never_leaves_its_cell(
    value: float, decimals: int, exponent: bool, width: int
) -> None:
    """No number is wider than the cell that it is written in."""
    text = show_value(value, Precision(decimals, exponent), max(width, 7))

    assert len(text) <= max(width, 7)


@given(st.floats(1e-3, 1e5))
def test_a_shown_value_is_near_the_true_one(value: float) -> None:
    """What is shown differs by less than one part in a thousand, or half its last digit."""
    text = show_value(value)

    assert abs(float(text) - value) <= max(1e-3 * value, 0.5e-6)


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (5.7, 3.07, "-46 %"),
        (100.0, 99.6, "-0.4 %"),
        (2.0, 2.0, "0 %"),
        (1.0, 12.0, "x12"),
        (-2.0, -1.0, "+50 %"),
        (0.0, 1.0, ""),
        (math.nan, 1.0, ""),
        (1.0, math.inf, ""),
    ],
)
def test_a_change_is_told_in_percent(first: float, last: float, shown: str) -> None:
    """Percent of the first value, a factor from ten times on, nothing where there is no ratio."""
    assert shown == show_change(first, last)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (45, "45 s"),
        (200, "3 m 20 s"),
        (43380, "12 h 03 m"),
        (187200, "2 d 04 h"),
        (math.nan, "?"),
        (math.inf, "?"),
    ],
)
def test_a_duration_has_two_units(seconds: float, shown: str) -> None:
    """Two units are enough to plan by."""
    assert shown == show_duration(seconds)


@pytest.mark.parametrize(
    ("rate", "shown"),
    [(0.6173, "1.62 s/it"), (3.1, "3.1 it/s"), (0.002, "8 m 20 s/it"), (0.0, ""), (math.nan, "")],
)
def test_a_speed_is_said_as_people_say_it(rate: float, shown: str) -> None:
    """Seconds a step when slow, steps a second when fast."""
    assert shown == show_rate(rate)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(27.0, "20 s"), (150.0, "2 min"), (7500, "2 h 05 m")]
)
def test_an_age_is_coarse(seconds: float, shown: str) -> None:
    """It changes seldom, so that an idle screen sends next to nothing."""
    assert shown == show_age(seconds)


def test_counts_and_sizes_are_grouped() -> None:
    """Five digits and more are grouped, bytes are in units of 1000."""
    assert ["24,941", "2.50", "?"] == [show_count(n) for n in (24941.0, 2.5, math.nan)]
    assert ["999 B", "1.5 kB", "263 MB"] == [show_size(n) for n in (999, 1500, 263e6)]


def test_ticks_are_short() -> None:
    """Thousands and millions are k and M, and fractions have the digits of their step."""
    ticks = [show_tick(20000, 5000), show_tick(1.5e6, 5e5), show_tick(2.91, 0.005), show_tick(0, 1)]

    assert ["20k", "1.5M", "2.910", "0"] == ticks


def test_clocks_are_short() -> None:
    """A time since the start needs no more than the distance between ticks."""
    clocks = [
        show_clock(90, 30),
        show_clock(5400, 1800),
        show_clock(7200, 3600),
        show_clock(120, 60),
    ]

    assert ["1:30", "1:30", "2 h", "2 min"] == clocks
