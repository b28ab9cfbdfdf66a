"""Bytes in, samples and events out: the whole of parsing as one object."""

from dataclasses import replace

from logwatch.parsing.library import Library
from logwatch.parsing.lines import Cutter, Stretch
from logwatch.parsing.linking.carry import Carry
from logwatch.parsing.linking.epoch_means import EpochMeans
from logwatch.parsing.linking.epochs import Epochs
from logwatch.parsing.linking.fallbacks import Fallbacks
from logwatch.parsing.linking.headings import Headings
from logwatch.parsing.linking.means import name_means
from logwatch.parsing.linking.one_rank import OneRank
from logwatch.parsing.linking.progress import ProgressFinder
from logwatch.parsing.linking.rank_labels import RankLabels
from logwatch.parsing.linking.samples import collect_samples, speaks
from logwatch.parsing.linking.tentative import Tentative
from logwatch.parsing.matching.events import Events
from logwatch.parsing.matching.plan import Planner
from logwatch.parsing.matching.shapes import Shapes
from logwatch.parsing.record import Event, Extract, Samples

PIECE = 1 << 20
"""Bytes read at once: a table of digits this size stays in the processor's cache."""


class Extractor:
    """Reads one log with the dialects of a library."""

    def __init__(self, library: Library) -> None:
        self._planner = Planner(library)
        self._shapes = Shapes(self._planner)
        self._rank = library.rank
        self._labels = RankLabels()
        self._finished = False
        self._begin()

    def _begin(self) -> None:
        """Know nothing of the log but whether its lines have labels."""
        self._cutter = Cutter()
        self._planner.labelled = self._labels.found
        self._shapes.begin()
        self._carry = Carry()
        self._headings = Headings()
        self._epochs = Epochs()
        self._means = EpochMeans()
        self._fallbacks = Fallbacks()
        self._progress = ProgressFinder()
        self._events = Events(self._planner.time_budget)
        self._tentative = Tentative()
        self._one_rank = OneRank(self._rank)

    @property
    def switched_off(self) -> set[tuple[str, str]]:
        """Dialect and name of the patterns that ran out of their time budget."""
        return self._planner.time_budget.switched_off

    @property
    def lost_patience(self) -> bool:
        """Whether a pattern ran out of its time budget on any line."""
        return self._planner.time_budget.lost

    @property
    def settled(self) -> bool:
        """Whether what was said so far stays said."""
        return self._finished or self._labels.settled

    def feed(self, data: bytes) -> Extract:
        """All that the next bytes say; they may end anywhere.

        Where they show that ranks label the lines, or that what looked like labels is none, the
        extract says all of the log again (`anew`).
        """
        before = self._labels.head
        if self._labels.look(data):
            self._begin()
            return replace(self._feed(before + data), anew=bool(before))
        return self._feed(data)

    def _feed(self, data: bytes) -> Extract:
        pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
        return merge_extracts(
            [self._read(self._cutter.feed(piece)) for piece in pieces], self._cutter.lines
        )

    def finish(self) -> Extract:
        """What an unfinished last line and an unfinished traceback say."""
        self._finished = True
        last = self._read(self._cutter.finish(), final=True)
        return replace(
            last, events=(*last.events, *self._events.finish()), lines=self._cutter.lines
        )

    def leap(self) -> Extract:
        """What is left of the lines so far; what comes next lies further on in the log.

        Which program writes it stays known; what these lines say of later ones is forgotten.
        """
        left = self.finish()
        self._carry.forget()
        self._shapes.close_blocks()
        return left

    def _read(self, stretch: Stretch, *, final: bool = False) -> Extract:
        readings, hits, unread = self._shapes.read(stretch, final=final)
        if unread is not None:
            self._cutter.give_back(stretch, unread)
            stretch = stretch.before(unread)
        events = self._events.read(stretch, hits)
        readings = name_means(self._means.name(self._one_rank.keep(readings)))
        self._carry.resolve(readings)
        self._headings.silence(readings)
        self._epochs.unroll(readings)
        readings = self._fallbacks.admit(readings)
        samples: list[Samples] = []
        admitted, readings = self._tentative.admit(readings, stretch), []
        for turn in admitted:
            samples += [*turn.released, *collect_samples(turn.readings, stretch)]
            readings += turn.readings
        dialects = tuple(dict.fromkeys(one.pattern.dialect for one in readings if speaks(one)))
        progress = self._progress.find(readings, stretch)
        coverage = self._shapes.counted.look()
        told = coverage if coverage.numeric else None
        return Extract(tuple(samples), tuple(events), dialects, 0, progress, told)


def merge_extracts(extracts: list[Extract], lines: int) -> Extract:
    """Several extracts in the order of the log as one."""
    samples = tuple(one for extract in extracts for one in extract.samples)
    events: tuple[Event, ...] = tuple(one for extract in extracts for one in extract.events)
    dialects = tuple(dict.fromkeys(name for extract in extracts for name in extract.dialects))
    progress = next((e.progress for e in reversed(extracts) if e.progress), None)
    coverage = next((e.coverage for e in reversed(extracts) if e.coverage), None)
    return Extract(samples, events, dialects, lines, progress, coverage)
