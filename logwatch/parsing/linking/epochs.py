"""Counters that begin anew each epoch, made counters of the whole run."""

from dataclasses import dataclass, field

import numpy as np

from logwatch.parsing.matching.reading import MatchedLines
from logwatch.parsing.record import Floats

COUNTERS = {"step", "epoch"}


@dataclass
class _Course:
    """How a log whose lines tell no total went: the steps before each epoch, and where it is."""

    before: dict[float, float] = field(default_factory=dict)
    epoch: float = np.nan
    step: float = np.nan


class Epochs:
    """Remembers with which number each dialect's log begins to count epochs, and how long they are.

    Where the line, or one before it, tells the steps of an epoch, these are added for each epoch
    before; else those that were seen of them. Of a program's lines all are counted alike, so that
    an evaluation stands where the training was.
    """

    def __init__(self) -> None:
        self._bases: dict[str, float] = {}
        self._courses: dict[str, _Course] = {}

    def unroll(self, readings: list[MatchedLines]) -> None:
        """Add to each step that counts within an epoch the steps of the epochs before, in place."""
        counting = [
            reading
            for reading in readings
            if reading.pattern.scope == "epoch" and reading.axes.keys() >= COUNTERS
        ]
        told = [reading for reading in counting if "total" in reading.axes]
        for reading in sorted(told, key=lambda one: int(one.rows[0])):
            self._note_base(reading)
        for reading in told:
            self._unroll(reading)
        untold: dict[str, list[MatchedLines]] = {}
        for reading in counting:
            if "total" not in reading.axes and len(reading.rows):
                untold.setdefault(reading.pattern.dialect, []).append(reading)
        for dialect, parts in untold.items():
            self._follow(self._courses.setdefault(dialect, _Course()), parts)

    def _note_base(self, reading: MatchedLines) -> None:
        """Some programs count from 0 where others of their dialect count from 1."""
        said = reading.axes["epoch"][np.isfinite(reading.axes["epoch"])]
        if len(said) and reading.pattern.dialect not in self._bases:
            first = float(np.floor(said[0]))
            self._bases[reading.pattern.dialect] = min(float(reading.pattern.epoch_base), first)

    def _unroll(self, reading: MatchedLines) -> None:
        axes, base = reading.axes, self._bases.get(reading.pattern.dialect, 1.0)
        step, total, epoch = axes["step"], axes["total"], axes["epoch"]
        known = np.isfinite(total) & np.isfinite(epoch)
        before = np.maximum(np.floor(np.where(known, epoch, base)) - base, 0.0)
        with np.errstate(over="ignore"):  # counters that the log garbled make an infinite step
            axes["step"] = step + before * np.where(known, total, 0.0)

    def _follow(self, course: _Course, parts: list[MatchedLines]) -> None:
        """Go through the lines of one program in the order of the log."""
        rows = np.concatenate([part.rows for part in parts])
        order = np.argsort(rows, kind="stable")
        step = np.concatenate([part.axes["step"] for part in parts])[order]
        epoch = np.floor(np.concatenate([part.axes["epoch"] for part in parts]))[order]
        before = np.zeros(len(rows))
        said = np.flatnonzero(np.isfinite(step) & np.isfinite(epoch))
        cuts = np.flatnonzero(np.diff(epoch[said])) + 1
        for lines in np.split(said, cuts) if len(said) else ():
            before[lines] = _enter(course, float(epoch[lines[0]]), step[lines])
        back = np.empty(len(rows))
        back[order] = step + before
        starts = np.cumsum([len(part.rows) for part in parts])[:-1]
        for part, steps in zip(parts, np.split(back, starts), strict=True):
            part.axes["step"] = steps


def _enter(course: _Course, epoch: float, step: Floats) -> float:
    """The steps before an epoch, of whose lines (n,) steps come next.

    A counter that goes on in a new epoch is one of the whole run already.
    """
    if epoch not in course.before:
        before, first = course.before.get(course.epoch, 0.0), float(step[0])
        if first < course.step:
            before += course.step + (first == 0)
        course.before[epoch] = before
    if epoch != course.epoch:
        course.epoch, course.step = epoch, -np.inf
    course.step = max(course.step, float(step.max()))
    return course.before[epoch]
