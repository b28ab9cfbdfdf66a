"""Where the panes of a run lie on a screen of any size. Pure."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

HEAD_ROWS, HINT_ROWS = 2, 1
WIDE = 150
"""Columns from which findings stand beside the chart; with less their sentences need it all."""
NARROW = 58
"""Columns below which the table and the chart no longer stand side by side."""

LEAST_PANEL, MOST_PANEL = 2, 10
"""Rows of one run among several: its title and one row, up to a chart of nine rows."""

LEAST_LIST_BODY = 16
"""Rows from which a chart stands above the list of runs."""

PANES = ("metrics", "chart", "findings", "log")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int


def arrange(
    size: tuple[int, int],
    shown: Set[str],
    wanted: Mapping[str, int],
    alone: str = "",
    head: int = HEAD_ROWS,
) -> dict[str, Box]:
    """Boxes of the panes that have room; `wanted` are the rows that each would fill.

    `alone` names a pane that fills the whole body; `head` are the rows above it.
    """
    width, height = size
    top = head if height > 6 else 1
    body = Box(0, top, width, max(height - top - HINT_ROWS, 0))
    if body.height < 1 or width < 1:
        return {}
    if alone:
        return {alone: body}
    names = [name for name in PANES if name in shown]
    if body.height < 6:
        first = [name for name in ("findings", "chart", "metrics", "log") if name in names][:1]
        return dict.fromkeys(first, body)
    if width >= WIDE:
        return _arrange_wide(body, names, wanted)
    return _arrange_stacked(body, names, wanted)


def _arrange_wide(body: Box, names: list[str], wanted: Mapping[str, int]) -> dict[str, Box]:
    upper = _only(names, "metrics", "chart", "findings")
    rows, _, log_rows = _share_rows(body.height, names=[*upper, *_only(names, "log")], findings=0)
    widths = {"metrics": 46, "findings": max(body.width * 3 // 10, 50)}
    boxes = _side_by_side(Box(body.x, body.y, body.width, rows), upper, widths)
    return boxes | _full_rows(body, {"log": (rows, log_rows)})


def _arrange_stacked(body: Box, names: list[str], wanted: Mapping[str, int]) -> dict[str, Box]:
    upper = _only(names, "metrics", "chart")
    rows, findings, log_rows = _share_rows(body.height, names, wanted.get("findings", 3))
    area = Box(body.x, body.y, body.width, rows)
    widths = {"metrics": 38 if body.width < 110 else 46}
    is_narrow = body.width < NARROW and len(upper) == 2
    boxes = _one_above_other(area, wanted) if is_narrow else _side_by_side(area, upper, widths)
    lower = {"findings": (rows, findings), "log": (rows + findings, log_rows)}
    return boxes | _full_rows(body, lower)


def _only(names: list[str], *wanted: str) -> list[str]:
    return [name for name in wanted if name in names]


def _share_rows(height: int, names: list[str], findings: int) -> tuple[int, int, int]:
    """Rows of the chart and what stands beside it, of the findings below, and of the log."""
    has_upper, has_log = bool({"metrics", "chart"} & {*names}) or not findings, "log" in names
    below = (
        min(max(findings, 3), max(height * 2 // 5, 3)) if findings and "findings" in names else 0
    )
    if not has_log:
        return (height - below, below, 0) if has_upper else (0, height, 0)
    if not has_upper or names == ["log"]:
        return 0, below, height - below
    log = max((height - below) // 3, 4)
    if height - below < 9:
        return height - below, below, 0
    return height - below - log, below, log


def _full_rows(body: Box, rows: Mapping[str, tuple[int, int]]) -> dict[str, Box]:
    """Panes as wide as the body, by their first row and their height; none without rows."""
    return {
        name: Box(body.x, body.y + first, body.width, height)
        for name, (first, height) in rows.items()
        if height > 0
    }


def _side_by_side(area: Box, names: list[str], widths: Mapping[str, int]) -> dict[str, Box]:
    """Panes beside each other with a blank column between them; the chart takes what is left."""
    gaps = len(names) - 1
    fixed = {name: widths[name] for name in names if name != "chart" and name in widths}
    if "chart" not in names and names:
        share = (area.width - gaps) // len(names)
        fixed = dict.fromkeys(names, share)
    boxes: dict[str, Box] = {}
    x = area.x
    for name in names:
        rest = area.width - gaps - sum(fixed.values())
        width = fixed.get(name, rest)
        boxes[name] = Box(x, area.y, max(width, 1), area.height)
        x += width + 1
    return boxes


def _one_above_other(area: Box, wanted: Mapping[str, int]) -> dict[str, Box]:
    table = min(max(wanted.get("metrics", 3), 2), max(area.height // 3, 2))
    chart = Box(area.x, area.y + table, area.width, area.height - table)
    return {"metrics": Box(area.x, area.y, area.width, table), "chart": chart}


def arrange_runs(
    size: tuple[int, int], count: int, chosen: int, top: int
) -> tuple[Box | None, dict[int, Box], int]:
    """The chart of all runs, the panels that are visible, and the first of them.

    Panels share what the chart leaves; where not all have room, the chosen one is among those
    that are shown, and the window moves from `top` no further than it must.
    """
    width, height = size
    body = max(height - 1 - HINT_ROWS, 0)
    chart = min(max(body * 2 // 5, 7), 24) if body >= 13 else 0
    rows = min(max((body - chart) // max(count, 1), LEAST_PANEL), MOST_PANEL)
    visible = min(max((body - chart) // rows, 1), count)
    chart = max(body - visible * rows, 0) if chart else 0
    first = min(max(top, chosen - visible + 1), chosen)
    first = min(max(first, 0), max(count - visible, 0))
    rows = min(rows, body)
    boxes = {
        first + at: Box(0, 1 + chart + at * rows, width, rows)
        for at in range(visible if rows and width else 0)
    }
    return (Box(0, 1, width, chart) if chart else None), boxes, first


def arrange_list(size: tuple[int, int]) -> tuple[Box | None, Box]:
    """The chart of some runs, and the list of all below it; a low screen has the list alone."""
    width, height = size
    body = max(height - 1 - HINT_ROWS, 1)
    chart = min(max(body * 2 // 5, 7), 20) if body >= LEAST_LIST_BODY else 0
    box = Box(0, 1, width, chart) if chart else None
    return box, Box(0, 1 + chart, width, body - chart)
