"""A chart as rows of text: curves, axes with round numbers, levels, labels, a cursor. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from logwatch.tui.plotting.axis import Axis, find_ticks
from logwatch.tui.plotting.raster import MARK, Curve, draw

Span = tuple[str, str]
"""Text and its style: `curve-0`, `faint-0`, `mark`, `axis`, `level`, `cursor`, `band` or empty."""

FAINT = 64
"""Owners from here on are drawn faintly: the raw samples under their smoothed curve."""

LABEL_ROOM = 50
"""A chart narrower than this many cells spends none on labels at its right end."""

ROWS_PER_TICK, CELLS_PER_TICK = 3, 14
"""Room between ticks: their numbers must not touch."""


@dataclass(frozen=True, slots=True)
class Level:
    """A dotted line across the chart, such as a target."""

    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """The name at the right end of a curve, at the height of its newest value."""

    value: float
    text: str
    owner: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """All of a chart but its curves. `cursor`, `band` and `restarts` are values of x."""

    x: Axis
    y: Axis
    unit: str = "step"
    clock: bool = False
    levels: tuple[Level, ...] = ()
    labels: tuple[Label, ...] = ()
    cursor: float | None = None
    band: tuple[float, float] | None = None
    restarts: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows of spans, and where in them the plot lies: its first column and its size in cells."""

    rows: tuple[tuple[Span, ...], ...]
    left: int
    width: int
    height: int

    def text(self) -> str:
        """The picture without inks."""
        return "\n".join("".join(text for text, _ in row) for row in self.rows)


class _Paper:
    """Cells to write on: (height, width) characters and inks."""

    def __init__(self, width: int, height: int) -> None:
        self.text = np.full((height, width), " ", "U1")
        self.style = np.full((height, width), "", "U10")

    def write(
        self, row: int, column: int, text: str, style: str, *, blanks_only: bool = False
    ) -> None:
        """Write text that is cut at the paper's edge."""
        for at, sign in enumerate(text, column):
            free = 0 <= row < self.text.shape[0] and 0 <= at < self.text.shape[1]
            if free and not (blanks_only and self.text[row, at] != " "):
                self.text[row, at], self.style[row, at] = sign, style

    def rows(self) -> tuple[tuple[Span, ...], ...]:
        """The paper as rows of spans of one style."""
        rows = []
        for text, style in zip(self.text, self.style, strict=True):
            pairs = zip(text.tolist(), style.tolist(), strict=True)
            runs = groupby(pairs, key=lambda pair: pair[1])
            rows.append(tuple(("".join(sign for sign, _ in run), name) for name, run in runs))
        return tuple(rows)


def compose(
    frame: Frame, curves: Sequence[Curve], size: tuple[int, int], *, ascii_only: bool = False
) -> Picture:
    """Compose the chart in `size` = (width, height) cells; blank if there is no room for one."""
    width, height = max(size[0], 0), max(size[1], 0)
    paper = _Paper(width, height)
    ticks = find_ticks(frame.y, max((height - 1) // ROWS_PER_TICK, 2))
    gutter = max((len(tick.text) for tick in ticks), default=0) + 1
    margin = _margin(frame, width)
    inner, tall = width - gutter - margin, height - 1
    if inner < 4 or tall < 1:
        return Picture(paper.rows(), 0, width, height)
    grid = draw(curves, (inner, tall), frame.x, frame.y, ascii_only=ascii_only)
    paper.text[:tall, gutter : gutter + inner] = grid.cells
    paper.style[:tall, gutter : gutter + inner] = _inks(grid.owner)
    for row in range(tall):
        paper.write(row, gutter - 1, "|" if ascii_only else "│", "axis")
    for tick in ticks:
        row = round((1 - tick.place) * (tall - 1))
        paper.write(row, 0, tick.text.rjust(gutter - 1) + ("+" if ascii_only else "┤"), "axis")
    picture = Picture((), gutter, inner, tall)
    _write_x_axis(paper, frame, picture, ascii_only)
    _write_levels(paper, frame, picture, ascii_only)
    _write_uprights(paper, frame, picture, ascii_only)
    _write_labels(paper, frame, picture, margin)
    return Picture(paper.rows(), gutter, inner, tall)


def _margin(frame: Frame, width: int) -> int:
    if width < LABEL_ROOM or not frame.labels:
        return 0
    return min(max(len(label.text) for label in frame.labels) + 1, width // 3)


def _inks(owner: np.ndarray) -> np.ndarray:
    style = np.full(owner.shape, "", "U10")
    for number in np.unique(owner).tolist():
        if number == MARK:
            style[owner == number] = "mark"
        elif number >= FAINT:
            style[owner == number] = f"faint-{number - FAINT}"
        elif number >= 0:
            style[owner == number] = f"curve-{number}"
    return style


def _column(frame: Frame, value: float, width: int) -> int | None:
    """The cell in which x lies, None outside of the chart."""
    place = float(frame.x.place(np.array([value]))[0])
    return round(place * (width - 1)) if -1e-9 <= place <= 1 + 1e-9 else None


def _write_x_axis(paper: _Paper, frame: Frame, plot: Picture, ascii_only: bool) -> None:
    row, left, width = plot.height, plot.left, plot.width
    line, corner = ("-", "+") if ascii_only else ("─", "└")
    paper.write(row, left - 1, corner + line * width, "axis")
    if frame.band is not None:
        ends = [float(place) for place in frame.x.place(np.array(frame.band))]
        if all(np.isfinite(ends)) and ends[1] >= 0 and ends[0] <= 1:
            first, last = (round(min(max(end, 0), 1) * (width - 1)) for end in ends)
            sign = "=" if ascii_only else "━"
            paper.write(row, left + first, sign * (last - first + 1), "band")
    end = left + width - len(frame.unit) - 1
    free = left
    for tick in find_ticks(frame.x, max(width // CELLS_PER_TICK, 1), frame.clock):
        at = left + round(tick.place * (width - 1)) - len(tick.text) // 2
        at = max(at, left)
        if at >= free and at + len(tick.text) < end:
            paper.write(row, at, tick.text, "axis")
            free = at + len(tick.text) + 1
    if end > left:
        paper.write(row, end, f" {frame.unit}", "axis")


def _write_levels(paper: _Paper, frame: Frame, plot: Picture, ascii_only: bool) -> None:
    for level in frame.levels:
        place = float(frame.y.place(np.array([level.value]))[0])
        if not 0 <= place <= 1:
            continue
        row = round((1 - place) * (plot.height - 1))
        line = ("." if ascii_only else "┈") * plot.width
        text = f" {level.text} "
        if len(text) + 2 < plot.width:
            line = line[:2] + text + line[2 + len(text) :]
        paper.write(row, plot.left, line, "level", blanks_only=True)


def _write_uprights(paper: _Paper, frame: Frame, plot: Picture, ascii_only: bool) -> None:
    dotted, solid = (":", "|") if ascii_only else ("┊", "│")
    uprights = [(value, dotted, "axis") for value in frame.restarts]
    if frame.cursor is not None:
        uprights.append((frame.cursor, solid, "cursor"))
    for value, sign, style in uprights:
        column = _column(frame, value, plot.width)
        for row in range(plot.height if column is not None else 0):
            paper.write(row, plot.left + (column or 0), sign, style, blanks_only=True)


def _write_labels(paper: _Paper, frame: Frame, plot: Picture, margin: int) -> None:
    """Write names in the margin, each as near to its curve as the others let it be."""
    if not margin:
        return
    wanted = []
    for label in frame.labels:
        place = float(frame.y.place(np.array([label.value]))[0])
        place = min(max(place, 0.0), 1.0) if np.isfinite(place) else 1.0
        wanted.append((round((1 - place) * (plot.height - 1)), label))
    wanted.sort(key=lambda pair: (pair[0], -pair[1].value))
    row = -1
    for at, (ideal, label) in enumerate(wanted):
        left_below = len(wanted) - at - 1
        row = max(row + 1, min(ideal, plot.height - 1 - left_below))
        if row >= plot.height:
            return
        style = f"curve-{label.owner}" if np.isfinite(label.value) else "mark"
        paper.write(row, plot.left + plot.width + 1, label.text[: margin - 1], style)
