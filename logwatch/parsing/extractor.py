"""Bytes in, samples and events out: the whole of parsing as one object."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import regex

from logwatch.parsing.context import Context
from logwatch.parsing.events import Events
from logwatch.parsing.library import Library
from logwatch.parsing.lines import Cutter, Stretch
from logwatch.parsing.plan import Planner
from logwatch.parsing.record import Event, Extract, Floats, Progress, Samples
from logwatch.parsing.shapes import Reading, Shapes, is_missing

COUNTERS = {"step", "epoch"}
PIECE = 1 << 20
"""Bytes read at once: a table of digits this size stays in the processor's cache."""
LABELLED_SHARE = 0.8
"""srun --label marks every line; a program that numbers its own lines does not repeat the numbers."""
MAX_HELD = 2000
"""Skeletons held back; prose with numbers gives a new one a line."""
LABEL = regex.compile(rb"^ *(?:P\d+ +)?(\d+): ", regex.MULTILINE)


class Extractor:
    """Reads one log; its dialects are all those of the library."""

    def __init__(self, library: Library) -> None:
        self._planner = Planner(library)
        self._cutter = Cutter()
        self._shapes = Shapes(self._planner)
        self._context = Context()
        self._events = Events()
        self._weak = Weak()
        self._ranks: dict[str, float] = {}
        self._begun = False

    @property
    def switched_off(self) -> dict[str, str]:
        """Patterns that ran out of their time budget, with their dialects."""
        return self._planner.switched_off

    def feed(self, data: bytes) -> Extract:
        """All that the next bytes say; they may end anywhere."""
        if not self._begun and data:
            self._planner.labelled = has_rank_labels(data[: 1 << 16])
            self._begun = True
        pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
        return merge_extracts([self._read(self._cutter.feed(piece)) for piece in pieces], self._cutter.lines)

    def finish(self) -> Extract:
        """What an unfinished last line and an unfinished traceback say."""
        last = self._read(self._cutter.finish())
        return replace(last, events=(*last.events, *self._events.finish()), lines=self._cutter.lines)

    def _read(self, stretch: Stretch) -> Extract:
        readings, hits = self._shapes.read(stretch)
        events = self._events.read(stretch, hits)
        readings = [self._one_rank(reading) for reading in readings]
        self._context.resolve(readings)
        readings, released = self._weak.admit(readings, stretch)
        samples = (*released, *collect_samples(readings, stretch))
        dialects = tuple(dict.fromkeys(reading.pattern.dialect for reading in readings))
        return Extract(samples, tuple(events), dialects, 0, find_progress(readings))

    def _one_rank(self, reading: Reading) -> Reading:
        """Of lines that several ranks print, those of the rank that printed first."""
        ranks = reading.axes.get("rank")
        if ranks is None:
            return reading
        chosen = self._ranks.setdefault(reading.pattern.name, float(ranks[0]))
        keep = ranks == chosen
        if keep.all():
            return reading
        return _where(reading, keep)


def _where(reading: Reading, keep: "np.ndarray") -> Reading:
    return replace(
        reading,
        rows=reading.rows[keep],
        axes={name: column[keep] for name, column in reading.axes.items()},
        metrics={name: column[keep] for name, column in reading.metrics.items()},
    )


def has_rank_labels(head: bytes) -> bool:
    """Whether the log was written by `srun --label`: nearly all lines begin with a small number."""
    labels = LABEL.findall(head)
    lines = max(1, head.count(b"\n"))
    return len(labels) >= 5 and len(labels) >= LABELLED_SHARE * lines and len(set(labels)) * 2 < len(labels)


class Weak:
    """Holds back what might be prose until its skeleton comes again with another number."""

    def __init__(self) -> None:
        self._admitted: set[str] = set()
        self._held: dict[str, dict[str, float]] = {}
        self._samples: dict[str, list[Samples]] = {}
        self._known: set[str] = set()

    def admit(self, readings: list[Reading], stretch: Stretch) -> tuple[list[Reading], list[Samples]]:
        """The readings that count now, and what was held back of those whose skeleton came again."""
        for reading in readings:
            if reading.weak and reading.weak not in self._admitted and len(reading.rows):
                self._consider(reading)
        counting = [one for one in readings if not one.weak or one.weak in self._admitted]
        released = [
            samples
            for weak in dict.fromkeys(reading.weak for reading in counting)
            for samples in self._samples.pop(weak, ())
        ]
        for reading in readings:
            if reading.weak in self._held and reading.weak not in self._admitted:
                self._samples.setdefault(reading.weak, []).extend(collect_samples([reading], stretch))
            else:
                self._known.update(reading.metrics)
        return counting, released

    def _consider(self, reading: Reading) -> None:
        first = {name: float(values[0]) for name, values in reading.metrics.items()}
        held = self._held.get(reading.weak, first)
        again = any(
            (values != held.get(name, np.nan)).any() for name, values in reading.metrics.items()
        )
        if again or reading.metrics.keys() <= self._known:
            self._admitted.add(reading.weak)
        elif len(self._held) < MAX_HELD:
            self._held[reading.weak] = held


def collect_samples(readings: Iterable[Reading], stretch: Stretch) -> Iterable[Samples]:
    """The samples of all readings, one `Samples` a metric, in the order of the log."""
    by_metric: dict[str, list[Reading]] = {}
    for reading in readings:
        for metric in reading.metrics:
            by_metric.setdefault(metric, []).append(reading)
    for metric, parts in by_metric.items():
        yield from _join(metric, parts, stretch)


def _join(metric: str, parts: list[Reading], stretch: Stretch) -> Iterable[Samples]:
    value = _concatenated([part.metrics[metric] for part in parts])
    rows = _concatenated([part.rows for part in parts])
    order = _order(parts, rows, ~is_missing(value))
    if not isinstance(order, slice) and not len(order):
        return
    rows = rows[order]
    yield Samples(
        metric,
        value[order],
        _axis(parts, "step", order, len(rows)),
        _axis(parts, "epoch", order, len(rows)),
        _axis(parts, "time", order, len(rows)),
        stretch.lines[rows],
        stretch.offset + stretch.starts[rows],
        parts[0].pattern.scope,
        _axis(parts, "total", order, len(rows)),
        all(part.pattern.kind == "bar" for part in parts),
    )


def _order(parts: list[Reading], rows: "np.ndarray", said: "np.ndarray") -> "np.ndarray | slice":
    """How to put the samples of all parts into the order of the log, without those not said."""
    if len(parts) == 1:
        return slice(None) if said.all() else np.flatnonzero(said)
    order = np.argsort(rows, kind="stable")
    return order if said.all() else order[said[order]]


def _axis(parts: list[Reading], name: str, order: "np.ndarray | slice", count: int) -> Floats:
    if not any(name in part.axes for part in parts):
        return np.broadcast_to(np.float64(np.nan), count)
    columns = [part.axes.get(name) for part in parts]
    whole = [
        np.full(len(part.rows), np.nan) if column is None else column
        for part, column in zip(parts, columns, strict=True)
    ]
    return _concatenated(whole)[order]


def _concatenated(parts: "list[np.ndarray]") -> "np.ndarray":
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def find_progress(readings: list[Reading]) -> Progress | None:
    """How far the newest line that counts towards a total is; None when there is none."""
    counted = [
        reading
        for reading in readings
        if COUNTERS & reading.axes.keys() and len(reading.rows)
        and (reading.metrics or reading.pattern.sets)
    ]
    if not counted:
        return None
    newest = max(counted, key=lambda reading: int(reading.rows[-1]))
    last = {name: float(column[-1]) for name, column in newest.axes.items() if not np.isnan(column[-1])}
    rate = last.get("rate")
    return Progress(last.get("step"), last.get("total"), last.get("epoch"), last.get("epochs"), rate)


def merge_extracts(extracts: list[Extract], lines: int) -> Extract:
    """Several extracts in the order of the log as one."""
    samples = tuple(one for extract in extracts for one in extract.samples)
    events: tuple[Event, ...] = tuple(one for extract in extracts for one in extract.events)
    dialects = tuple(dict.fromkeys(name for extract in extracts for name in extract.dialects))
    progress = next((e.progress for e in reversed(extracts) if e.progress), None)
    return Extract(samples, events, dialects, lines, progress)


