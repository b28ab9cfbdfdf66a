"""One run among several: its state as a title, then figures, a small chart and findings."""

from datetime import datetime

from textual import events
from textual.message import Message

from logwatch import wording
from logwatch.diagnosis.finding import Severity
from logwatch.metrics.run import RunView
from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.plotting.curves import View, build_curves
from logwatch.tui.plotting.plot import Frame, Span, compose
from logwatch.tui.plotting.scales import pick_log, span_values
from logwatch.tui.plotting.scenes import build_scene
from logwatch.tui.plotting.sparkline import draw_sparkline
from logwatch.tui.text.facts import order_metrics, show_last
from logwatch.tui.text.probe_status import tell_probe_briefly
from logwatch.tui.text.run_status import choose_verdict, tell_calm_run, tell_pace, tell_state
from logwatch.tui.text.styles import RUN_COLOURS, count_cells, cut_row, fit, sign_of
from logwatch.tui.widgets.canvas import Canvas, Row
from logwatch.tui.widgets.finding_list import lay_out

CHART_ROWS = 4
"""A lower chart shows less than a sparkline does."""
VALUE, CHANGE, SPARK = 9, 12, 12
"""Cells of a value, of its change or distance, and of a sparkline."""


class RunPanel(Canvas, can_focus=True):
    """What the overview shows of one run; its letter has the colour of its curve."""

    class Opened(Message):
        """The user wants to see this run alone."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, number: int, letter: str, name: str, *, ascii_only: bool) -> None:
        super().__init__(ascii_only=ascii_only)
        self.number = number
        self.heading = letter
        self._run_name = name
        self._snapshot = Snapshot()
        self._metric = ""
        self._distance = ""
        self._view = View()

    def show(self, snapshot: Snapshot, metric: str, view: View, distance: str) -> None:
        """Show another snapshot, and the metric that all runs are compared in."""
        self._snapshot, self._metric, self._view = snapshot, metric, view
        self._distance = distance
        self.redraw()

    def title_spans(self) -> Row:
        """Letter, status, name, progress, as far as there is room."""
        style = f"name-{self.number % len(RUN_COLOURS)}"
        room = self.size.width - 8
        spans: list[Span] = [(f"{self.heading} ", style)]
        spans += tell_state(self._run_name, self._snapshot, max(room // 2, 8))
        parts = tell_pace(self._snapshot, datetime.now(), ascii_only=self.ascii_only)
        if self._snapshot.probe is not None:
            parts.append(list(tell_probe_briefly(self._snapshot.probe)))
        for part in parts:
            if count_cells(spans) + count_cells(part) + 2 > room:
                break
            spans += [("  ", ""), *part]
        return spans

    def draw_rows(self, width: int, height: int) -> list[Row]:
        """Figures, chart and findings beside each other, or the most of it in a row or two."""
        if self._snapshot.error:
            sign = sign_of(Severity.error, ascii_only=self.ascii_only)
            return [((f"  {sign} ", "error"), (self._snapshot.error, "bold"))]
        if height < CHART_ROWS or width < 70:
            return self._draw_low(width, height)
        figures = min(max(width * 3 // 10, 30), 44)
        chart = min(width * 3 // 10, 70)
        findings = width - figures - chart - 4
        columns = [
            (self._draw_figures(figures, height), figures),
            (self._draw_chart(chart, height), chart),
            (self._draw_findings(findings, height), findings),
        ]
        return [self._join(columns, row) for row in range(height)]

    def _join(self, columns: list[tuple[list[Row], int]], at: int) -> Row:
        spans: list[Span] = []
        for rows, width in columns:
            spans += [*cut_row(rows[at] if at < len(rows) else (), width), ("  ", "")]
        return spans

    def _draw_low(self, width: int, height: int) -> list[Row]:
        """The chosen metric and the worst finding in one row; more findings where there is room."""
        run = self._snapshot.update.run
        row: list[Span] = [(f"  {self._metric} ", ""), *self._draw_value(run, self._metric)]
        row += [(" " + self._draw_spark(SPARK), self._ink()), (f" {self._distance}  ", "")]
        verdict = choose_verdict(self._snapshot.update.findings)
        if height < 2 and verdict is not None:
            sign = sign_of(verdict.severity, ascii_only=self.ascii_only)
            row += [(f"{sign} ", verdict.severity.name), (verdict.title, "bold")]
        rows = self._draw_findings(width - 2, height - 1)
        return [row, *([("  ", ""), *found] for found in rows)]

    def _draw_findings(self, width: int, height: int) -> list[Row]:
        findings = self._snapshot.update.findings
        opened: set[int] = set()
        for number in range(len(findings)):
            if len(lay_out(findings, width, opened | {number})) <= height:
                opened.add(number)
        rows = lay_out(findings, width, opened, ascii_only=self.ascii_only)
        if len(rows) > height > 1:  # one row each, cut where it must be
            rows = lay_out(findings, 1000, set(), ascii_only=self.ascii_only)
        if not rows and self._snapshot.update.run.series:
            return [tuple(tell_calm_run(self._snapshot.update, ascii_only=self.ascii_only))]
        return [row.spans for row in rows[:height]]

    def _draw_figures(self, width: int, height: int) -> list[Row]:
        run = self._snapshot.update.run
        names = order_metrics(run)
        if self._metric in names:
            names = [self._metric, *(name for name in names if name != self._metric)]
        rows: list[Row] = []
        for name in names[:height]:
            told = self._distance if name == self._metric else ""
            change = told or self._tell_change(run, name)
            rest = max(width - VALUE - CHANGE - 3, 6)
            row: list[Span] = [("  " + fit(name, rest), ""), *self._draw_value(run, name)]
            rows.append([*row, (fit(change, CHANGE, right=True), "bold" if told else "dim")])
        return rows

    def _draw_value(self, run: RunView, name: str) -> list[Span]:
        text = show_last(run, name, VALUE)
        style = "mark" if text.lstrip("-") in ("NaN", "Inf") else ""
        return [(fit(text, VALUE, right=True), style)]

    def _tell_change(self, run: RunView, name: str) -> str:
        values = run.series[name].value
        return wording.change(float(values[0]), float(values[-1])) if len(values) > 1 else ""

    def _draw_spark(self, width: int) -> str:
        series = self._snapshot.update.run.get(self._metric)
        if series is None:
            return " " * width
        thin = None if self._snapshot.is_preview else self._snapshot.thin.get(self._metric)
        values = series.value if thin is None else series.value[thin.index]
        return draw_sparkline(values, width, ascii_only=self.ascii_only)

    def _draw_chart(self, width: int, height: int) -> list[Row]:
        scene = build_scene(self._snapshot, self._metric, targets={})
        if not scene.traces:
            return []
        curves, x = build_curves(scene.traces, View(weight=0.0), 2 * width)
        y = span_values(curves, x, pick_log(curves, x, self._view.log))
        own = self.number % len(RUN_COLOURS)
        inks = {"curve-0": f"curve-{own}", "curve-1": f"faint-{own}"}
        picture = compose(Frame(x, y), curves, (width, height), ascii_only=self.ascii_only)
        return [[(text, inks.get(style, style)) for text, style in row] for row in picture.rows]

    def _ink(self) -> str:
        return f"curve-{self.number % len(RUN_COLOURS)}"

    def on_click(self, event: events.Click) -> None:
        """A second click on a chosen run opens it."""
        if event.chain > 1:
            self.post_message(self.Opened(self.number))
