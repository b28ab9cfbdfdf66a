"""Blocks of lines: a head that sets the step, and the rows under it that use it."""

from dataclasses import dataclass

import numpy as np

from logwatch.parsing.dialect import Pattern
from logwatch.parsing.lines import Stretch
from logwatch.parsing.plan import NOTHING, Plan, Planner
from logwatch.parsing.reading import Reading, read_plan, split_by_bytes
from logwatch.parsing.record import Ints, Mask

MAX_BLOCK_LINES = 400
"""Lines of one block; the longest known (OLMo) has 60."""

RowKey = tuple[str, str, int]


@dataclass
class _OpenBlock:
    """A block that has begun and may go on in the next stretch."""

    pattern: Pattern
    lines: int = 0


class Blocks:
    """Reads the rows of blocks; remembers how each shape of line reads as a row of each block."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._open: _OpenBlock | None = None
        self._rows: dict[RowKey, Plan | None] = {}

    def forget(self) -> None:
        """Drop what is known of shapes; their numbers are given anew."""
        self._rows.clear()

    def read(
        self, heads: dict[int, Pattern], codes: Ints, stretch: Stretch
    ) -> tuple[list[Reading], Mask | None]:
        """What the rows of all blocks say, and which of the (n,) segments they took.

        `heads` maps the segments that open a block to its pattern; `codes` are the shapes' numbers.
        """
        if not heads and self._open is None:
            return [], None
        taken = np.zeros(len(codes), bool)
        found: dict[RowKey, list[int]] = {}
        if self._open is not None:
            self._walk(-1, self._open, heads, codes, stretch, taken, found)
        for row, pattern in heads.items():
            self._walk(row, _OpenBlock(pattern), heads, codes, stretch, taken, found)
        readings: list[Reading] = []
        for key, rows in found.items():
            plan = self._rows[key] or NOTHING
            for part, some in self._variants(plan, np.array(rows), stretch):
                readings += read_plan(part, some, stretch)[0]
        return readings, taken

    def _walk(
        self,
        head: int,
        block: _OpenBlock,
        heads: dict[int, Pattern],
        codes: Ints,
        stretch: Stretch,
        taken: Mask,
        found: dict[RowKey, list[int]],
    ) -> None:
        """Follow a block to its end: the first line that is neither row nor gap."""
        pattern = block.pattern
        self._open = None
        for row in range(head + 1, len(codes)):
            if row in heads or block.lines >= MAX_BLOCK_LINES:
                return
            if not stretch.shapes[row] and stretch.follows_return(row):
                continue  # the empty segment between \r and \n
            key = (pattern.dialect, pattern.name, int(codes[row]))
            if key not in self._rows:
                self._rows[key] = self._planner.plan_row(pattern, stretch.segment(row))
            plan = self._rows[key]
            if plan is None:
                return
            block.lines += 1
            if plan.claims:
                taken[row] = True
                found.setdefault(key, []).append(row)
        self._open = block

    def _variants(self, plan: Plan, rows: Ints, stretch: Stretch) -> list[tuple[Plan, Ints]]:
        """The rows by the digits that their names rest on, each part with its own plan."""
        if not plan.depends:
            return [(plan, rows)]
        pattern = plan.claims[0].pattern
        return [
            (self._planner.plan_row(pattern, stretch.segment(int(some[0]))) or NOTHING, some)
            for _, some in split_by_bytes(stretch, plan.depends, rows)
        ]
