"""Numbers as people read them and as JSON holds them."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.report.figures import (
    duration,
    json_count,
    json_number,
    rough_number,
    short_number,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")],
)
def test_non_finite_numbers_are_strings_in_json(value, text):
    """JSON has no NaN and no infinity, so they are written as words."""
    assert text == json_number(value)


@given(st.floats())
def test_every_number_survives_json(value):
    """What is written as JSON is read back as the same number, whatever it is."""
    back = float(json.loads(json.dumps(json_number(value), allow_nan=False)))

    assert back == value or (math.isnan(back) and math.isnan(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), (math.nan, None), (25.0, 25), (0.5, 0.5), (2.0**60, 2.0**60)],
)
def test_a_step_is_whole_where_it_is_whole(value, expected):
    """Steps are integers in JSON; what is not known is null, what is no integer stays as it is."""
    found = json_count(value)

    assert (expected, type(expected)) == (found, type(found))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.07, "3.07"),
        (3e-05, "3e-05"),
        (748.0, "748"),
        (2.05e12, "2.05e+12"),
        (0.1 + 0.2, "0.3"),
        (math.nan, "NaN"),
        (-math.inf, "-Inf"),
    ],
)
def test_a_value_is_shown_with_the_digits_of_the_log(value, text):
    """Few digits are shown as they are; a long tail of them is rounded."""
    assert text == short_number(value)


@pytest.mark.parametrize(("value", "text"), [(0.61712, "0.617"), (12345.6, "12346"), (40.0, "40")])
def test_a_rate_has_three_digits(value, text):
    """A computed rate does not pretend to more digits than it has."""
    assert text == rough_number(value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (42.0, "42 s"),
        (61.0, "1 min 1 s"),
        (3600.0, "1 h"),
        (37076.0, "10 h 17 min"),
        (86460.0, "1 d"),
        (-5.0, "0 s"),
        (math.inf, "unknown time"),
    ],
)
def test_a_duration_names_its_two_greatest_units(seconds, text):
    """Ten hours are not told in seconds, nor a day with its minutes."""
    assert text == duration(seconds)
