"""Readings put together into the samples of each metric, in the order of the log."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwatch.parsing.dialects.dialect import Pattern
from logwatch.parsing.lines import Stretch
from logwatch.parsing.linking.carry import LENT
from logwatch.parsing.matching.reading import MatchedLines, is_missing
from logwatch.parsing.record import Floats, Ints, Mask, Samples

COUNTERS = ("step", "epoch")


def collect_samples(readings: Iterable[MatchedLines], stretch: Stretch) -> list[Samples]:
    """The samples of all readings, one `Samples` a metric, in the order of the log.

    Metrics come in the order in which the log tells them first.
    """
    by_metric: dict[str, list[MatchedLines]] = {}
    number: dict[int, int] = {}
    for reading in readings:
        number[id(reading)] = len(number)
        for metric in reading.metrics:
            by_metric.setdefault(metric, []).append(reading)
    shared: dict[tuple[int, ...], tuple[Samples, Ints | slice]] = {}
    found: list[tuple[tuple[int, int, int], Samples]] = []
    for metric, parts in by_metric.items():
        key = tuple(map(id, parts))
        if key not in shared:
            shared[key] = _join(parts, stretch)
        lines, order = shared[key]
        value = _concatenated([part.metrics[metric] for part in parts])[order]
        said = ~is_missing(value)
        samples = replace(lines, metric=metric, value=value)
        if not said.any():
            continue
        samples = samples if said.all() else samples.where(said)
        place = int(samples.offset[0])
        row = int(np.searchsorted(stretch.starts, place - stretch.offset))
        teller = parts[0] if len(parts) == 1 else next(p for p in parts if row in p.rows)
        found.append(((place, number[id(teller)], list(teller.metrics).index(metric)), samples))
    return [samples for _, samples in sorted(found, key=lambda one: one[0])]


def _join(parts: list[MatchedLines], stretch: Stretch) -> tuple[Samples, Ints | slice]:
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
        _mask(parts, order, lambda pattern: pattern.one_total),
    )
    return samples, order


def _mask(parts: list[MatchedLines], order: Ints | slice, holds: Callable[[Pattern], bool]) -> Mask:
    """Of which samples something holds, by the pattern that read them: (n,) bool."""
    held = [np.full(len(part.rows), holds(part.pattern)) for part in parts]
    return _concatenated(held)[order]


def _axis(parts: list[MatchedLines], name: str, order: Ints | slice, count: int) -> Floats:
    if not _any_has(parts, name):
        return np.broadcast_to(np.float64(np.nan), count)
    columns = [part.axes.get(name) for part in parts]
    whole = [
        np.full(len(part.rows), np.nan) if column is None else column
        for part, column in zip(parts, columns, strict=True)
    ]
    return _concatenated(whole)[order]


def _any_has(parts: list[MatchedLines], name: str) -> bool:
    return any(name in part.axes for part in parts)


def _concatenated(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def speaks(reading: MatchedLines) -> bool:
    """Whether lines tell of the run: figures, or how far it is.

    A bar of a download does not, nor the heading of an unknown program.
    """
    counts = reading.pattern.sets and not reading.pattern.guarded
    return bool(reading.metrics or (counts and reading.axes.keys() & set(COUNTERS)))
