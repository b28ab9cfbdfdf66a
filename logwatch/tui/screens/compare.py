"""The screen of several runs: one chart with all of them, and a panel for each."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from logwatch.tui.keys import CHART, FINDINGS, MOVE, RUNS, key
from logwatch.tui.plotting.scenes import build_overlay, shared_metrics, tell_distance
from logwatch.tui.screens.arrangement import Box, arrange_runs
from logwatch.tui.screens.base import BaseScreen
from logwatch.tui.text.run_status import choose_verdict
from logwatch.tui.watched import UNREAD, Watched, WatchedRun
from logwatch.tui.widgets.run_panel import RunPanel
from logwatch.tui.widgets.summary_line import SummaryLine


class CompareScreen(BaseScreen):
    """All runs in one metric, at equal step, epoch or time; Enter opens one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "open", "open this run", RUNS, hint="open"),
        key("b", "baseline", "compare the others with this run", RUNS, hint="baseline"),
        key("v", "next_metric(1)", "next metric", CHART, hint="metric"),
        key("V", "next_metric(-1)", "previous metric", CHART),
        key("j,down,right_square_bracket", "move(1)", "next run", MOVE),
        key("k,up,left_square_bracket", "move(-1)", "previous run", MOVE),
        key("g,home", "move(-100000)", "first run", MOVE),
        key("G,end", "move(100000)", "last run", MOVE),
        key("e", "next_ill(1)", "next run with something wrong", FINDINGS, hint="next ill"),
        key("E", "next_ill(-1)", "previous run with something wrong", FINDINGS),
    ]

    def __init__(
        self, watched: Watched, *, ascii_only: bool = False, is_slow: bool = False
    ) -> None:
        super().__init__(ascii_only=ascii_only, is_slow=is_slow)
        self._watched = watched
        self._chosen = 0
        self._top = 0
        self.metric = ""
        self.summary = SummaryLine(watched, ascii_only=ascii_only)
        self.panels = [
            RunPanel(run.number, run.letter, run.name, ascii_only=ascii_only)
            for run in watched.runs
        ]

    @property
    def chosen(self) -> WatchedRun:
        """The run that the keys are about."""
        return self._watched.runs[self._chosen]

    def compose(self) -> ComposeResult:
        """The head, the chart of all, a panel a run, the hints."""
        yield self.summary
        yield self.chart
        yield from self.panels
        yield self.hints

    def on_mount(self) -> None:
        """Start at the first run."""
        self._place_panes()
        self.panels[0].focus()
        self.show_run()

    def on_resize(self) -> None:
        """Arrange the panels for the new size."""
        self._place_panes()

    def on_descendant_focus(self) -> None:
        """The panel with the focus is the chosen run."""
        super().on_descendant_focus()
        if isinstance(self.focused, RunPanel) and self.focused.number != self._chosen:
            self._chosen = self.focused.number
            self._place_panes()

    def show_run(self, number: int | None = None) -> None:
        """Show what is new; all at once, for the chart holds all runs."""
        if any(run.snapshot is not UNREAD for run in self._watched.runs):
            self.draw_soon(self._show_all)

    def _show_all(self) -> None:
        runs = self._watched.runs
        names = shared_metrics([run.snapshot.update.run for run in runs])
        if self.metric not in names:
            self.metric = names[0] if names else ""
        base = self._watched.baseline or 0
        axis = self.chart.view.axis
        pairs = [(run.letter, run.snapshot) for run in runs]
        self.chart.show(build_overlay(pairs, self.metric, axis, base))
        for panel, run in zip(self.panels, runs, strict=True):
            panel.show(run.snapshot, self.metric, self.chart.view, self._tell_distance(run, base))
        self.summary.show(self.metric)

    def _tell_distance(self, run: WatchedRun, base: int) -> str:
        """How far a run is from the baseline at equal x."""
        mine = run.snapshot.update.run.get(self.metric)
        other = self._watched.runs[base].snapshot.update.run.get(self.metric)
        if mine is None or other is None or run.number == base:
            return ""
        told = tell_distance(mine, other, self.chart.view.axis).strip()
        return f"{told} {self._watched.runs[base].letter}" if told else ""

    def _place_panes(self) -> None:
        size = (self.size.width, self.size.height)
        chart, panels, self._top = arrange_runs(size, len(self.panels), self._chosen, self._top)
        self.place(self.summary, Box(0, 0, size[0], 1))
        self.place(self.chart, chart)
        for at, panel in enumerate(self.panels):
            self.place(panel, panels.get(at))
        self.place(self.hints, Box(0, max(size[1] - 1, 0), size[0], 1))

    def chosen_text(self) -> str:
        """The chosen run's name and its worst finding."""
        verdict = choose_verdict(self.chosen.snapshot.update.findings)
        return self.chosen.name + (f": {verdict.title}" if verdict is not None else "")

    def action_move(self, by: int) -> None:
        """Choose the next or the previous run."""
        self._choose(min(max(self._chosen + by, 0), len(self.panels) - 1))

    def _choose(self, number: int) -> None:
        self._chosen = number
        self._place_panes()
        self.panels[number].focus()

    def action_next_ill(self, way: int) -> None:
        """Choose the next run with a warning or an error."""
        count = len(self.panels)
        for step in range(1, count + 1):
            number = (self._chosen + way * step) % count
            verdict = choose_verdict(self._watched.runs[number].snapshot.update.findings)
            if self._watched.runs[number].snapshot.error or (verdict and verdict.severity > 1):
                self._choose(number)
                return
        self.hints.say("nothing wrong was found in any run")

    def action_open(self) -> None:
        """Open the chosen run's own screen."""
        self.post_message(RunPanel.Opened(self._chosen))

    def action_baseline(self) -> None:
        """Compare all other runs with the chosen one, or no longer."""
        is_on = self._watched.baseline != self._chosen
        self._watched.set_baseline(self._chosen if is_on else None)
        what = "the others are compared with" if is_on else "nothing is compared with"
        self.hints.say(f"{what} {self.chosen.letter} {self.chosen.name}")
        self._show_all()

    def action_next_metric(self, way: int) -> None:
        """Compare the runs in the next metric."""
        names = shared_metrics([run.snapshot.update.run for run in self._watched.runs])
        if names:
            at = names.index(self.metric) if self.metric in names else 0
            self.metric = names[(at + way) % len(names)]
            self._show_all()

    def action_next_axis(self) -> None:
        """Go to the next x axis, and tell distances along it."""
        super().action_next_axis()
        self._show_all()

    def action_log_axis(self) -> None:
        """Switch the y axis of all charts."""
        super().action_log_axis()
        self._show_all()

    def action_look_again(self) -> None:
        """Look at all logs now."""
        for run in self._watched.runs:
            run.bridge.nudge()
        self.hints.say("looked again")
