"""Many runs, one row each: only the visible ones are drawn."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from logwatch.tui.keys import MOVE, key
from logwatch.tui.plotting.plot import Span
from logwatch.tui.plotting.sparkline import draw_sparkline
from logwatch.tui.text.run_facts import RunFacts
from logwatch.tui.text.run_row import Layout, find_useful, head_row, lay_out_columns, tell_row
from logwatch.tui.text.styles import RUN_COLOURS
from logwatch.tui.widgets.canvas import Canvas, Row
from logwatch.tui.widgets.run_panel import RunPanel


class RunList(Canvas, can_focus=True):
    """A table of runs with a chosen row; the screen says which runs, in which order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("j,down", "move(1)", "next run", MOVE),
        key("k,up", "move(-1)", "previous run", MOVE),
        key("pagedown,ctrl+d", "page(1)", "a page down", MOVE),
        key("pageup,ctrl+u", "page(-1)", "a page up", MOVE),
        key("g,home", "move(-100000)", "first run", MOVE),
        key("G,end", "move(100000)", "last run", MOVE),
    ]

    class Moved(Message):
        """The user chose another run."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    class Sorted(Message):
        """The user clicked the head of a column."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__(id="runs", ascii_only=ascii_only)
        self.heading = "runs"
        self.facts: Sequence[RunFacts] = ()
        self.chosen = 0
        self._top = 0
        self._drawn: Mapping[int, str] = {}
        self._pinned: frozenset[int] = frozenset()
        self._metric = self._sort = self._told = ""
        self._reverse = False
        self._distance: Callable[[int], str] = _no_distance
        self._layout = Layout(0, {})

    def show(
        self,
        facts: Sequence[RunFacts],
        *,
        drawn: Mapping[int, str],
        pinned: frozenset[int],
        metric: str,
        sort: tuple[str, bool],
        told: str,
        distance: Callable[[int], str],
    ) -> None:
        """Show these runs in this order; `drawn` are the letters of those in the chart."""
        self.facts, self._drawn, self._pinned, self._metric = facts, drawn, pinned, metric
        self._sort, self._reverse = sort
        self._told, self._distance = told, distance
        self.redraw()

    def note(self) -> Row:
        """Where the chosen run stands, how many there are, what the filter is."""
        numbers = [one.number for one in self.facts]
        at = numbers.index(self.chosen) + 1 if self.chosen in numbers else 0
        return ((f"{at} of {len(numbers)}" + (f", {self._told}" if self._told else ""), "dim"),)

    def draw_rows(self, width: int, height: int) -> list[Row]:
        """The heads of the columns, and the rows around the chosen one."""
        longest = max((len(one.name) for one in self.facts), default=0)
        self._layout = lay_out_columns(width, longest, find_useful(self.facts))
        at = self._place()
        rows = max(height - 1, 1)
        self._top = min(max(self._top, at - rows + 1), at, max(len(self.facts) - rows, 0))
        head = head_row(self._layout, self._metric, self._sort, reverse=self._reverse)
        shown = self.facts[self._top : self._top + rows]
        if not shown:
            return [head, [("  no run is like this; Esc shows all", "dim")]]
        return [head, *(self._draw_run(one) for one in shown)]

    def _place(self) -> int:
        return next((at for at, one in enumerate(self.facts) if one.number == self.chosen), 0)

    def _draw_run(self, facts: RunFacts) -> Row:
        letter = self._drawn.get(facts.number, "•" if facts.number in self._pinned else " ")
        mark: Span = (letter[:1], f"name-{facts.number % len(RUN_COLOURS)}")
        view = facts.run.get(self._metric)

        def draw_curve(width: int) -> str:
            if view is None:
                return " " * width
            return draw_sparkline(view.value, width, ascii_only=self.ascii_only)

        row = tell_row(
            facts,
            self._layout,
            mark=mark,
            draw_curve=draw_curve,
            distance=self._distance(facts.number),
            ascii_only=self.ascii_only,
        )
        if facts.number != self.chosen:
            return row
        return [("".join(text for text, _ in row), "chosen bold")]

    def action_move(self, by: int) -> None:
        """Choose the next or the previous run."""
        if self.facts:
            at = min(max(self._place() + by, 0), len(self.facts) - 1)
            self.chosen = self.facts[at].number
            self.redraw()
            self.post_message(self.Moved(self.chosen))

    def action_page(self, way: int) -> None:
        """Choose the run a page further."""
        self.action_move(way * max(self.body_height - 2, 1))

    def on_click(self, event: events.Click) -> None:
        """Choose the run under the mouse, open it at a second click; a head sorts."""
        if event.y == 1:
            self.post_message(self.Sorted(self._column_at(event.x)))
            return
        at = self._top + event.y - 2
        if event.y >= 2 and at < len(self.facts):
            self.action_move(at - self._place())
            if event.chain > 1:
                self.post_message(RunPanel.Opened(self.chosen))

    def on_mouse_scroll_down(self) -> None:
        """Go three runs down."""
        self.action_move(3)

    def on_mouse_scroll_up(self) -> None:
        """Go three runs up."""
        self.action_move(-3)

    def _column_at(self, x: int) -> str:
        if x < 3:
            return "verdict"
        place = 3 + self._layout.name
        if x < place:
            return "name"
        for column, width in self._layout.columns.items():
            place += width + 1
            if x < place:
                return "value" if column == "curve" else column
        return "verdict"


def _no_distance(number: int) -> str:
    return ""
