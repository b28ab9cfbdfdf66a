"""Curves as dots in character cells: no spike is lost, NaN and Inf are seen. Pure numpy.

A cell of braille holds 2 x 4 dots, a cell of plain ASCII 1 x 3. Each column of dots is filled from
the smallest to the largest sample that falls into it, and neighbours are joined by straight lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from logwatch.parsing.record import Floats, Ints
from logwatch.tui.plotting.axis import Axis

NOBODY = -1
"""Owner of a cell in which no curve lies."""
MARK = -2
"""Owner of a cell that holds the mark of a value that is not a number."""

BRAILLE_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""Dot bits of a braille cell, (4 rows, 2 columns). Source: Unicode chart U2800."""
ASCII_BITS = np.array([[1], [2], [4]])
ASCII_GLYPHS = " '-'.:,|"
"""What stands for each set of three dots (top is 1, middle 2, bottom 4)."""

MOST_SPOTS, CELLS_PER_SPOT = 12, 4
"""A curve of few samples, some cells apart, gets a spot for each: evaluations, mostly."""
SPOT_ROWS = 3
"""A lower chart has no room for spots: they would hide the line."""

MAX_PIECES = 64
"""More steps back than this are no restarts but ranks that write at once: sort them by x."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Samples to draw, in the order of the log: (n,) x and y; y may hold NaN and Inf, n may be 0.

    Where x goes back a new piece begins; samples without a finite x are not drawn.
    """

    x: Floats
    y: Floats
    owner: int = 0


@dataclass(frozen=True)
class Grid:
    """Drawn cells: (height, width) one-character strings and int8 owners."""

    cells: np.ndarray
    owner: np.ndarray

    def rows(self) -> tuple[str, ...]:
        """The cells as lines of text."""
        return tuple("".join(row) for row in self.cells)


def draw(
    curves: Sequence[Curve], size: tuple[int, int], x: Axis, y: Axis, *, ascii_only: bool = False
) -> Grid:
    """Draw curves into `size` = (width, height) cells; later ones lie on top of earlier ones.

    NaN and +Inf are × in the top row, -Inf and what a log axis cannot hold × in the bottom row,
    each at its own x.
    """
    width, height = size
    bits = ASCII_BITS if ascii_only else BRAILLE_BITS
    owner = np.full((height, width), NOBODY, np.int8)
    dots = np.zeros((height, width), np.int64)
    crosses = np.zeros((2, width), bool)
    for curve in curves:
        bitmap = np.zeros((height * bits.shape[0], width * bits.shape[1]), bool)
        for piece in split_pieces(curve):
            _fill(bitmap, piece, x, y)
            _cross(crosses, piece, x, y)
        cells = bitmap.reshape(height, bits.shape[0], width, bits.shape[1])
        mask = np.einsum("hrwc,rc->hw", cells, bits)
        owner[mask > 0] = curve.owner
        dots |= mask
    glyphs = np.array(list(ASCII_GLYPHS)) if ascii_only else None
    drawn = glyphs[dots] if glyphs is not None else _braille(dots)
    for curve in curves:
        _spot(Grid(drawn, owner), curve, (x, y), "o" if ascii_only else "•")
    for row, found in ((0, crosses[0]), (height - 1, crosses[1])):
        drawn[row, found] = "x" if ascii_only else "×"
        owner[row, found] = MARK
    return Grid(drawn, owner)


def _braille(dots: np.ndarray) -> np.ndarray:
    """Braille characters for dot masks; an empty cell is a blank, as cheap terminals need it."""
    points = np.where(dots > 0, 0x2800 + dots, 0x20).astype(np.uint32)
    return points.view("U1").reshape(dots.shape).copy()


def split_pieces(curve: Curve) -> list[Curve]:
    """The curve cut where x goes back, so that in each piece x never falls."""
    x, y = curve.x, curve.y
    if not len(x):
        return []
    known = np.isfinite(x)
    if not known.all():
        x, y = x[known], y[known]
    back = np.flatnonzero(x[1:] < x[:-1]) + 1
    if len(back) > MAX_PIECES:
        order = np.argsort(x, kind="stable")
        return [Curve(x[order], y[order], curve.owner)]
    ends = [0, *back.tolist(), len(x)]
    return [Curve(x[a:b], y[a:b], curve.owner) for a, b in pairwise(ends) if b > a]


def _spot(grid: Grid, curve: Curve, axes: tuple[Axis, Axis], sign: str) -> None:
    """Put a spot on each sample of a curve that has few: a line does not tell where they are."""
    height, width = grid.cells.shape
    if height < SPOT_ROWS or not 0 < len(curve.x) <= max(
        min(width // CELLS_PER_SPOT, MOST_SPOTS), 1
    ):
        return
    places = np.stack(
        [axis.place(values) for axis, values in zip(axes, (curve.x, curve.y), strict=True)]
    )
    seen = ((places >= 0) & (places <= 1)).all(axis=0)
    column = _round(places[0, seen] * (width - 1)).astype(np.int64)
    row = _round((1 - places[1, seen]) * (height - 1)).astype(np.int64)
    grid.cells[row, column] = sign
    grid.owner[row, column] = curve.owner


def _round(places: Floats) -> Floats:
    """To the nearest whole number, halves always up: to even ones would make lines ragged."""
    return np.floor(places + 0.5)


def _edges(axis: Axis, count: int) -> Floats:
    """Values at the edges of `count` columns, (count + 1,); columns are centred on the ends."""
    places = (np.arange(count + 1) - 0.5) / max(count - 1, 1)
    return axis.value_at(places)


def _fill(bitmap: np.ndarray, piece: Curve, x: Axis, y: Axis) -> None:
    """Set the dots of one piece: per column from its lowest to its highest point."""
    rows, columns = bitmap.shape
    usable = np.isfinite(piece.y) & (piece.y > 0) if y.log else np.isfinite(piece.y)
    index = np.arange(len(usable)) if usable.all() else np.flatnonzero(usable)
    if not len(index):
        return
    xs, ys = (piece.x, piece.y) if len(index) == len(usable) else (piece.x[index], piece.y[index])
    bounds = np.searchsorted(xs, _edges(x, columns))
    low, high = _spans(xs, ys, index, bounds, (x, y, columns))
    top = _round((1 - np.clip(high, 0, 1)) * (rows - 1))
    bottom = _round((1 - np.clip(low, 0, 1)) * (rows - 1))
    row = np.arange(rows)[:, None]
    bitmap |= (row >= top) & (row <= bottom)  # an empty column holds NaN: false


def _spans(
    xs: Floats, ys: Floats, index: Ints, bounds: Ints, frame: tuple[Axis, Axis, int]
) -> tuple[Floats, Floats]:
    """Lowest and highest place of the line in each column, (columns,); NaN where it is not."""
    _, y, columns = frame
    low, high = np.full(columns, np.nan), np.full(columns, np.nan)
    filled = np.flatnonzero(bounds[1:] > bounds[:-1])
    if len(filled):
        inside = ys[: bounds[-1]]
        low[filled] = y.place(np.minimum.reduceat(inside, bounds[filled]))
        high[filled] = y.place(np.maximum.reduceat(inside, bounds[filled]))
    first, last = bounds[filled], bounds[filled + 1] - 1
    if bounds[0] > 0:  # the neighbours outside join the line to the edge of the view
        first, last = np.append(bounds[0] - 1, first), np.append(bounds[0] - 1, last)
    if bounds[-1] < len(xs):
        first, last = np.append(first, bounds[-1]), np.append(last, bounds[-1])
    crossing = _crossings((xs, ys, index), first, last, frame)
    for side in (crossing[:-1], crossing[1:]):
        low, high = np.fmin(low, side), np.fmax(high, side)
    return low, high


def _crossings(
    samples: tuple[Floats, Floats, Ints], first: Ints, last: Ints, frame: tuple[Axis, Axis, int]
) -> Floats:
    """Where the line crosses the edges between columns, (columns + 1,); NaN where it is broken."""
    xs, ys, index = samples
    x, y, columns = frame
    crossing = np.full(columns + 1, np.nan)
    if len(first) < 2:
        return crossing
    from_x, to_x = (x.place(xs[at]) * max(columns - 1, 1) for at in (last[:-1], first[1:]))
    from_y, to_y = y.place(ys[last[:-1]]), y.place(ys[first[1:]])
    whole = index[first[1:]] == index[last[:-1]] + 1  # nothing that is not a number between them
    edges = np.arange(columns + 1) - 0.5
    left = np.searchsorted(from_x, edges, side="right") - 1
    left_safe = np.clip(left, 0, len(from_x) - 1)
    run = np.maximum(to_x - from_x, 1e-12)[left_safe]
    part = (edges - from_x[left_safe]) / run
    value = from_y[left_safe] + np.clip(part, 0, 1) * (to_y - from_y)[left_safe]
    valid = (left >= 0) & (part <= 1) & whole[left_safe]
    crossing[valid] = value[valid]
    return crossing


def _cross(crosses: np.ndarray, piece: Curve, x: Axis, y: Axis) -> None:
    """Note in which cells of the top (0) and the bottom (1) row a mark stands."""
    bad = np.flatnonzero(~np.isfinite(piece.y) | (piece.y <= 0) if y.log else ~np.isfinite(piece.y))
    if not len(bad):
        return
    place = x.place(piece.x[bad])
    seen = (place >= 0) & (place <= 1)
    width = crosses.shape[1]
    column = np.minimum((place[seen] * width).astype(np.int64), width - 1)
    low = piece.y[bad][seen] <= 0  # NaN compares false: it is drawn at the top
    crosses[1, column[low]] = True
    crosses[0, column[~low]] = True
