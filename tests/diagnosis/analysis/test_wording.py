"""Figures as a colleague writes them."""

import math

import pytest

from logwatch.diagnosis.analysis.wording import counted, figure, percent, share


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.07, "3.07"), (21.5475, "21.5475"), (1.921642, "1.921642"), (2.05e12, "2.05e+12"),
        (13360.0, "13360"), (4.502864360809326, "4.503"), (0.0, "0"), (-0.5, "-0.5"),
        (math.nan, "NaN"), (math.inf, "inf"), (-math.inf, "-inf"), (8.33e-06, "8.33e-06"),
    ],
)  # fmt: skip
def test_a_figure_has_the_digits_of_the_log(value, text):
    """Few digits are kept, long ones are cut to four."""
    assert text == figure(value)


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(-0.28, "-28 %"), (0.0048, "+0.5 %"), (-0.0042, "-0.4 %"), (0.0, "0.0 %"), (-1e-5, "0.0 %"),
     (-0.9995, "-99.95 %"), (15.74, "+1574 %"), (math.nan, "NaN %")],
)  # fmt: skip
def test_a_change_has_a_sign_and_no_false_digits(fraction, text):
    """A tenth of a percent below ten, whole ones above; no change has no sign."""
    assert text == percent(fraction)


def test_parts_and_counts():
    """A part of a whole has no sign; thousands stand apart."""
    assert ("41 %", "0.054 %", "46,142") == (share(0.4102), share(0.00054), counted(46142))
