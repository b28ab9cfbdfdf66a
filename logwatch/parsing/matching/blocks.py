"""Blocks and tables: a head that sets the step, and the rows under it that use it."""

from dataclasses import dataclass, field

import numpy as np

from logwatch.parsing.dialects.dialect import Pattern
from logwatch.parsing.lines import Stretch
from logwatch.parsing.matching.matchers import Head
from logwatch.parsing.matching.plan import NOTHING, Plan, Planner
from logwatch.parsing.matching.reading import MatchedLines, read_plan, split_by_bytes
from logwatch.parsing.record import Ints, Mask

MAX_BLOCK_LINES = 400
"""Lines of one block; the longest known (OLMo) has 60. The redraws of a bar are one line."""

RowKey = tuple[str, str, Head, bytes]


@dataclass
class _Open:
    """A block that has begun, and what its head says of its rows."""

    pattern: Pattern
    head: Head
    lines: int = 0


@dataclass
class _Found:
    """The rows that were found: by how they read, and the segment that heads each."""

    taken: Mask
    rows: dict[RowKey, list[int]] = field(default_factory=dict)
    head_of: dict[int, int] = field(default_factory=dict)


class Blocks:
    """Reads the rows of blocks; remembers how each shape of line reads as a row of each block.

    Blocks of several patterns may be open at once, where the head of one is a gap of the other.
    """

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._open: list[_Open] = []
        self._plans: dict[RowKey, Plan | None] = {}

    def __len__(self) -> int:
        return len(self._plans)

    def forget(self) -> None:
        """Drop what is known of shapes."""
        self._plans.clear()

    def close(self) -> None:
        """Expect no more rows of the blocks that are open."""
        self._open.clear()

    def find_unsettled(self, heads: dict[int, Pattern], stretch: Stretch) -> int | None:
        """The head of the first block that must be read whole and may go on; None without one.

        A head ends the blocks of its own pattern, so only the last one of each pattern may go on.
        """
        last = {id(pattern): (row, pattern) for row, pattern in heads.items() if pattern.hold}
        for row, pattern in sorted(last.values(), key=lambda one: one[0]):
            block = self._opened(pattern, stretch, row)
            found = _Found(np.zeros(len(stretch), bool))
            if not self._follow(row, block, heads, stretch, found):
                return row
        return None

    def read(
        self, heads: dict[int, Pattern], stretch: Stretch
    ) -> tuple[list[MatchedLines], Mask | None]:
        """What the rows of all blocks say, and which of the (n,) segments they took.

        `heads` maps the segments that open a block to its pattern, in order.
        """
        if not heads and not self._open:
            return [], None
        found = _Found(np.zeros(len(stretch), bool))
        begun = [(-1, block) for block in self._open if not block.pattern.hold]
        begun += [(row, self._opened(pattern, stretch, row)) for row, pattern in heads.items()]
        self._open = [
            block for row, block in begun if not self._follow(row, block, heads, stretch, found)
        ]
        readings: list[MatchedLines] = []
        for key, rows in found.rows.items():
            for plan, some in self._variants(key, np.array(rows), stretch):
                readings += read_plan(plan, some, stretch)[0]
        _share_counters(readings, found.head_of)
        return readings, found.taken

    def _opened(self, pattern: Pattern, stretch: Stretch, row: int) -> _Open:
        return _Open(pattern, self._planner.read_head(pattern, stretch.segment(row)))

    def _follow(
        self, head: int, block: _Open, heads: dict[int, Pattern], stretch: Stretch, found: _Found
    ) -> bool:
        """Find the rows of a block; whether it ended: at the first line that is no row, no gap.

        A block that is read whole may have its first row in its head.
        """
        if block.pattern.hold and head >= 0:
            self._take(head, block, head, stretch, found)
        for row in range(head + 1, len(stretch)):
            if row in heads and not self._is_gap(row, block, heads[row], stretch):
                return True
            if block.lines >= MAX_BLOCK_LINES:
                return True
            if not stretch.lengths[row] and not stretch.begins_line(row):
                continue  # the empty segment between \r and \n
            if not self._take(row, block, head, stretch, found):
                return True
            block.lines += stretch.begins_line(row)
        return False

    def _take(self, row: int, block: _Open, head: int, stretch: Stretch, found: _Found) -> bool:
        """Take a line that is a row; whether it is one, or a gap."""
        key, plan = self._plan_of(row, block, stretch)
        if plan is not None and plan.claims:
            found.taken[row] = True
            found.rows.setdefault(key, []).append(row)
            found.head_of[row] = head
        return plan is not None

    def _is_gap(self, row: int, block: _Open, head: Pattern, stretch: Stretch) -> bool:
        """Whether a line that opens another block only stands between rows: a rule of dashes."""
        plan = self._plan_of(row, block, stretch)[1]
        return head is not block.pattern and plan is not None and not plan.claims

    def _plan_of(self, row: int, block: _Open, stretch: Stretch) -> tuple[RowKey, Plan | None]:
        """How a line reads as a row of a block, and the key under which that is remembered."""
        pattern = block.pattern
        line = stretch.segment(row) if pattern.row_tells_digits else stretch.shape(row)
        key = (pattern.dialect, pattern.name, block.head, line)
        if key not in self._plans:
            self._plans[key] = self._planner.plan_row(pattern, block.head, stretch.segment(row))
        return key, self._plans[key]

    def _variants(self, key: RowKey, rows: Ints, stretch: Stretch) -> list[tuple[Plan, Ints]]:
        """The rows by the digits that their names rest on, each part with its own plan."""
        plan = self._plans[key] or NOTHING
        if not plan.depends:
            return [(plan, rows)]
        pattern, head = plan.claims[0].pattern, key[2]
        parts = []
        for _, some in split_by_bytes(stretch, plan.depends, rows):
            line = stretch.segment(int(some[0]))
            parts.append((self._planner.plan_row(pattern, head, line) or NOTHING, some))
        return parts


def _share_counters(readings: list[MatchedLines], head_of: dict[int, int]) -> None:
    """Give all rows of a block the counters that one of its rows holds (`hold` blocks)."""
    holding = [reading for reading in readings if reading.pattern.hold]
    for axis in ("step", "epoch", "total"):
        known: dict[tuple[str, int], float] = {}
        for reading in holding:
            if axis in reading.axes:
                values = zip(reading.rows.tolist(), reading.axes[axis].tolist(), strict=True)
                known |= {(reading.pattern.sets, head_of[row]): value for row, value in values}
        for reading in holding if known else ():
            if axis not in reading.axes:
                sets, rows = reading.pattern.sets, reading.rows.tolist()
                column = [known.get((sets, head_of[row]), np.nan) for row in rows]
                reading.axes[axis] = np.array(column, np.float64)
