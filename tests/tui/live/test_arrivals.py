"""Rates from when lines come."""

import math

from logwatch.tui.live.arrivals import Arrivals


def arrive(*seen: tuple[float, float]) -> float:
    """Steps per second after these pairs of clock and step."""
    arrivals = Arrivals()
    for clock, step in seen:
        arrivals.note(clock, step)
    return arrivals.per_s


def test_steps_that_come_tell_the_rate() -> None:
    """Looks without a new step change nothing."""
    assert 0.5 == arrive((0.0, 10.0), (5.0, 10.0), (10.0, 15.0), (20.0, 20.0), (30.0, 20.0))


def test_too_few_or_too_short_tell_nothing() -> None:
    """A buffer that is flushed at once is no speed."""
    assert math.isnan(arrive((0.0, 10.0), (20.0, 20.0)))
    assert math.isnan(arrive((0.0, 10.0), (1.0, 20.0), (2.0, 30.0)))


def test_a_step_that_goes_back_begins_anew() -> None:
    """A restart is another speed; a log without steps has none."""
    assert math.isnan(arrive((0.0, 10.0), (10.0, 20.0), (20.0, 30.0), (30.0, 5.0)))
    assert math.isnan(arrive((0.0, math.nan), (10.0, math.nan), (20.0, math.nan)))
