"""The screen of a few runs: one chart with all of them, and a panel for each."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from logwatch.tui.keys import MOVE, key
from logwatch.tui.screens.arrangement import Box, arrange_runs
from logwatch.tui.screens.runs import RunsScreen
from logwatch.tui.text.run_facts import order_runs
from logwatch.tui.watched import UNREAD, Watched
from logwatch.tui.widgets.run_panel import RunPanel


class CompareScreen(RunsScreen):
    """A chart of all runs above a panel for each; the worst run comes first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("j,down,right_square_bracket", "move(1)", "next run", MOVE),
        key("k,up,left_square_bracket", "move(-1)", "previous run", MOVE),
        key("g,home", "move(-100000)", "first run", MOVE),
        key("G,end", "move(100000)", "last run", MOVE),
    ]

    def __init__(
        self, watched: Watched, *, ascii_only: bool = False, is_slow: bool = False
    ) -> None:
        super().__init__(watched, ascii_only=ascii_only, is_slow=is_slow)
        self._top = 0
        self._order = list(range(len(watched.runs)))
        self._has_moved = False
        self.panels = [
            RunPanel(run.number, run.letter, run.name, ascii_only=ascii_only)
            for run in watched.runs
        ]

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
            self.draw_soon(self.show_all)

    def ordered(self) -> Sequence[int]:
        """The worst run first."""
        return self._order

    def show_all(self) -> None:
        """Choose the metric, put the worst run first, draw all."""
        runs = self._watched.runs
        self.choose_metric()
        self._sort()
        self.show_chart(range(len(runs)))
        for panel, run in zip(self.panels, runs, strict=True):
            told = self.tell_distance(run)
            panel.show(run.snapshot, self.metric, self.chart.view, told)
        self.summary.redraw()

    def _sort(self) -> None:
        """Put the worst run first; until a key has moved the choice, the first one is chosen."""
        facts = [self.gather(run) for run in self._watched.runs]
        order = [one.number for one in order_runs(facts, "verdict", frozenset())]
        if order != self._order:
            self._order = order
            if not self._has_moved:
                self._chosen = order[0]
                self.panels[self._chosen].focus()
            self._place_panes()

    def _place_panes(self) -> None:
        size = (self.size.width, self.size.height)
        at = self._order.index(self._chosen)
        chart, boxes, self._top = arrange_runs(size, len(self.panels), at, self._top)
        self.place(self.summary, Box(0, 0, size[0], 1))
        self.place(self.chart, chart)
        for place, number in enumerate(self._order):
            self.place(self.panels[number], boxes.get(place))
        self.place(self.hints, Box(0, max(size[1] - 1, 0), size[0], 1))

    def action_move(self, by: int) -> None:
        """Choose the next or the previous run."""
        at = self._order.index(self._chosen) + by
        self.choose(self._order[min(max(at, 0), len(self._order) - 1)])

    def choose(self, number: int) -> None:
        """Make a run the one that the keys are about."""
        self._chosen, self._has_moved = number, True
        self._place_panes()
        self.panels[number].focus()
