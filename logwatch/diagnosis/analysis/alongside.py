"""A series along another axis than its own: by epochs or by time, to compare it with another."""

from dataclasses import replace

import numpy as np

from logwatch.diagnosis.analysis.course import course
from logwatch.diagnosis.analysis.subject import sketch
from logwatch.diagnosis.config import COMPARED
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Floats

FEWEST = 2
"""Places on an axis below which it says nothing of a course."""


def lay_alongside(
    view: SeriesView, base: SeriesView, chosen: str
) -> tuple[SeriesView, SeriesView] | None:
    """Both series along the axis that was chosen, else along the first that both have.

    Their own is the first where it is one; then epochs, then the seconds since their first sample.
    None where they have no axis in common, or not the chosen one.
    """
    view, base = sketch(view), sketch(base)
    own = "step" if view.axis == base.axis else ""
    for axis in (chosen,) if chosen else filter(None, (own, *COMPARED[1:])):
        if axis == "step":
            return (course(view), course(base)) if own else None
        laid = _lay(view, axis), _lay(base, axis)
        if min(len(laid[0]), len(laid[1])) >= FEWEST:
            return laid
    return None


def _lay(view: SeriesView, axis: str) -> SeriesView:
    """The finite samples along epochs or seconds, the mean of those at one place."""
    place = view.epoch if axis == "epoch" else view.time
    if axis == "epoch" and view.axis == "epoch":
        place = view.step
    known = view.where(np.isfinite(place))
    place = place[np.isfinite(place)]
    if axis == "time" and len(place):
        place = place - place[0]
    moved = course(replace(known, step=place, axis="second" if axis == "time" else axis))
    if not len(moved) or (np.diff(moved.step) > 0).all():
        return moved
    first = np.flatnonzero(np.diff(moved.step, prepend=moved.step[0] - 1))
    return replace(moved.where(first), value=_means(moved.value, first))


def _means(value: Floats, first: np.ndarray) -> Floats:
    """(m,) means of the stretches of (n,) values that begin at (m,) places."""
    count = np.diff(first, append=len(value))
    return np.asarray(np.add.reduceat(value, first) / count)
