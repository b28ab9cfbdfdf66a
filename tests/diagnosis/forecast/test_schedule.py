"""The end that a learning-rate schedule tells."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from logwatch.diagnosis.forecast.schedule import scheduled_end
from logwatch.metrics.series import SeriesView

LENGTH = 1000


def view_of(rate: np.ndarray, every: int = 10) -> SeriesView:
    """A rate that is logged every so many steps, to three digits as logs do."""
    logged = np.array([float(f"{value:.3g}") for value in rate[::every]])
    step, unknown = np.arange(0.0, len(rate), every), np.full(len(logged), np.nan)
    line = np.arange(len(logged))
    return SeriesView("lr", "step", logged, step, unknown, unknown, line, line)


def warm_up(shape: Callable[[np.ndarray], np.ndarray], steps: int = 105) -> np.ndarray:
    """(LENGTH,) a warmup to 3e-4, then a shape that goes from 0 to 1 in the rest of the steps."""
    at = np.arange(LENGTH)
    fall = shape(np.clip((at - steps) / (LENGTH - steps), 0, 1))
    return 3e-4 * np.where(at < steps, at / steps, fall)


SHAPES = {
    "line": lambda done: 1 - done,
    "cosine": lambda done: (1 + np.cos(np.pi * done)) / 2,
    "cosine to a tenth": lambda done: 0.1 + 0.9 * (1 + np.cos(np.pi * done)) / 2,
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seen", [500, 700, 900, 1000])
def test_end_is_near_the_truth(shape: str, seen: int) -> None:
    """From half of the run on the end is told to 5 %, whatever the warmup was."""
    rate = warm_up(SHAPES[shape])[:seen]
    assert LENGTH == pytest.approx(scheduled_end(view_of(rate)), rel=0.05)


@pytest.mark.parametrize(
    "rate",
    [
        np.full(LENGTH, 3e-4),
        np.linspace(0, 3e-4, LENGTH),
        np.where(np.arange(LENGTH) < 600, 3e-4, 3e-5),
        3e-4 / np.sqrt(1 + np.arange(LENGTH) / 50),
        np.abs(np.sin(np.arange(LENGTH) / 60)),
        np.zeros(LENGTH),
        np.full(LENGTH, np.nan),
        np.empty(0),
    ],
    ids=["constant", "warmup", "jump", "inverse root", "cycles", "zero", "nan", "empty"],
)
def test_other_courses_have_no_end(rate: np.ndarray) -> None:
    """What follows no such schedule tells no end."""
    assert math.isnan(scheduled_end(view_of(rate)))


def test_start_of_a_fall_is_too_early() -> None:
    """While the rate has hardly begun to fall nothing is told."""
    assert math.isnan(scheduled_end(view_of(warm_up(SHAPES["cosine"])[:200])))
