"""Readings put together into the samples of each metric, in the order of the log."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwatch.parsing.dialects.dialect import Pattern
from logwatch.parsing.lines import Stretch
from logwatch.parsing.linking.carry import LENT, RUN_BAR
from logwatch.parsing.matching.reading import Reading, is_missing
from logwatch.parsing.record import Floats, Ints, Mask, Progress, Samples

COUNTERS = ("step", "epoch")


def collect_samples(readings: Iterable[Reading], stretch: Stretch) -> Iterable[Samples]:
    """The samples of all readings, one `Samples` a metric, in the order of the log."""
    by_metric: dict[str, list[Reading]] = {}
    for reading in readings:
        for metric in reading.metrics:
            by_metric.setdefault(metric, []).append(reading)
    shared: dict[tuple[int, ...], tuple[Samples, Ints | slice]] = {}
    for metric, parts in by_metric.items():
        key = tuple(map(id, parts))
        if key not in shared:
            shared[key] = _join(parts, stretch)
        lines, order = shared[key]
        value = _concatenated([part.metrics[metric] for part in parts])[order]
        said = ~is_missing(value)
        samples = replace(lines, metric=metric, value=value)
        if said.all():
            yield samples
        elif said.any():
            yield samples.where(said)


def _join(parts: list[Reading], stretch: Stretch) -> tuple[Samples, Ints | slice]:
    """All lines of some readings as samples of no metric yet, and how their values are ordered."""
    rows = _concatenated([part.rows for part in parts])
    order: Ints | slice = slice(None) if len(parts) == 1 else np.argsort(rows, kind="stable")
    rows = rows[order]
    samples = Samples(
        "",
        np.empty(0),
        _axis(parts, "step", order, len(rows)),
        _axis(parts, "epoch", order, len(rows)),
        _axis(parts, "time", order, len(rows)),
        stretch.lines[rows],
        stretch.offset + stretch.starts[rows],
        parts[0].pattern.scope,
        _axis(parts, "total", order, len(rows)),
        _mask(parts, order, lambda pattern: pattern.redraws),
        _mask(parts, order, lambda pattern: pattern.scope == "global"),
        _axis(parts, LENT, order, len(rows)) == 1.0 if _any_has(parts, LENT) else None,
    )
    return samples, order


def _mask(parts: list[Reading], order: Ints | slice, holds: Callable[[Pattern], bool]) -> Mask:
    """Of which samples something holds, by the pattern that read them: (n,) bool."""
    held = [np.full(len(part.rows), holds(part.pattern)) for part in parts]
    return _concatenated(held)[order]


def _axis(parts: list[Reading], name: str, order: Ints | slice, count: int) -> Floats:
    if not _any_has(parts, name):
        return np.broadcast_to(np.float64(np.nan), count)
    columns = [part.axes.get(name) for part in parts]
    whole = [
        np.full(len(part.rows), np.nan) if column is None else column
        for part, column in zip(parts, columns, strict=True)
    ]
    return _concatenated(whole)[order]


def _any_has(parts: list[Reading], name: str) -> bool:
    return any(name in part.axes for part in parts)


def _concatenated(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def speaks(reading: Reading) -> bool:
    """Whether lines tell of the run: figures, or how far it is.

    A bar of a download does not, nor the heading of an unknown program.
    """
    counts = reading.pattern.sets and not reading.pattern.guarded
    return bool(reading.metrics or (counts and reading.axes.keys() & set(COUNTERS)))


class ProgressFinder:
    """Finds how far a run is; a bar that may be another's counts only until a line of the run."""

    def __init__(self) -> None:
        self._sure = False

    def find(self, readings: list[Reading]) -> Progress | None:
        """How far the newest line that counts is, one that counts towards a total before others.

        None when no line counts. The total of an epoch is made one of the whole run where the log
        tells how many epochs there are.
        """
        newest: tuple[bool, bool, int, Reading, int] | None = None
        for reading in readings:
            counter = next((reading.axes[name] for name in COUNTERS if name in reading.axes), None)
            if counter is None or not speaks(reading):
                continue
            said = np.isfinite(counter)
            sure = said & _is_sure(reading)
            rows = np.flatnonzero(sure if sure.any() else said)
            if len(rows):
                at = int(rows[-1])
                rank = (bool(sure.any()), "total" in reading.axes, int(reading.rows[at]))
                if newest is None or rank > newest[:3]:
                    newest = (*rank, reading, at)
        if newest is None or (self._sure and not newest[0]):
            return None
        self._sure = newest[0]
        return _progress_at(newest[3], newest[4])


def _is_sure(reading: Reading) -> Mask:
    """Where a line tells of the run for sure: (n,) bool. A bar without a label may be any bar."""
    count = len(reading.rows)
    if reading.pattern.sets != RUN_BAR or reading.pattern.kind != "bar":
        return np.ones(count, bool)
    rate = reading.metrics.get("steps_per_s")
    return np.zeros(count, bool) if rate is None else ~is_missing(rate)


def _progress_at(reading: Reading, row: int) -> Progress:
    last = {name: float(column[row]) for name, column in reading.axes.items()}
    said = {name: value for name, value in last.items() if np.isfinite(value)}
    step, total, epoch, epochs = (said.get(name) for name in ("step", "total", "epoch", "epochs"))
    if epochs is None and "last_epoch" in said:
        epochs = said["last_epoch"] + 1.0 - reading.pattern.epoch_base
    if reading.pattern.scope == "epoch" and epoch is not None and total is not None:
        total = total * epochs if epochs is not None else None
    return Progress(step, total, epoch, epochs, said.get("rate"))
