"""Numbers as short text."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch import wording


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([5.70, 5.45, 3.07], "3.07"),
        ([5.75, 5.45, 3.1], "3.10"),
        ([3e-5, 3e-5], "3e-05"),
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

    assert shown == wording.value_text(values[-1], wording.find_precision(column))


@given(st.floats(), st.integers(0, 6), st.booleans(), st.integers(6, 12))
def test_a_value_never_leaves_its_cell(
    value: float, decimals: int, exponent: bool, width: int
) -> None:
    """No number is wider than the cell that it is written in."""
    text = wording.value_text(value, wording.Precision(decimals, exponent), max(width, 7))

    assert len(text) <= max(width, 7)


@given(st.floats(1e-3, 1e5))
def test_a_shown_value_is_near_the_true_one(value: float) -> None:
    """What is shown differs by less than one part in a thousand, or half its last digit."""
    text = wording.value_text(value)

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
    assert shown == wording.change(first, last)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (45, "45 s"),
        (0.2, "0 s"),
        (-5.0, "0 s"),
        (3600, "1 h"),
        (86460, "1 d"),
        (37076, "10 h 17 min"),
        (200, "3 min 20 s"),
        (43380, "12 h 3 min"),
        (187200, "2 d 4 h"),
        (math.nan, "?"),
        (math.inf, "?"),
    ],
)
def test_a_duration_has_two_units(seconds: float, shown: str) -> None:
    """Two units are enough to plan by."""
    assert shown == wording.duration(seconds)


@pytest.mark.parametrize(
    ("rate", "shown"),
    [(0.6173, "1.62 s/it"), (3.1, "3.1 it/s"), (0.002, "8 min 20 s/it"), (0.0, ""), (math.nan, "")],
)
def test_a_speed_is_said_as_people_say_it(rate: float, shown: str) -> None:
    """Seconds a step when slow, steps a second when fast."""
    assert shown == wording.rate(rate)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(27.0, "20 s"), (150.0, "2 min"), (7500, "2 h 5 min")]
)
def test_an_age_is_coarse(seconds: float, shown: str) -> None:
    """It changes seldom, so that an idle screen sends next to nothing."""
    assert shown == wording.age(seconds)


def test_counts_and_sizes_are_grouped() -> None:
    """Five digits and more are grouped, bytes are in units of 1000."""
    assert ["24,941", "2.50", "?"] == [wording.count(n) for n in (24941.0, 2.5, math.nan)]
    assert ["999 B", "1.5 kB", "263 MB"] == [wording.size(n) for n in (999, 1500, 263e6)]


@pytest.mark.parametrize(("value", "text"), [(0.61712, "0.617"), (12345.6, "12346"), (40.0, "40")])
def test_a_rate_has_three_digits(value, text):
    """A computed rate does not pretend to more digits than it has."""
    assert text == wording.rough(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.07, "3.07"), (21.5475, "21.5475"), (1.921642, "1.921642"), (2.05e12, "2.05e+12"),
        (13360.0, "13360"), (4.502864360809326, "4.503"), (0.0, "0"), (-0.5, "-0.5"),
        (math.nan, "NaN"), (math.inf, "Inf"), (-math.inf, "-Inf"), (8.33e-06, "8.33e-06"),
    ],
)  # fmt: skip
def test_a_figure_has_the_digits_of_the_log(value, text):
    """Few digits are kept, long ones are cut to four."""
    assert text == wording.figure(value)


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(-0.28, "-28 %"), (0.0048, "+0.5 %"), (-0.0042, "-0.4 %"), (0.0, "0.0 %"), (-1e-5, "0.0 %"),
     (-0.9995, "-99.95 %"), (15.74, "+1574 %"), (math.nan, "NaN %")],
)  # fmt: skip
def test_a_change_has_a_sign_and_no_false_digits(fraction, text):
    """A tenth of a percent below ten, whole ones above; no change has no sign."""
    assert text == wording.percent(fraction)


def test_parts_and_counts():
    """A part of a whole has no sign; thousands stand apart."""
    assert ("41 %", "0.054 %", "46,142") == (
        wording.share(0.4102),
        wording.share(0.00054),
        wording.count(46142),
    )
