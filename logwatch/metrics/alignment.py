"""Where the log's step stands for what a probe counts, found from moments at which both are known.

A probe counts optimizer steps, from the start where the optimizer itself does, else from when it
was attached. A log counts as its program likes: from a resumed step on, or in micro-batches.
"""

from dataclasses import dataclass

import numpy as np

MIN_ANCHORS = 3
"""Moments before the log is believed to count otherwise than in optimizer steps: two may lie within
one buffer of a program's output."""

MAX_ANCHORS = 64
"""Moments that are kept: the first and the last tell the ratio, their median the distance."""

NEAR = 0.05
"""How far a measured ratio may lie from a whole one to be that: both counters are read four times a
second, so that each is known to within a quarter of a second."""

MAX_RATIO = 64
"""Micro-batches of one optimizer step that are told from a ratio that is no whole number."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The log's step is `shift + ratio * count`."""

    shift: float = 0.0
    ratio: float = 1.0


class Alignment:
    """Learns the scale while both counters move."""

    def __init__(self) -> None:
        self.counted_by_optimizer = False
        self._first: tuple[float, float] | None = None
        self._anchors: list[tuple[float, float]] = []
        self._interval = 0.0

    def note(self, count: float, step: float, gap: float) -> None:
        """The probe has come to `count` and the log's newest step is `step`.

        `gap` is how many counts lie between two readings of the probe. Only a step of the log that
        has just come is a moment to go by: one that stands there may be old.
        """
        if self._first is None:
            self._first = (count, step)
            return
        before = self._anchors[-1] if self._anchors else self._first
        if step <= before[1] or count <= before[0]:
            return
        self._interval = max(self._interval, step - before[1], gap)
        if len(self._anchors) < MAX_ANCHORS:
            self._anchors.append((count, step))
        else:
            self._anchors[-1] = (count, step)

    @property
    def scale(self) -> Scale:
        """The scale as far as it is known: without a step in the log the probe's own count."""
        if self._first is None or self._is_same_count():
            return Scale()
        anchors = np.array(self._anchors or [self._first])
        ratio = self._find_ratio(anchors)
        shift = float(np.median(anchors[:, 1] - ratio * anchors[:, 0]))
        return Scale(float(round(shift)), ratio)

    def _is_same_count(self) -> bool:
        """Whether the log counts the optimizer's own steps: then nothing needs to be guessed."""
        if not self.counted_by_optimizer or self._first is None:
            return False
        reach = max(self._interval, 1.0)
        if not self._anchors:
            count, step = self._first
            return abs(count - step) <= max(reach, NEAR * count)
        apart = [abs(count - step) for count, step in self._anchors]
        return float(np.median(apart)) <= reach

    def _find_ratio(self, anchors: np.ndarray) -> float:
        if len(anchors) < MIN_ANCHORS:
            return 1.0
        counts, steps = anchors[-1] - anchors[0]
        measured = steps / counts
        whole = max(round(measured), 1) if measured >= 1 else 1 / max(round(1 / measured), 1)
        slack = max(NEAR, 2 * self._interval / max(steps, 1.0))
        is_whole = 1 / MAX_RATIO <= whole <= MAX_RATIO and abs(measured / whole - 1) <= slack
        return float(whole if is_whole else measured)
