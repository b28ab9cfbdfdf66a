"""Parse each shape of line once: a line with its digits as 0 tells where every number stands."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logwatch.parsing.claim import Claim
from logwatch.parsing.dialect import EventPattern, Pattern
from logwatch.parsing.lines import Stretch
from logwatch.parsing.plan import NOTHING, Plan, Planner
from logwatch.parsing.prefix import seconds_of
from logwatch.parsing.record import Floats, Ints
from logwatch.parsing.values import Bytes, Number, read_columns

MAX_SHAPES = 60_000
"""Shapes kept; a log has a few hundred, prose gives one a line. When full, the table starts anew."""
MAX_SHAPE_BYTES = 32 << 20
MAX_BLOCK_LINES = 400
"""Lines of one block; the longest known (OLMo) has 60."""


@dataclass(frozen=True)
class Reading:
    """What one claim read on some lines: (n,) segments of the stretch in order, (n,) columns."""

    pattern: Pattern
    rows: Ints
    axes: dict[str, Floats]
    metrics: dict[str, Floats]
    weak: str = ""
    is_row: bool = False


@dataclass(frozen=True)
class Hits:
    """Lines on which an event's pattern may stand."""

    pattern: EventPattern
    rows: Ints


@dataclass
class _Table(dict[bytes, int]):
    """Numbers the shapes as they come."""

    size: int = 0

    def __missing__(self, shape: bytes) -> int:
        code = len(self)
        self[shape] = code
        self.size += len(shape)
        return code


@dataclass
class _OpenBlock:
    """A block that has begun and may go on in the next stretch."""

    pattern: Pattern
    lines: int = 0


class Shapes:
    """Reads stretches; remembers the plan of every shape."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._open: _OpenBlock | None = None
        self._forget()

    def _forget(self) -> None:
        self._table = _Table()
        self._plans: list[Plan] = []
        self._speaks = np.zeros(1024, bool)
        self._opens = np.zeros(1024, bool)
        self._variants: dict[tuple[int, bytes], Plan] = {}
        self._rows: dict[tuple[str, str, int], Plan | None] = {}

    def read(self, stretch: Stretch) -> tuple[list[Reading], list[Hits]]:
        """All that the patterns read in a stretch, and the lines where events may stand."""
        if not stretch.shapes:
            return [], []
        if len(self._table) > MAX_SHAPES or self._table.size > MAX_SHAPE_BYTES:
            self._forget()
        table = self._table
        codes = np.fromiter(map(table.__getitem__, stretch.shapes), np.int64, len(stretch.shapes))
        self._plan_new(codes, stretch)
        readings: list[Reading] = []
        hits: list[Hits] = []
        buffer = np.frombuffer(stretch.raw, np.uint8)
        speaking = np.flatnonzero(self._speaks[codes])
        taken = self._read_blocks(codes, speaking, stretch, buffer, readings)
        if taken is not None:
            speaking = speaking[~taken[speaking]]
        for code, rows in _groups(codes, speaking):
            self._read_group(code, rows, stretch, buffer, readings, hits)
        return readings, hits

    def _plan_new(self, codes: Ints, stretch: Stretch) -> None:
        first_new = len(self._plans)
        if len(self._table) == first_new:
            return
        if len(self._table) > len(self._speaks):
            self._speaks = _grown(self._speaks, 2 * len(self._table))
            self._opens = _grown(self._opens, 2 * len(self._table))
        self._plans += [NOTHING] * (len(self._table) - first_new)
        fresh = np.flatnonzero(codes >= first_new)
        new_codes, at = np.unique(codes[fresh], return_index=True)
        for code, index in zip(new_codes.tolist(), fresh[at].tolist(), strict=True):
            if stretch.shapes[index]:
                plan = self._planner.plan(stretch.segment(index))
                self._plans[code] = plan
                self._speaks[code] = not plan.says_nothing
                self._opens[code] = plan.head is not None

    def _read_group(
        self,
        code: int,
        rows: Ints,
        stretch: Stretch,
        buffer: Bytes,
        readings: list[Reading],
        hits: list[Hits],
    ) -> None:
        plan = self._plans[code]
        if plan.by_line:
            for row in rows.tolist():
                single = self._planner.plan(stretch.segment(row))
                _read_plan(single, np.array([row]), stretch, readings, hits)
        elif plan.depends:
            for variant, some in self._split(code, plan, rows, stretch, buffer):
                _read_plan(variant, some, stretch, readings, hits)
        else:
            _read_plan(plan, rows, stretch, readings, hits)

    def _split(
        self, code: int, plan: Plan, rows: Ints, stretch: Stretch, buffer: Bytes
    ) -> Iterator[tuple[Plan, Ints]]:
        """The rows by the digits that names rest on, each with its own plan."""
        for key, some in split_by_bytes(buffer, stretch.starts[rows], plan.depends, rows):
            known = self._variants.get((code, key))
            if known is None:
                known = self._planner.plan(stretch.segment(int(some[0])))
                self._variants[code, key] = known
            if set(known.depends) <= set(plan.depends):
                yield known, some
                continue
            for row in some.tolist():  # its names rest on more digits than those of the first line
                yield self._planner.plan(stretch.segment(row)), np.array([row])

    def _read_blocks(
        self,
        codes: Ints,
        speaking: Ints,
        stretch: Stretch,
        buffer: Bytes,
        readings: list[Reading],
    ) -> "np.ndarray | None":
        """Read the rows of blocks; returns which segments they took, None when there are none."""
        rows_of_heads = speaking[self._opens[codes[speaking]]]
        if not len(rows_of_heads) and self._open is None:
            return None
        heads = set(codes[rows_of_heads].tolist())
        taken = np.zeros(len(codes), bool)
        found: dict[tuple[str, str, int], list[int]] = {}
        starts = rows_of_heads.tolist()
        if self._open is not None:
            starts.insert(0, -1)
        for start in starts:
            self._walk_block(start, codes, stretch, heads, taken, found)
        for key, rows in found.items():
            plan = self._rows[key]
            assert plan is not None
            for key_bytes, some in _variants_of(plan, stretch, buffer, rows):
                single = plan if key_bytes is None else self._row_variant(plan, stretch, int(some[0]))
                _read_plan(single, some, stretch, readings, [])
        return taken

    def _walk_block(
        self,
        start: int,
        codes: Ints,
        stretch: Stretch,
        heads: set[int],
        taken: "np.ndarray",
        found: dict[tuple[str, str, int], list[int]],
    ) -> None:
        if start < 0:
            assert self._open is not None
            pattern, lines = self._open.pattern, self._open.lines
        else:
            head = self._plans[int(codes[start])].head
            assert head is not None
            pattern, lines = head, 0
        for row in range(start + 1, len(codes)):
            code = int(codes[row])
            if code in heads or lines >= MAX_BLOCK_LINES:
                self._open = None
                return
            if not stretch.shapes[row] and row and stretch.raw[int(stretch.starts[row]) - 1] == 13:
                continue  # the empty segment between \r and \n
            key = (pattern.dialect, pattern.name, code)
            if key not in self._rows:
                self._rows[key] = self._planner.plan_row(pattern, stretch.segment(row))
            plan = self._rows[key]
            if plan is None:
                self._open = None
                return
            lines += 1
            taken[row] = taken[row] or bool(plan.claims)
            if plan.claims:
                found.setdefault(key, []).append(row)
        self._open = _OpenBlock(pattern, lines)

    def _row_variant(self, plan: Plan, stretch: Stretch, row: int) -> Plan:
        again = self._planner.plan_row(plan.claims[0].pattern, stretch.segment(row))
        return again or NOTHING


def _grown(flags: "np.ndarray", size: int) -> "np.ndarray":
    grown = np.zeros(size, bool)
    grown[: len(flags)] = flags
    return grown


def _variants_of(
    plan: Plan, stretch: Stretch, buffer: Bytes, rows: list[int]
) -> Iterator[tuple[bytes | None, Ints]]:
    some = np.array(rows)
    if not plan.depends:
        yield None, some
        return
    yield from split_by_bytes(buffer, stretch.starts[some], plan.depends, some)


def split_by_bytes(
    buffer: Bytes, starts: Ints, places: tuple[int, ...], rows: Ints
) -> Iterator[tuple[bytes, Ints]]:
    """Split (n,) rows by the bytes at `places` of their lines; each part keeps its order."""
    cells = np.ascontiguousarray(buffer[starts[:, None] + np.array(places)])
    if (cells == cells[0]).all():
        yield cells[0].tobytes(), rows
        return
    keys = cells.view(np.dtype((np.void, cells.shape[1]))).ravel()
    unique, inverse = np.unique(keys, return_inverse=True)
    for index, key in enumerate(unique):
        yield key.tobytes(), rows[inverse == index]


def _groups(codes: Ints, rows: Ints) -> Iterator[tuple[int, Ints]]:
    """The rows of each code, in order."""
    picked = codes[rows]
    if not len(picked):
        return
    order = np.argsort(picked.astype(np.uint16) if picked.max() < 65536 else picked, kind="stable")
    ordered = picked[order]
    cuts = np.flatnonzero(np.diff(ordered)) + 1
    for group in np.split(order, cuts):
        yield int(picked[group[0]]), rows[group]


def _read_plan(
    plan: Plan,
    rows: Ints,
    stretch: Stretch,
    readings: list[Reading],
    hits: list[Hits],
) -> None:
    hits += [Hits(pattern, rows) for pattern in plan.event_patterns]
    if not plan.claims:
        return
    starts = stretch.starts[rows]
    numbers = [*_prefix_numbers(plan), *(n for claim in plan.claims for n in numbers_of(claim))]
    columns = iter(read_columns(numbers, stretch.raw, starts))
    shared = _prefix_axes(plan, columns)
    for claim in plan.claims:
        axes = {**shared, **{name: next(columns) for name, _ in claim.axes}}
        metrics = {metric.name: next(columns) for metric in claim.metrics}
        readings.append(_bounded(claim, rows, axes, metrics))


def numbers_of(claim: Claim) -> list[Number]:
    """The numbers of a claim: counters first, then metrics."""
    return [*(number for _, number in claim.axes), *(metric.number for metric in claim.metrics)]


def _prefix_numbers(plan: Plan) -> list[Number]:
    rank = [plan.prefix.rank] if plan.prefix.rank else []
    return [*rank, *plan.prefix.stamp]


def _prefix_axes(plan: Plan, columns: Iterator[Floats]) -> dict[str, Floats]:
    axes = {"rank": next(columns)} if plan.prefix.rank else {}
    if plan.prefix.stamp:
        parts = [next(columns) for _ in plan.prefix.stamp]
        axes["time"] = seconds_of(parts, len(plan.prefix.stamp[-1].digits))
    return axes


def _bounded(claim: Claim, rows: Ints, axes: dict[str, Floats], metrics: dict[str, Floats]) -> Reading:
    """A reading in which values at or below a metric's bound are missing (NaN with a mask)."""
    for metric in claim.metrics:
        if metric.above is not None:
            low = metrics[metric.name] <= metric.above
            if low.any():
                metrics[metric.name] = np.where(low, MISSING, metrics[metric.name])
    return Reading(claim.pattern, rows, axes, metrics, claim.weak, claim.is_row)


MISSING = np.float64(np.frombuffer(np.uint64(0x7FF8_4C57_0000_0001).tobytes(), np.float64)[0])
"""A NaN of our own: a value that the log did not say. Its bits tell it from a NaN that it did."""


def is_missing(values: Floats) -> "np.ndarray":
    """Which of (n,) values the log did not say: (n,) bool."""
    return values.view(np.uint64) == MISSING.view(np.uint64)
