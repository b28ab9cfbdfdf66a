"""Readings that might be prose: a lone number with a name, in a log of nobody knows what."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from logwatch.parsing.lines import Stretch
from logwatch.parsing.linking.samples import collect_samples
from logwatch.parsing.linking.unphased import Unphased, as_evaluation, samples_as_evaluation
from logwatch.parsing.matching.reading import MatchedLines
from logwatch.parsing.matching.source_code import UNCERTAIN
from logwatch.parsing.record import Samples

MAX_HELD = 2000
"""Skeletons held back; prose with numbers gives a new one a line."""


@dataclass
class _Held:
    """The first numbers of a skeleton, where it was seen (a byte of the log), and its samples."""

    first: dict[str, float]
    place: int
    samples: list[Samples] = field(default_factory=list)


@dataclass(frozen=True)
class Admitted:
    """What counts of one turn: samples that were held back, and the readings after them."""

    released: tuple[Samples, ...]
    readings: tuple[MatchedLines, ...]


class Tentative:
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

    def admit(self, readings: list[MatchedLines], stretch: Stretch) -> Iterator[Admitted]:
        """What counts now, in turns: what was held back, then the readings that came after it.

        Lines at which something may be let in have a turn of their own, so that the same is let in
        at the same line however many lines come at once.
        """
        cuts = self._find_turns(readings)
        turns = _split(readings, cuts) if len(cuts) else [readings]
        for turn in turns:
            counting, released = self._admit(turn, stretch)
            yield Admitted(tuple(released), tuple(counting))

    def _find_turns(self, readings: list[MatchedLines]) -> list[int]:
        """Segments before which a turn ends, in order: around the lines that may let in others.

        These are the first two lines of a skeleton, and the first that says another number.
        """
        tentative: dict[str, list[MatchedLines]] = {}
        for reading in readings:
            if reading.tentative and reading.tentative not in self._admitted and len(reading.rows):
                tentative.setdefault(reading.tentative, []).append(reading)
        if not tentative or len(readings) == 1 == len(readings[0].rows):
            return []
        rows: set[int] = set()
        for skeleton, parts in tentative.items():
            parts.sort(key=lambda one: int(one.rows[0]))
            rows.update(np.sort(np.concatenate([one.rows[:2] for one in parts]))[:2].tolist())
            held = self._held.get(skeleton)
            first = held.first if held else _first_values(parts[0])
            others = [row for part in parts if (row := _other_row(part, first)) is not None]
            rows.update([min(others)] if others else [])
        return sorted(rows | {row + 1 for row in rows})

    def _admit(
        self, readings: list[MatchedLines], stretch: Stretch
    ) -> tuple[list[MatchedLines], list[Samples]]:
        readings, released = self._tell_evaluations(readings, stretch)
        for reading in readings:
            place = place_of(reading, stretch)
            if (
                not reading.tentative
                or reading.tentative in self._admitted
                or self._comes_again(reading, place)
            ):
                held = self._held.get(reading.tentative)
                first = min(place, held.place) if held else place
                for name in reading.metrics:
                    self._known[name] = min(first, self._known.get(name, first))
        self._admitted.update(tentative for tentative in self._held if self._is_known(tentative))
        counting = [one for one in readings if not one.tentative or one.tentative in self._admitted]
        released += [
            samples
            for tentative in [tentative for tentative in self._held if tentative in self._admitted]
            for samples in self._held.pop(tentative).samples
        ]
        for reading in readings:
            if reading.tentative in self._held:
                self._held[reading.tentative].samples += collect_samples([reading], stretch)
        return counting, self._keep_order(released, counting, stretch)

    def _keep_order(
        self, released: list[Samples], counting: list[MatchedLines], stretch: Stretch
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
        self, readings: list[MatchedLines], stretch: Stretch
    ) -> tuple[list[MatchedLines], list[Samples]]:
        """The readings with what turned out to be an evaluation as one, and what was held of it."""
        verdicts = self._unphased.judge(readings, stretch)
        known = {tentative for tentative, verdict in verdicts.items() if verdict}
        self._doubtful = (self._doubtful | verdicts.keys()) - known
        told = [tentative for tentative, verdict in verdicts.items() if verdict == "eval"]
        released = [
            samples_as_evaluation(samples)
            for tentative in told
            if tentative in self._held
            for samples in self._held.pop(tentative).samples
        ]
        return [as_evaluation(one) if one.tentative in told else one for one in readings], released

    def _comes_again(self, reading: MatchedLines, place: int) -> bool:
        if not len(reading.rows) or not reading.metrics:
            return False
        held = self._held.get(reading.tentative)
        if held is None:
            if len(self._held) >= MAX_HELD:
                return False
            held = self._held[reading.tentative] = _Held(_first_values(reading), place)
        again = any(
            (values != held.first.get(name, np.nan)).any()
            for name, values in reading.metrics.items()
        )
        again = again and reading.tentative not in self._doubtful  # NaN is another number than NaN
        if again:
            self._admitted.add(reading.tentative)
        return again

    def _is_known(self, tentative: str) -> bool:
        if tentative.startswith(UNCERTAIN):
            return False
        held = self._held[tentative]
        known = all(self._known.get(name, held.place) < held.place for name in held.first)
        return known and tentative not in self._doubtful


def _first_values(reading: MatchedLines) -> dict[str, float]:
    return {name: float(values[0]) for name, values in reading.metrics.items()}


def _other_row(reading: MatchedLines, first: dict[str, float]) -> int | None:
    """The first segment that says another number than the first line did; NaN is always another."""
    other = np.zeros(len(reading.rows), bool)
    for name, values in reading.metrics.items():
        other |= values != first.get(name, np.nan)
    return int(reading.rows[other.argmax()]) if other.any() else None


def _split(readings: list[MatchedLines], cuts: list[int]) -> list[list[MatchedLines]]:
    """The readings of each stretch between two of the segments `cuts`; none is empty."""
    turns: dict[int, list[MatchedLines]] = {}
    for reading in readings:
        where = np.searchsorted(cuts, reading.rows, side="right")
        starts = np.flatnonzero(np.diff(where, prepend=-1))
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(where)], strict=True):
            part = reading if end - start == len(where) else reading.between(start, end)
            turns.setdefault(int(where[start]), []).append(part)
    return [turns[turn] for turn in sorted(turns)]


def place_of(reading: MatchedLines, stretch: Stretch) -> int:
    """Where the first line of a reading is in the log, in bytes."""
    first = stretch.starts[reading.rows[0]] if len(reading.rows) else 0
    return stretch.offset + int(first)
