"""Numbers as people read them and as JSON holds them."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.report.json_numbers import json_count, json_number


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
