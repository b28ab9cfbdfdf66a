"""Which y axis lets curves be read."""

import pytest

from logwatch.tui.plotting.axis import Axis
from logwatch.tui.plotting.curves import Trace, View, build_curves
from logwatch.tui.plotting.scales import pick_log, share_scale, span_values, widen_to
from tests.tui.fakes import make_series


def test_a_flat_curve_looks_flat() -> None:
    """Values that differ by a thousandth do not fill the chart as if they danced."""
    curves, x = build_curves([Trace(make_series([2.000, 2.002, 2.001]), "")], View(), 100)
    y = span_values(curves, x, log=False)

    assert 0.01 * 2 == pytest.approx(y.high - y.low, rel=0.01)


def test_a_spike_makes_the_axis_logarithmic() -> None:
    """One value far above the others would press them flat; the user's word counts more."""
    curves, x = build_curves([Trace(make_series([2.0] * 20 + [900.0]), "")], View(), 100)

    assert (True, False) == (pick_log(curves, x, None), pick_log(curves, x, False))


def test_ordinary_or_negative_values_keep_an_even_axis() -> None:
    """Nothing is logarithmic without need, or where it cannot be."""
    for values in ([3.0, 2.5, 2.0] * 5, [2.0] * 20 + [-900.0, 900.0], [1.0, 900.0]):
        curves, x = build_curves([Trace(make_series(values), "")], View(), 100)
        assert pick_log(curves, x, None) is False


def test_curves_of_other_scales_are_kept_apart() -> None:
    """An eval loss of 96 would flatten a train loss of 15 to 21, one of 18 would not."""
    train = Trace(make_series([21.0, 18.0, 15.0]), "")
    near, far = (Trace(make_series([value]), "") for value in (18.0, 96.0))

    assert (True, False) == (share_scale(train, near), share_scale(train, far))


def test_a_target_far_away_leaves_the_axis_alone() -> None:
    """A level is on the axis only if the curve stays readable."""
    axis = Axis(2.0, 5.0)

    assert (0.5, 2.0) == (widen_to(axis, [0.5]).low, widen_to(axis, [-500.0]).low)
