"""The chart pane: traces of one run or several, and a cursor that leads to the log."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
from textual import events
from textual.binding import BindingType

from logwatch import wording
from logwatch.tui.keys import CHART, key
from logwatch.tui.messages import LineWanted
from logwatch.tui.plotting.axis import Axis, span_axis
from logwatch.tui.plotting.curves import (
    AUTO,
    AXES,
    WEIGHTS,
    Trace,
    View,
    build_curves,
    has_axis,
    name_axis,
    place_x,
    tell_smoothing,
    zoom_by,
)  # fmt: skip
from logwatch.tui.plotting.plot import Frame, Label, Picture, Span, compose
from logwatch.tui.plotting.scales import has_positive, pick_log, span_values, widen_to
from logwatch.tui.plotting.scenes import Scene
from logwatch.tui.text.styles import fit
from logwatch.tui.widgets.canvas import Canvas, Row


class Chart(Canvas, can_focus=True):
    """Curves with axes; how they are looked at (`view`) outlives what they show (`scene`)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("left,h", "move_cursor(-1)", "cursor left", CHART),
        key("right,l", "move_cursor(1)", "cursor right", CHART),
        key("enter", "jump", "show the log line of the sample", CHART),
        key("escape", "drop_cursor", "no cursor", CHART),
    ]

    def __init__(self, *, id: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(id=id, ascii_only=ascii_only)
        self.heading = "chart"
        self.view = View()
        self.scene = Scene()
        self._is_log = False
        self._cursor: int | None = None
        self._picture = Picture((), 0, 1, 1)
        self._x = Axis(0.0, 1.0)

    def show(self, scene: Scene) -> None:
        """Show another scene in the same view."""
        if scene.title != self.scene.title:
            self._cursor = None
        self.scene = scene
        self.heading = scene.title or "chart"
        self.redraw()

    def look(self, view: View) -> None:
        """Look at the same scene in another way."""
        self.view = view
        self.redraw()

    def title_spans(self) -> Row:
        """The names in the colours of their curves: the legend."""
        spans: list[Span] = []
        for trace in self.scene.traces:
            if trace.name:
                spans += [(", ", "dim")] if spans else []
                spans.append((fit(trace.name, min(len(trace.name), 32)), f"name-{trace.owner}"))
        return spans or super().title_spans()

    def note(self) -> Row:
        """How the chart is to be read, or where the cursor stands."""
        if self._cursor is not None and self.scene.traces:
            return ((self._tell_cursor(), "cursor"),)
        words = [self.scene.note] if self.scene.note else []
        columns = 2 * max(self._picture.width, 1)
        smoothing = tell_smoothing(self.scene.traces, self.view, columns)
        words += [smoothing] if smoothing else []
        auto = " auto" if self.view.log is None else ""
        words += [f"log y{auto}"] if self._is_log else []
        words += ["zoomed"] if self.view.zoom else []
        return ((", ".join(words), "dim"),) if words else ()

    def draw_rows(self, width: int, height: int) -> list[Row]:
        """The chart, or why there is none."""
        traces = [trace for trace in self.scene.traces if len(trace.series)]
        if not traces:
            return [((" no curve yet", "dim"),)] if self.scene.title else []
        view = self._usable_view(traces)
        curves, x = build_curves(traces, view, 2 * width)
        self._is_log = pick_log(curves, x, view.log)
        y = span_values(curves, x, self._is_log)
        y = widen_to(y, [level.value for level in self.scene.levels])
        unit = name_axis(traces, view.axis)
        on_steps = view.axis == "step"
        frame = Frame(
            x, y, unit, view.axis == "time", self.scene.levels,
            tuple(_label(trace) for trace in traces if trace.label) if len(traces) > 1 else (),
            self._cursor_x(), self.scene.band if on_steps else None,
            self.scene.restarts if on_steps else (),
        )  # fmt: skip
        self._x = x
        self._picture = compose(frame, curves, (width, height), ascii_only=self.ascii_only)
        return list(self._picture.rows)

    def _usable_view(self, traces: list[Trace]) -> View:
        """The view, but along steps where a trace cannot be placed otherwise."""
        view = self.view
        if not all(has_axis(trace.series, view.axis) for trace in traces):
            view = replace(view, axis="step", zoom=None)
        return view if not view.log or has_positive(traces) else replace(view, log=False)

    def toggle_log(self) -> str:
        """Switch the y axis between even and logarithmic; what to tell the user, or nothing."""
        if not self._is_log and not has_positive(self.scene.traces):
            return "no value here is above zero, so there is no log axis"
        self.look(replace(self.view, log=not self._is_log))
        return ""

    def next_axis(self) -> str:
        """Go to the next x axis that the samples have; what to tell the user."""
        at = AXES.index(self.view.axis)
        for axis in (*AXES[at + 1 :], *AXES[: at + 1]):
            if all(has_axis(trace.series, axis) for trace in self.scene.traces):
                if axis == self.view.axis:
                    return "the log tells no other x than this"
                self.look(replace(self.view, axis=axis, zoom=None))
                return f"x is {name_axis(self.scene.traces, axis)}"
        return ""

    def next_smoothing(self) -> str:
        """Go to the next smoothing; what to tell the user."""
        at = WEIGHTS.index(self.view.weight) + 1
        weight = WEIGHTS[at % len(WEIGHTS)]
        self.look(replace(self.view, weight=weight))
        names = {AUTO: "a line of means, where there are many samples", 0.0: "off"}
        return f"smoothing {names.get(weight, f'EMA {weight:g}')}"

    def zoom(self, factor: float) -> None:
        """Show `factor` times as much of x; 0 shows all."""
        if not factor:
            self.look(replace(self.view, zoom=None))
            return
        traces = [trace for trace in self.scene.traces if len(trace.series)]
        if traces:
            full = span_axis([place_x(trace.series, self.view.axis) for trace in traces])
            self.look(zoom_by(self.view, full, factor, self._cursor_x()))

    def action_move_cursor(self, way: int) -> None:
        """Move the cursor along the first trace by about one dot."""
        traces = self.scene.traces
        if not traces or not len(traces[0].series):
            return
        x = place_x(traces[0].series, self._usable_view(list(traces)).axis)
        seen = np.flatnonzero((x >= self._x.low) & (x <= self._x.high))
        if not len(seen):
            return
        stride = max(1, len(seen) // (2 * max(self._picture.width, 1)))
        at = len(seen) if self._cursor is None else int(np.searchsorted(seen, self._cursor))
        self._cursor = int(seen[min(max(at + way * stride, 0), len(seen) - 1)])
        self.redraw()

    def action_drop_cursor(self) -> None:
        """Take the cursor away."""
        self._cursor = None
        self.redraw()

    def action_jump(self) -> None:
        """Ask for the log line of the sample under the cursor, or of the newest sample."""
        if self.scene.traces and len(self.scene.traces[0].series):
            series = self.scene.traces[0].series
            at = len(series) - 1 if self._cursor is None else min(self._cursor, len(series) - 1)
            self.post_message(LineWanted(int(series.offset[at]), int(series.line[at])))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor under the mouse."""
        if not self.scene.traces or not len(self.scene.traces[0].series):
            return
        place = (event.x - self._picture.left) / max(self._picture.width - 1, 1)
        wanted = float(self._x.value_at(np.array([min(max(place, 0.0), 1.0)]))[0])
        x = place_x(self.scene.traces[0].series, self.view.axis)
        if np.isfinite(x).any():
            self._cursor = int(np.nanargmin(np.abs(x - wanted)))
            self.redraw()

    def _cursor_x(self) -> float | None:
        if self._cursor is None or not self.scene.traces:
            return None
        series = self.scene.traces[0].series
        if self._cursor >= len(series):
            return None
        axis = self._usable_view(list(self.scene.traces)).axis
        return float(place_x(series, axis, np.array([self._cursor]))[0])

    def _tell_cursor(self) -> str:
        series = self.scene.traces[0].series
        at = min(self._cursor or 0, len(series) - 1)
        value = wording.metric_value(
            series.name, float(series.value[at]), wording.find_precision(series.value)
        )
        words = [f"{series.axis} {series.step[at]:g}", value, f"line {series.line[at]}"]
        if np.isfinite(series.time[at]) and np.isfinite(series.time[0]):
            words.insert(1, wording.duration(float(series.time[at] - series.time[0])))
        return ", ".join(words)


def _label(trace: Trace) -> Label:
    precision = wording.find_precision(trace.series.value)
    value = wording.metric_value(trace.series.name, trace.series.last, precision)
    return Label(
        trace.series.last, f"{fit(trace.label, min(len(trace.label), 16))} {value}", trace.owner
    )
