"""Axes and their round numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.tui.plotting.axis import Axis, find_ticks, span_axis

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.floats(), max_size=20), st.booleans())
def test_an_axis_holds_every_value_it_can(values: list[float], log: bool) -> None:
    """Whatever the values are, the axis is finite, has room, and holds all within reason."""
    axis = span_axis([np.array(values)], log, margin=0.02)
    fitting = [v for v in values if 1e-270 < abs(v) < 1e290 and (v > 0 or not log)]

    assert math.isfinite(axis.low) and math.isfinite(axis.high) and axis.low < axis.high
    assert all(axis.low <= value <= axis.high for value in fitting)


@given(FINITE, FINITE, st.integers(1, 12))
def test_ticks_lie_on_the_axis_and_ascend(one: float, other: float, count: int) -> None:
    """No tick is off the axis, none comes twice, and there are never very many."""
    axis = span_axis([np.array([one, other])])
    ticks = find_ticks(axis, count)
    places = [tick.place for tick in ticks]

    assert sorted(set(places)) == places
    assert all(-1e-6 <= place <= 1 + 1e-6 for place in places)
    assert len(ticks) <= 2 * count + 2


@pytest.mark.parametrize(
    ("axis", "texts"),
    [
        (Axis(0, 1), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (Axis(1, 24941), ["5000", "10k", "15k", "20k"]),
        (Axis(1e-5, 3e-2, log=True), ["1e-05", "0.0001", "0.001", "0.01"]),
        (Axis(0.8, 5.7, log=True), ["1", "2", "5"]),
        (Axis(2.91, 2.93, log=True), ["2.910", "2.915", "2.920", "2.925", "2.930"]),
    ],
)
def test_ticks_are_round_numbers(axis: Axis, texts: list[str]) -> None:
    """The numbers are those that a person would write there."""
    assert texts == [tick.text for tick in find_ticks(axis, 5)]


def test_a_clock_axis_counts_in_minutes() -> None:
    """Seconds are told in the steps of a clock."""
    ticks = find_ticks(Axis(0, 4000), 5, clock=True)

    assert ["0 h", "10 min", "20 min", "30 min", "40 min", "50 min", "1:00"] == [
        tick.text for tick in ticks
    ]


@given(st.floats(1e-300, 1e300), st.floats(1e-300, 1e300), st.floats(0, 1), st.booleans())
def test_a_place_leads_back_to_its_value(one: float, other: float, place: float, log: bool) -> None:
    """`value_at` undoes `place`."""
    axis = span_axis([np.array([one, other])], log)
    back = axis.place(axis.value_at(np.array([place])))

    assert place == pytest.approx(float(back[0]), abs=1e-6)


def test_a_log_axis_has_no_place_for_zero() -> None:
    """What is not above zero has no logarithm."""
    places = Axis(0.1, 10, log=True).place(np.array([0.0, -1.0, 1.0, math.nan]))

    assert [True, True, False, True] == np.isnan(places).tolist()


def test_an_axis_of_the_largest_numbers_does_not_overflow() -> None:
    """The ends may be further apart than a float can tell."""
    axis = span_axis([np.array([-1.7e308, 1.7e308])])
    places = axis.place(np.array([-1.7e308, 0.0, 1.7e308]))

    assert places[0] < 0.0 < places[1] < 1.0 < places[2]
    assert math.isfinite(places[2])
