"""The metrics of a run: newest value, curve, change; the chosen one is in the chart."""

from typing import ClassVar

import numpy as np
from textual import events
from textual.binding import BindingType

from logwatch import wording
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Floats
from logwatch.tui.keys import CHART, MOVE, key
from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.live.thinning import Thin
from logwatch.tui.messages import MetricChosen
from logwatch.tui.plotting.plot import Span
from logwatch.tui.plotting.sparkline import draw_sparkline
from logwatch.tui.text.facts import filter_names, find_attempt, order_metrics, shorten_name
from logwatch.tui.text.styles import cut_middle, fit
from logwatch.tui.widgets.canvas import Canvas, Row

VALUE, CHANGE = 9, 7
"""Cells of the columns whose width does not depend on the pane's."""


class MetricTable(Canvas, can_focus=True):
    """One row a metric; the chosen one is reversed and told in more figures below."""

    heading = "metrics"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("j,down", "move(1)", "down", MOVE),
        key("k,up", "move(-1)", "up", MOVE),
        key("pagedown,ctrl+d", "page(1)", "a page down", MOVE),
        key("pageup,ctrl+u", "page(-1)", "a page up", MOVE),
        key("slash", "screen.filter_metrics", "in the metrics: filter them", CHART, hint="filter"),
        key("space", "pin", "keep this metric at the top, or not", CHART),
        key("home", "end(-1)", "to the first", MOVE),
        key("end", "end(1)", "to the last", MOVE),
    ]

    def __init__(self, *, id: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(id=id, ascii_only=ascii_only)
        self.names: list[str] = []
        self.chosen = ""
        self.filter_text = ""
        self._pinned: set[str] = set()
        self._snapshot = Snapshot()
        self._top = 0
        self._lines: dict[tuple[str, int, int], str] = {}

    def show(self, snapshot: Snapshot) -> None:
        """Show another snapshot; the chosen metric stays chosen."""
        if snapshot.log_number != self._snapshot.log_number:
            self._lines.clear()
        self._snapshot = snapshot
        self._order()
        self.redraw()

    def filter(self, text: str) -> None:
        """Show only the metrics whose names hold these words; nothing shows all."""
        self.filter_text = text
        before = self.chosen
        self._order()
        self.redraw()
        if self.chosen != before:
            self.post_message(MetricChosen(self.chosen))

    def _order(self) -> None:
        """Put pinned metrics first, leave out what the filter does; something stays chosen."""
        every = order_metrics(self._snapshot.update.run)
        kept = filter_names(every, self.filter_text)
        self.names = sorted(kept, key=lambda name: name not in self._pinned)
        if self.chosen not in self.names:
            self.chosen = self.names[0] if self.names else ""

    def choose(self, name: str) -> None:
        """Choose a metric by name, if there is one of that name; the filter gives way to it."""
        if name not in self.names and name in self._snapshot.update.run.series:
            self.filter_text = ""
            self._order()
        if name in self.names:
            self.chosen = name
            self.redraw()

    def wanted_rows(self) -> int:
        """Rows that would show all."""
        return 1 + max(len(self.names), 1)

    def note(self) -> Row:
        """Where the chosen metric stands among all that are shown, and the filter."""
        if not self.names:
            return ((f"/{self.filter_text}", "dim"),) if self.filter_text else ()
        place = f"{self.names.index(self.chosen) + 1} of {len(self.names)}"
        return ((place + (f", /{self.filter_text}" if self.filter_text else ""), "dim"),)

    def draw_rows(self, width: int, height: int) -> list[Row]:
        """The visible metrics, and figures of the chosen one where there is room."""
        if not self.names and self.filter_text:
            return [((" no metric is called so; Esc shows all", "dim"),)]
        if not self.names:
            is_reading = self._snapshot.read_share is not None or not self._snapshot.source
            return [((" reading" if is_reading else " no numbers in this log yet", "dim"),)]
        at = self.names.index(self.chosen)
        self._top = min(max(self._top, at - height + 1), at, max(len(self.names) - height, 0))
        shown = self.names[self._top : self._top + height]
        rows = [self._draw_metric(name, width) for name in shown]
        spare = height - len(rows)
        return rows + self._draw_details(width)[: max(spare, 0)]

    def _draw_metric(self, name: str, width: int) -> Row:
        series = self._snapshot.update.run.series[name]
        spark = min(max((width - VALUE - CHANGE - 2) // 3, 0), 24)
        label = width - VALUE - CHANGE - spark - 3
        value = wording.metric_value(name, series.last, wording.find_precision(series.value), VALUE)
        bad = not np.isfinite(series.last)
        run = self._snapshot.update.run
        first = _first(series.value[find_attempt(run, series) :])
        change = "" if bad or len(series) < 2 else wording.change(first, series.last)
        row: list[Span] = [
            (self._label(name, label) + " ", "bold" if name in self._pinned else ""),
            (fit(value, VALUE, right=True) + " ", "mark" if bad else ""),
            (self._spark(name, series, spark) + " ", "curve-0"),
            (fit(change, CHANGE, right=True), "dim"),
        ]
        return row if name != self.chosen else [("".join(text for text, _ in row), "chosen bold")]

    def _label(self, name: str, width: int) -> str:
        """The name in so many cells: without what goes without saying, then cut in its middle."""
        names = self._snapshot.update.run.series
        shown = name if len(name) <= width else shorten_name(name, names)
        return fit(cut_middle(shown, width), width)

    def _spark(self, name: str, series: SeriesView, width: int) -> str:
        found = self._lines.get((name, series.count, width))
        if found is None:
            start, thin = find_attempt(self._snapshot.update.run, series), self._thin_of(name)
            whole = np.s_[start:] if thin is None else thin.index[thin.index >= start]
            values = series.value[whole]
            found = draw_sparkline(values, width, ascii_only=self.ascii_only)
            self._lines = {at: line for at, line in self._lines.items() if at[0] != name}
            self._lines[(name, series.count, width)] = found
        return found

    def _draw_details(self, width: int) -> list[Row]:
        """Figures of the chosen metric: how many samples, from where to where, and its bounds."""
        series = self._snapshot.update.run.series[self.chosen]
        thin = self._thin_of(self.chosen)
        values = series.value if thin is None else series.value[thin.index]
        steps = series.step if thin is None else series.step[thin.index]
        first, last = wording.figure(float(steps[0])), wording.figure(float(steps[-1]))
        lines = [f"{wording.count(series.count)} samples, {series.axis} {first} to {last}"]
        finite = np.flatnonzero(np.isfinite(values))
        if len(finite):
            precision = wording.find_precision(series.value)
            ends = finite[values[finite].argmin()], finite[values[finite].argmax()]
            for word, at in zip(("lowest ", "highest"), ends, strict=True):
                value = wording.metric_value(self.chosen, float(values[at]), precision)
                lines.append(f"{word} {value} at {series.axis} {wording.figure(float(steps[at]))}")
        rows: list[Row] = [(), *(((fit(f" {line}", width), "dim"),) for line in lines)]
        if bad := series.nonfinite:
            rows.append(
                ((f" {wording.count(bad)} {'is' if bad == 1 else 'are'} NaN or Inf", "mark"),)
            )
        return rows

    def _thin_of(self, name: str) -> Thin | None:
        """The samples of a long series that hold all its bounds, None for all."""
        return None if self._snapshot.is_preview else self._snapshot.thin.get(name)

    def action_move(self, by: int) -> None:
        """Choose the next or the previous metric."""
        if self.names:
            at = self.names.index(self.chosen) + by
            self._pick(self.names[min(max(at, 0), len(self.names) - 1)])

    def action_pin(self) -> None:
        """Keep the chosen metric at the top, or no longer."""
        self._pinned ^= {self.chosen}
        self._order()
        self.redraw()

    def action_page(self, way: int) -> None:
        """Choose the metric a page further."""
        self.action_move(way * max(self.body_height - 1, 1))

    def action_end(self, way: int) -> None:
        """Choose the first or the last metric."""
        self.action_move(way * len(self.names))

    def on_click(self, event: events.Click) -> None:
        """Choose the metric under the mouse."""
        at = self._top + event.y - 1
        if event.y >= 1 and at < len(self.names):
            self._pick(self.names[at])

    def _pick(self, name: str) -> None:
        if name != self.chosen:
            self.chosen = name
            self.redraw()
            self.post_message(MetricChosen(name))


def _first(values: Floats) -> float:
    """The first value that is a number, of those at the start."""
    known = values[:256][np.isfinite(values[:256])]
    return float(known[0]) if len(known) else float("nan")
