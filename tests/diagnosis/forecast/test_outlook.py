"""A forecast in words: figures no finer than what is known, and doubts said aloud."""

import math
from dataclasses import replace

import numpy as np
import pytest

from logwatch.diagnosis.forecast.curves import Forecast
from logwatch.diagnosis.forecast.outlook import Outlook
from logwatch.wording import rough_duration

SURE = Forecast(413.7, 389.2, 455.1, math.nan, 1.37, early=False, far=False)


@pytest.fixture
def outlook(run_maker) -> Outlook:
    """A loss that was 5 at step 0, is 3 at step 300, and is asked for 2."""
    view = run_maker.log("train/loss", np.linspace(5, 3, 301)).view().series["train/loss"]
    return Outlook(view, 2.0, SURE, math.nan, math.nan)


@pytest.mark.parametrize(
    ("step", "near"),
    [(413.7, "410"), (300.4, "300"), (302.6, "303"), (1234.0, "1230"), (98765.0, "99000")],
)
def test_step_has_two_digits_of_its_distance(outlook: Outlook, step: float, near: str) -> None:
    """A step ahead is rounded to two digits of how far ahead it is, and to whole steps."""
    assert near == outlook.near(step)


def test_epochs_keep_their_fractions(run_maker) -> None:
    """On an axis of epochs a forecast of half an epoch is not rounded away."""
    view = run_maker.log("train/loss", [3, 2, 1], [0.1, 0.2, 0.3], axis="epoch").view()
    assert "0.46" == Outlook(view.series["train/loss"], 0.5, SURE, 1.0, 1.0).near(0.4561)


@pytest.mark.parametrize(("high", "level"), [(455.1, "High"), (800.0, "Medium"), (2000.0, "Low")])
def test_confidence_is_that_of_the_interval(outlook: Outlook, high: float, level: str) -> None:
    """A narrow interval is told as high confidence, a wide one as low."""
    found = replace(outlook, forecast=replace(SURE, high=high))
    assert f"{level} confidence: " in found.detail()


def test_interval_without_an_end_is_told(outlook: Outlook) -> None:
    """An interval without an end reads `or later`, and the reason is given."""
    found = replace(outlook, forecast=replace(SURE, high=math.inf))
    assert "389 or later" == found.interval()
    assert "The interval has no end: noise hides whether it is falling at all." in found.detail()


def test_far_level_is_told_without_a_time(outlook: Outlook) -> None:
    """Of a far level it is said how far, and no time from now is promised."""
    far = replace(SURE, high=math.inf, far=True)
    words = replace(outlook, forecast=far, rate=2.0).detail()
    assert "over 8 times as long as so far" in words
    assert "from now" not in words


def test_reached_level_has_one_step(outlook: Outlook) -> None:
    """A level that is held already is one step, not an interval, and has no time to wait."""
    values = replace(outlook, since=120.0, rate=2.0).values()
    assert (120.0, 120.0, 120.0) == (values["step"], values["low"], values["high"])
    assert "eta_s" not in values


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (100, "100 s"),
        (300, "5 min"),
        (5400, "90 min"),
        (9000, "2.5 h"),
        (250_000, "2.9 d"),
        (math.inf, "no end"),
    ],
)
def test_duration_has_the_greatest_unit_that_holds_two(seconds: float, words: str) -> None:
    """Seconds are told in the unit that a person would use, with two digits."""
    assert words == rough_duration(seconds)
