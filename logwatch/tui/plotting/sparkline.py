"""A curve in one row of text, for the cells of a table. Pure."""

import numpy as np

from logwatch.parsing.record import Floats
from logwatch.tui.plotting.axis import span_axis
from logwatch.tui.plotting.raster import Curve, draw
from logwatch.tui.plotting.scales import pick_log


def draw_sparkline(values: Floats, width: int, *, ascii_only: bool = False) -> str:
    """The (n,) values from first to last in `width` characters; NaN and Inf are ×.

    A single value is a point at the left; no values are blanks.
    """
    if width <= 0:
        return ""
    if not len(values):
        return " " * width
    x = np.arange(len(values), dtype=np.float64)
    curve = Curve(x, values)
    across = span_axis([x])
    log = pick_log([curve], across, None)
    up = span_axis([values], log)
    return draw([curve], (width, 1), across, up, ascii_only=ascii_only).rows()[0]
