"""Readings that might be prose: a lone number with a name, in a log of nobody knows what."""

from dataclasses import dataclass, field

import numpy as np

from logwatch.parsing.lines import Stretch
from logwatch.parsing.reading import Reading
from logwatch.parsing.record import Samples
from logwatch.parsing.samples import collect_samples

MAX_HELD = 2000
"""Skeletons held back; prose with numbers gives a new one a line."""


@dataclass
class _Held:
    """The first numbers of a skeleton, and all its samples so far."""

    first: dict[str, float]
    samples: list[Samples] = field(default_factory=list)


class Weak:
    """Holds back what might be prose until its skeleton comes again with another number.

    A skeleton of which every metric is known from lines that count is no prose either: it is let
    in, with what was held back of it, before the next sample of these metrics.
    """

    def __init__(self) -> None:
        self._admitted: set[str] = set()
        self._held: dict[str, _Held] = {}
        self._known: set[str] = set()

    def admit(
        self, readings: list[Reading], stretch: Stretch
    ) -> tuple[list[Reading], list[Samples]]:
        """The readings that count now, and what was held back of those that came again."""
        for reading in readings:
            if not reading.weak or reading.weak in self._admitted or self._comes_again(reading):
                self._known.update(reading.metrics)
        self._admitted.update(weak for weak, held in self._held.items() if self._is_known(held))
        counting = [one for one in readings if not one.weak or one.weak in self._admitted]
        released = [
            samples
            for weak in [weak for weak in self._held if weak in self._admitted]
            for samples in self._held.pop(weak).samples
        ]
        for reading in readings:
            if reading.weak in self._held:
                self._held[reading.weak].samples += collect_samples([reading], stretch)
        return counting, released

    def _comes_again(self, reading: Reading) -> bool:
        if not len(reading.rows) or not reading.metrics:
            return False
        held = self._held.get(reading.weak)
        if held is None:
            if len(self._held) >= MAX_HELD:
                return False
            first = {name: float(values[0]) for name, values in reading.metrics.items()}
            held = self._held[reading.weak] = _Held(first)
        again = any(
            (values != held.first.get(name, np.nan)).any()
            for name, values in reading.metrics.items()
        )
        if again:
            self._admitted.add(reading.weak)
        return again

    def _is_known(self, held: _Held) -> bool:
        return held.first.keys() <= self._known
