"""How much of a long run the curves' rules look at, so that an update costs what is new in it.

A rule sees a series as `MAX_POINTS` medians: until the next one or two of them are complete it has
nothing new to say. So such rules are asked about the run up to a grid that coarsens as the run
grows, and what they said is kept until the run passes the next line of the grid. Where the grid
lies depends on the run alone: a log that arrives at once and one that arrives line by line have the
same findings. A series that is halved as it grows loses samples that lie up to the grid and gains
none: as long as there are as many, they are the same.
"""

from collections.abc import Hashable
from dataclasses import replace
from itertools import takewhile

import numpy as np

from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import MAX_POINTS
from logwatch.parsing.record import PROBE_BASE, Event

USUAL_EVENTS = frozenset({"ckpt_save", "overflow"})
"""Events that come again and again and change no verdict on a curve."""


def pace(run: RunView) -> tuple[RunView, Hashable]:
    """The run up to the last line of the grid, and what tells it from others; None: the whole run.

    Under two samples a point it is whole, and so it is while its last stretch holds news: an event,
    or a value that ceased to be finite.
    """
    longest = max(run.series.values(), key=lambda view: view.settled, default=None)
    count = longest.settled if longest is not None else 0
    if longest is None or count < 2 * MAX_POINTS:
        return run, None
    grid = 1 << (count // MAX_POINTS).bit_length()
    last = count - count % grid - 1
    offset, line = int(longest.offset[last]), int(longest.line[last])
    ends = {name: _end(view, offset, line) for name, view in run.series.items()}
    if _has_news(run, offset, line, ends):
        return run, None
    series = {name: _cut(view, ends[name]) for name, view in run.series.items()}
    events = tuple(event for event in run.events if not _is_late(event, offset, line))
    restarts = tuple(restart for restart in run.restarts if restart.offset <= offset)
    bad = tuple(view.whole.nonfinite for view in series.values() if view.whole is not None)
    state = offset, tuple(ends.values()), bad
    return RunView(series, events, restarts, run.dialects, lines=line), state


def _cut(view: SeriesView, end: int) -> SeriesView:
    """The first samples; of a long series, with what is known of all."""
    return replace(view.where(slice(end)), whole=view.whole)


def _end(view: SeriesView, offset: int, line: int) -> int:
    """How many samples lie up to a place: what a probe told is put beside a log by the lines."""
    if len(view) and (view.offset[0] >= PROBE_BASE) != (offset >= PROBE_BASE):
        return int(view.line.searchsorted(line, "right"))
    return int(view.offset.searchsorted(offset, "right"))


def _is_late(event: Event, offset: int, line: int) -> bool:
    if (event.offset >= PROBE_BASE) != (offset >= PROBE_BASE):
        return event.line > line
    return event.offset > offset


def _has_news(run: RunView, offset: int, line: int, ends: dict[str, int]) -> bool:
    told = (event for event in reversed(run.events) if not event.kind.startswith("probe_"))
    late = takewhile(lambda event: _is_late(event, offset, line), told)
    if any(event.kind not in USUAL_EVENTS for event in late):
        return True
    for name, view in run.series.items():
        end = ends[name]
        fresh = view.value[end:]
        was_finite = end == 0 or bool(np.isfinite(view.value[end - 1]))
        if was_finite and not np.isfinite(fresh).all():
            return True
    return False
