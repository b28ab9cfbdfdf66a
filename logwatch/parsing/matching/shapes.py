"""Parse each shape of line once: a line with its digits as 0 tells where every number stands."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwatch.parsing.dialects.dialect import Pattern
from logwatch.parsing.lines import Stretch
from logwatch.parsing.matching.blocks import Blocks
from logwatch.parsing.matching.coverage import Counted, rows_read
from logwatch.parsing.matching.plan import NOTHING, Plan, Planner
from logwatch.parsing.matching.reading import Hits, MatchedLines, read_plan, split_by_bytes
from logwatch.parsing.record import Ints

MAX_SHAPES = 60_000
"""Shapes kept: a log has a few hundred, prose one a line. When full, the table starts anew."""
MAX_SHAPE_BYTES = 32 << 20
"""Bytes of shapes kept, for logs of long lines that are all different."""


class _Table(dict[bytes, int]):
    """Numbers the shapes as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0

    def __missing__(self, shape: bytes) -> int:
        code = len(self)
        self[shape] = code
        self.size += len(shape)
        return code

    def number(self, stretch: Stretch) -> Ints:
        """(n,) numbers of the shapes of all segments."""
        heads = stretch.heads()
        numbered = map(self.__getitem__, stretch.shapes(heads))
        codes = np.fromiter(numbered, np.int64, len(heads))
        return np.repeat(codes, np.diff(heads, append=len(stretch)))


class Shapes:
    """Reads stretches; remembers the plan of every shape."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._blocks = Blocks(planner)
        self.counted = Counted()
        self.forget()

    def forget(self) -> None:
        """Drop all plans."""
        self._table = _Table()
        self._plans: list[Plan] = []
        self._speaks = np.zeros(1024, bool)
        self._opens = np.zeros(1024, bool)
        self._kinds = np.zeros(1024, np.int64)
        self._variants: dict[tuple[int, bytes], Plan] = {}
        self._blocks.forget()

    def begin(self) -> None:
        """Know nothing of the log: no plan, no open block, nothing counted."""
        self.counted = Counted()
        self.forget()
        self.close_blocks()

    def close_blocks(self) -> None:
        """Expect no more rows of the blocks that are open."""
        self._blocks.close()

    def read(
        self, stretch: Stretch, *, final: bool = False
    ) -> tuple[list[MatchedLines], list[Hits], int | None]:
        """All that the patterns read in a stretch, and the lines where events may stand.

        Last comes the segment from which on nothing was read, because a block that must be read
        whole begins there and may go on; None where all was read, as it always is when `final`.
        """
        if not len(stretch):
            return [], [], None
        plans = max(len(self._table), len(self._variants), len(self._blocks))
        if plans > MAX_SHAPES or self._table.size > MAX_SHAPE_BYTES:
            self.forget()
        codes = self._table.number(stretch)
        self._plan_new(codes, stretch)
        speaking = np.flatnonzero(self._speaks[codes])
        heads = self._heads(codes, speaking)
        unread = None if final else self._blocks.find_unsettled(heads, stretch)
        if unread is not None:
            readings, hits, _ = self.read(stretch.before(unread), final=True)
            return readings, hits, unread
        readings, taken = self._blocks.read(heads, stretch)
        if taken is not None:
            speaking = speaking[~taken[speaking]]
        hits = []
        for code, rows in _groups(codes, speaking):
            for plan, some in self._parts(code, rows, stretch):
                read, hit = read_plan(plan, some, stretch)
                readings += read
                hits += hit
        self._count(codes, readings, hits, stretch)
        return readings, hits, None

    def _count(
        self, codes: Ints, readings: list[MatchedLines], hits: list[Hits], stretch: Stretch
    ) -> None:
        """Count what was read of the lines that report how training goes."""
        kinds = self._kinds[codes]
        if kinds.any():
            read = rows_read(readings, len(stretch))
            for hit in hits:
                read[hit.rows] = True
            self.counted.count(kinds, read, stretch)

    def _heads(self, codes: Ints, speaking: Ints) -> dict[int, Pattern]:
        """The segments that open a block, with its pattern, in order."""
        heads = {}
        for row in speaking[self._opens[codes[speaking]]].tolist():
            head = self._plans[int(codes[row])].head
            if head:
                heads[row] = head
        return heads

    def _plan_new(self, codes: Ints, stretch: Stretch) -> None:
        """Plan the shapes that were not seen before, each on its first line."""
        first_new = len(self._plans)
        if len(self._table) == first_new:
            return
        if len(self._table) > len(self._speaks):
            self._speaks = _grown(self._speaks, 2 * len(self._table))
            self._opens = _grown(self._opens, 2 * len(self._table))
            self._kinds = _grown(self._kinds, 2 * len(self._table))
        self._plans += [NOTHING] * (len(self._table) - first_new)
        fresh = np.flatnonzero(codes >= first_new)
        new_codes, at = np.unique(codes[fresh], return_index=True)
        lines = [stretch.segment(index) for index in fresh[at].tolist()]
        matches = self._planner.find_literals(lines)
        for code, line, words in zip(new_codes.tolist(), lines, matches, strict=True):
            plan = self._planner.plan(line, words) if line else NOTHING
            if words != ():
                self._kinds[code] = self.counted.number(line)
            if plan is not NOTHING:
                self._plans[code] = plan
                self._speaks[code] = not plan.says_nothing
                self._opens[code] = plan.head is not None
                if plan.depends:
                    self._variants[code, bytes(line[at] for at in plan.depends)] = plan

    def _parts(self, code: int, rows: Ints, stretch: Stretch) -> Iterator[tuple[Plan, Ints]]:
        """The rows of a shape with the plan that holds for them: mostly one plan for all."""
        plan = self._plans[code]
        if plan.by_line:
            for row in rows.tolist():
                yield self._planner.plan(stretch.segment(row)), np.array([row])
            return
        if not plan.depends:
            yield plan, rows
            return
        for key, some in split_by_bytes(stretch, plan.depends, rows):
            known = self._variants.get((code, key))
            if known is None:
                known = self._planner.plan(stretch.segment(int(some[0])))
                self._variants[code, key] = known
            if set(known.depends) <= set(plan.depends):
                yield known, some
                continue
            for row in some.tolist():  # its names rest on more digits than those of the first line
                yield self._planner.plan(stretch.segment(row)), np.array([row])


def _grown(flags: NDArray[Any], size: int) -> NDArray[Any]:
    grown = np.zeros(size, flags.dtype)
    grown[: len(flags)] = flags
    return grown


def _groups(codes: Ints, rows: Ints) -> Iterator[tuple[int, Ints]]:
    """The rows of each code, in order."""
    picked = codes[rows]
    if not len(picked):
        return
    small = picked.astype(np.uint16) if picked.max() < 1 << 16 else picked
    order = np.argsort(small, kind="stable")
    cuts = np.flatnonzero(np.diff(picked[order])) + 1
    for group in np.split(order, cuts):
        yield int(picked[group[0]]), rows[group]
