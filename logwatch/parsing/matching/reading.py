"""What claims read on lines: columns of counters and metrics, one row a line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from logwatch.parsing.dialects.dialect import EventPattern, Pattern
from logwatch.parsing.lines import Stretch
from logwatch.parsing.matching.claim import Claim
from logwatch.parsing.matching.plan import Plan
from logwatch.parsing.matching.prefix import seconds_of
from logwatch.parsing.record import Floats, Ints, Mask
from logwatch.parsing.values import Number, read_columns

MISSING = np.frombuffer(np.uint64(0x7FF8_4C57_0000_0001).tobytes(), np.float64)[0]
"""A NaN of our own: a value that the log did not say. Its bits tell it from a NaN that it did."""


@dataclass(frozen=True)
class MatchedLines:
    """What one claim read on some lines: (n,) segments of the stretch in order, (n,) columns.

    `phased` are the metrics whose phase the lines themselves name.
    """

    pattern: Pattern
    rows: Ints
    axes: dict[str, Floats]
    metrics: dict[str, Floats]
    tentative: str = ""
    is_row: bool = False
    phased: frozenset[str] = frozenset()

    def between(self, start: int, end: int) -> "MatchedLines":
        """The lines `start:end` of those that were read."""
        return replace(
            self,
            rows=self.rows[start:end],
            axes={name: column[start:end] for name, column in self.axes.items()},
            metrics={name: column[start:end] for name, column in self.metrics.items()},
        )


@dataclass(frozen=True)
class Hits:
    """Lines on which an event's pattern may stand."""

    pattern: EventPattern
    rows: Ints


def is_missing(values: Floats) -> Mask:
    """Which of (n,) values the log did not say: (n,) bool."""
    return np.asarray(values.view(np.uint64) == MISSING.view(np.uint64))


def read_plan(plan: Plan, rows: Ints, stretch: Stretch) -> tuple[list[MatchedLines], list[Hits]]:
    """Read all claims of a plan on the (n,) segments `rows`, and tell where events may stand."""
    hits = [Hits(pattern, rows) for pattern in plan.event_patterns]
    if not plan.claims:
        return [], hits
    prefix = [*([plan.prefix.rank] if plan.prefix.rank else []), *plan.prefix.stamp]
    numbers = [*prefix, *(number for claim in plan.claims for number in numbers_of(claim))]
    columns = iter(read_columns(numbers, stretch.raw, stretch.starts[rows]))
    shared = _prefix_axes(plan, columns)
    readings = []
    for claim in plan.claims:
        axes = {**shared, **{name: next(columns) for name, _ in claim.axes}}
        metrics = {metric.name: next(columns) for metric in claim.metrics}
        readings.append(_bounded(claim, rows, axes, metrics))
    return readings, hits


def numbers_of(claim: Claim) -> list[Number]:
    """The numbers of a claim: counters first, then metrics."""
    return [*(number for _, number in claim.axes), *(metric.number for metric in claim.metrics)]


def _prefix_axes(plan: Plan, columns: Iterator[Floats]) -> dict[str, Floats]:
    axes = {"rank": next(columns)} if plan.prefix.rank else {}
    if plan.prefix.stamp:
        parts = [next(columns) for _ in plan.prefix.stamp]
        axes["time"] = seconds_of(parts, len(plan.prefix.stamp[-1].digits))
    return axes


def _bounded(
    claim: Claim, rows: Ints, axes: dict[str, Floats], metrics: dict[str, Floats]
) -> MatchedLines:
    """A reading in which values at or below a metric's bound are missing.

    So are all values of a line that counts only at the end, before it is `done`.
    """
    if claim.pattern.at_end and axes.keys() >= {"done", "of"}:
        early = axes["done"] < axes["of"]
        metrics = {name: np.where(early, MISSING, column) for name, column in metrics.items()}
    for metric in claim.metrics:
        if metric.above is not None:
            low = metrics[metric.name] <= metric.above
            if low.any():
                metrics[metric.name] = np.where(low, MISSING, metrics[metric.name])
    return MatchedLines(
        claim.pattern, rows, axes, metrics, claim.tentative, claim.is_row, claim.phased
    )


def split_by_bytes(
    stretch: Stretch, places: tuple[int, ...], rows: Ints
) -> Iterator[tuple[bytes, Ints]]:
    """Split (n,) rows by the bytes at `places` of their lines; each part keeps its order."""
    buffer = np.frombuffer(stretch.raw, np.uint8)
    cells = np.ascontiguousarray(buffer[stretch.starts[rows][:, None] + np.array(places)])
    if (cells == cells[0]).all():
        yield cells[0].tobytes(), rows
        return
    keys = cells.view(np.dtype((np.void, cells.shape[1]))).ravel()
    unique, inverse = np.unique(keys, return_inverse=True)
    for index, key in enumerate(unique):
        yield key.tobytes(), rows[inverse == index]
