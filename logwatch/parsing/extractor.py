"""Bytes in, samples and events out: the whole of parsing as one object."""

from dataclasses import replace

from logwatch.parsing.library import ALL_RANKS, Library
from logwatch.parsing.lines import Cutter, Stretch
from logwatch.parsing.linking.carry import Context
from logwatch.parsing.linking.epochs import Epochs
from logwatch.parsing.linking.fallbacks import Fallbacks
from logwatch.parsing.linking.headings import Headings
from logwatch.parsing.linking.rank_labels import Labels
from logwatch.parsing.linking.samples import ProgressFinder, collect_samples, speaks
from logwatch.parsing.linking.tentative import Weak
from logwatch.parsing.matching.events import Events
from logwatch.parsing.matching.plan import Planner
from logwatch.parsing.matching.reading import Reading
from logwatch.parsing.matching.shapes import Shapes
from logwatch.parsing.record import Event, Extract, Mask

PIECE = 1 << 20
"""Bytes read at once: a table of digits this size stays in the processor's cache."""


class Extractor:
    """Reads one log with the dialects of a library."""

    def __init__(self, library: Library) -> None:
        self._planner = Planner(library)
        self._cutter = Cutter()
        self._shapes = Shapes(self._planner)
        self._context = Context()
        self._headings = Headings()
        self._epochs = Epochs()
        self._fallbacks = Fallbacks()
        self._progress = ProgressFinder()
        self._events = Events(self._planner.patience)
        self._weak = Weak()
        self._rank = library.rank
        self._ranks: dict[tuple[str, str], float] = {}
        self._labels = Labels()

    @property
    def switched_off(self) -> set[tuple[str, str]]:
        """Dialect and name of the patterns that ran out of their time budget."""
        return self._planner.patience.switched_off

    @property
    def lost_patience(self) -> bool:
        """Whether a pattern ran out of its time budget on any line."""
        return self._planner.patience.lost

    def feed(self, data: bytes) -> Extract:
        """All that the next bytes say; they may end anywhere."""
        if self._labels.look(data):
            self._planner.labelled = True
            self._shapes.forget()
        pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
        return merge_extracts(
            [self._read(self._cutter.feed(piece)) for piece in pieces], self._cutter.lines
        )

    def finish(self) -> Extract:
        """What an unfinished last line and an unfinished traceback say."""
        last = self._read(self._cutter.finish(), final=True)
        return replace(
            last, events=(*last.events, *self._events.finish()), lines=self._cutter.lines
        )

    def leap(self) -> Extract:
        """What is left of the lines so far; what comes next lies further on in the log.

        Which program writes it stays known; what these lines say of later ones is forgotten.
        """
        left = self.finish()
        self._context.forget()
        self._shapes.close_blocks()
        return left

    def _read(self, stretch: Stretch, *, final: bool = False) -> Extract:
        readings, hits, unread = self._shapes.read(stretch, final=final)
        if unread is not None:
            self._cutter.give_back(stretch, unread)
            stretch = stretch.before(unread)
        events = self._events.read(stretch, hits)
        readings = [one for one in map(self._one_rank, readings) if len(one.rows)]
        self._context.resolve(readings)
        self._headings.silence(readings)
        self._epochs.unroll(readings)
        readings = self._fallbacks.admit(readings)
        readings, released = self._weak.admit(readings, stretch)
        samples = (*released, *collect_samples(readings, stretch))
        dialects = tuple(dict.fromkeys(one.pattern.dialect for one in readings if speaks(one)))
        return Extract(samples, tuple(events), dialects, 0, self._progress.find(readings))

    def _one_rank(self, reading: Reading) -> Reading:
        """Of lines that several ranks print, those of the rank that printed first."""
        ranks = reading.axes.get("rank")
        if ranks is None or not len(ranks) or self._rank == ALL_RANKS:
            return reading
        key = (reading.pattern.dialect, reading.pattern.name)
        first = float(ranks[0]) if self._rank is None else float(self._rank)
        chosen = self._ranks.setdefault(key, first)
        keep = ranks == chosen
        if keep.all():
            return reading
        return _where(reading, keep)


def _where(reading: Reading, keep: Mask) -> Reading:
    return replace(
        reading,
        rows=reading.rows[keep],
        axes={name: column[keep] for name, column in reading.axes.items()},
        metrics={name: column[keep] for name, column in reading.metrics.items()},
    )


def merge_extracts(extracts: list[Extract], lines: int) -> Extract:
    """Several extracts in the order of the log as one."""
    samples = tuple(one for extract in extracts for one in extract.samples)
    events: tuple[Event, ...] = tuple(one for extract in extracts for one in extract.events)
    dialects = tuple(dict.fromkeys(name for extract in extracts for name in extract.dialects))
    progress = next((e.progress for e in reversed(extracts) if e.progress), None)
    return Extract(samples, events, dialects, lines, progress)
