"""Readings that might be prose: a lone number with a name, in a log of nobody knows what."""

from dataclasses import dataclass, field

import numpy as np

from logwatch.parsing.lines import Stretch
from logwatch.parsing.linking.samples import collect_samples
from logwatch.parsing.linking.unphased import Unphased, as_evaluation, samples_as_evaluation
from logwatch.parsing.matching.reading import Reading
from logwatch.parsing.matching.source_code import DOUBT
from logwatch.parsing.record import Samples

MAX_HELD = 2000
"""Skeletons held back; prose with numbers gives a new one a line."""


@dataclass
class _Held:
    """The first numbers of a skeleton, where it was seen (a byte of the log), and its samples."""

    first: dict[str, float]
    place: int
    samples: list[Samples] = field(default_factory=list)


class Weak:
    """Holds back what might be prose until its skeleton comes again with another number.

    A skeleton of which every metric is known from lines that count before it is no prose either: it
    is let in at once. (What comes before may be the program's own source, and so may be what looks
    like code.) Where it is in doubt
    whether a loss is one of training at all, its lines are held back until that is known.
    """

    def __init__(self) -> None:
        self._admitted: set[str] = set()
        self._held: dict[str, _Held] = {}
        self._known: dict[str, int] = {}
        self._unphased = Unphased()
        self._doubtful: set[str] = set()
        self._newest: dict[str, int] = {}

    def admit(
        self, readings: list[Reading], stretch: Stretch
    ) -> tuple[list[Reading], list[Samples]]:
        """The readings that count now, and what was held back of those that came again."""
        readings, released = self._tell_evaluations(readings, stretch)
        for reading in readings:
            place = place_of(reading, stretch)
            if (
                not reading.weak
                or reading.weak in self._admitted
                or self._comes_again(reading, place)
            ):
                held = self._held.get(reading.weak)
                first = min(place, held.place) if held else place
                for name in reading.metrics:
                    self._known[name] = min(first, self._known.get(name, first))
        self._admitted.update(weak for weak in self._held if self._is_known(weak))
        counting = [one for one in readings if not one.weak or one.weak in self._admitted]
        released += [
            samples
            for weak in [weak for weak in self._held if weak in self._admitted]
            for samples in self._held.pop(weak).samples
        ]
        for reading in readings:
            if reading.weak in self._held:
                self._held[reading.weak].samples += collect_samples([reading], stretch)
        return counting, self._keep_order(released, counting, stretch)

    def _keep_order(
        self, released: list[Samples], counting: list[Reading], stretch: Stretch
    ) -> list[Samples]:
        """What was held back, without what stands before samples that were let in meanwhile."""
        kept = []
        for samples in sorted(released, key=lambda one: int(one.offset[0])):
            later = samples.where(samples.offset > self._newest.get(samples.metric, -1))
            if len(later.offset):
                self._newest[samples.metric] = int(later.offset[-1])
                kept.append(later)
        for reading in counting:
            place = stretch.offset + int(stretch.starts[reading.rows[-1]])
            for metric in reading.metrics:
                self._newest[metric] = max(place, self._newest.get(metric, -1))
        return kept

    def _tell_evaluations(
        self, readings: list[Reading], stretch: Stretch
    ) -> tuple[list[Reading], list[Samples]]:
        """The readings with what turned out to be an evaluation as one, and what was held of it."""
        verdicts = self._unphased.judge(readings, stretch)
        known = {weak for weak, verdict in verdicts.items() if verdict}
        self._doubtful = (self._doubtful | verdicts.keys()) - known
        told = [weak for weak, verdict in verdicts.items() if verdict == "eval"]
        released = [
            samples_as_evaluation(samples)
            for weak in told
            if weak in self._held
            for samples in self._held.pop(weak).samples
        ]
        return [as_evaluation(one) if one.weak in told else one for one in readings], released

    def _comes_again(self, reading: Reading, place: int) -> bool:
        if not len(reading.rows) or not reading.metrics:
            return False
        held = self._held.get(reading.weak)
        if held is None:
            if len(self._held) >= MAX_HELD:
                return False
            first = {name: float(values[0]) for name, values in reading.metrics.items()}
            held = self._held[reading.weak] = _Held(first, place)
        again = any(
            (values != held.first.get(name, np.nan)).any()
            for name, values in reading.metrics.items()
        )
        if again:
            self._admitted.add(reading.weak)
        return again

    def _is_known(self, weak: str) -> bool:
        if weak.startswith(DOUBT):
            return False
        held = self._held[weak]
        known = all(self._known.get(name, held.place) < held.place for name in held.first)
        return known and weak not in self._doubtful


def place_of(reading: Reading, stretch: Stretch) -> int:
    """Where the first line of a reading is in the log, in bytes."""
    first = stretch.starts[reading.rows[0]] if len(reading.rows) else 0
    return stretch.offset + int(first)
