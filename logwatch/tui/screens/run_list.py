"""The screen of many runs: a chart of some of them above a list of all."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from logwatch.tui.keys import RUNS, key
from logwatch.tui.plotting.scenes import CURVE_COLOURS
from logwatch.tui.screens.arrangement import Box, arrange_list
from logwatch.tui.screens.runs import RunsScreen
from logwatch.tui.text.run_facts import SORTS, RunFacts, order_runs
from logwatch.tui.text.run_filter import read_filter
from logwatch.tui.watched import UNREAD, Watched
from logwatch.tui.widgets.run_list import RunList
from logwatch.tui.widgets.search_bar import SearchBar

FILTER_HINT = "filter: words, status:failed, verdict:failing, rule:nan, loss<2, !word"


class RunListScreen(RunsScreen):
    """All runs in a list that sorts and filters; `space` puts a run into the chart."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("slash", "filter", "show only some runs", RUNS, hint="filter"),
        key("o", "sort(1)", "sort by the next column", RUNS, hint="sort"),
        key("O", "turn", "turn the order", RUNS),
        key("space", "mark", "this run in the chart, or not", RUNS, hint="draw"),
        key("p", "pin", "keep this run at the top, or not", RUNS),
        key("d", "hide", "hide this run", RUNS),
        key("escape", "show_everything", "all runs again", RUNS),
    ]

    def __init__(
        self, watched: Watched, *, ascii_only: bool = False, is_slow: bool = False
    ) -> None:
        super().__init__(watched, ascii_only=ascii_only, is_slow=is_slow)
        self.list = RunList(ascii_only=ascii_only)
        self.filter_bar = SearchBar(FILTER_HINT)
        self.filter_text = ""
        self.sort = "verdict"
        self._reverse = self._has_moved = False
        self._marked: list[int] = []
        self._pinned: frozenset[int] = frozenset()
        self._hidden: frozenset[int] = frozenset()
        self._shown: list[RunFacts] = []

    def compose(self) -> ComposeResult:
        """The head, the chart, the list, the hints."""
        yield self.summary
        yield self.chart
        yield self.list
        yield self.filter_bar
        yield self.hints

    def on_mount(self) -> None:
        """Start in the list."""
        self._place_panes()
        self.list.focus()
        self.show_run()

    def on_resize(self) -> None:
        """Arrange the panes for the new size."""
        self._place_panes()

    def show_run(self, number: int | None = None) -> None:
        """Show what is new; all at once, for the order may be another."""
        if any(run.snapshot is not UNREAD for run in self._watched.runs):
            self.draw_soon(self.show_all)

    def ordered(self) -> Sequence[int]:
        """The numbers of the rows."""
        return [one.number for one in self._shown]

    def show_all(self) -> None:
        """Sort and filter anew, draw the chart and the list."""
        self.choose_metric()
        test = read_filter(self.filter_text)
        facts = [self.gather(run) for run in self._watched.runs if run.number not in self._hidden]
        kept = [one for one in facts if test(one)]
        self._shown = order_runs(kept, self.sort, self._pinned, reverse=self._reverse)
        self._keep_choice()
        drawn = self._choose_drawn()
        self.show_chart(drawn)
        self.list.show(
            self._shown,
            drawn={number: self._watched.runs[number].letter for number in drawn},
            pinned=self._pinned,
            metric=self.metric,
            sort=(self.sort, self._reverse),
            told=self._tell_filter(),
            distance=lambda number: self.tell_distance(self._watched.runs[number]),
        )
        self.summary.redraw()

    def _keep_choice(self) -> None:
        """Until a key has moved the choice, and where its run is not shown, the first is chosen."""
        numbers = self.ordered()
        if numbers and (not self._has_moved or self._chosen not in numbers):
            self._chosen = numbers[0]
        self.list.chosen = self._chosen

    def _choose_drawn(self) -> list[int]:
        """The marked runs; without any the chosen one and the first that have the metric."""
        if self._marked:
            return self._marked
        able = [one.number for one in self._shown if one.has_value and one.number != self._chosen]
        chosen = [self._chosen] if self._shown else []
        return [*chosen, *able][:CURVE_COLOURS]

    def _tell_filter(self) -> str:
        words = [f"/{self.filter_text}"] if self.filter_text else []
        words += [f"{len(self._hidden)} hidden"] if self._hidden else []
        words += [f"by {self.sort}"]
        return ", ".join(words)

    def _place_panes(self) -> None:
        width, height = self.size
        chart, listed = arrange_list((width, height))
        self.place(self.summary, Box(0, 0, width, 1))
        self.place(self.chart, chart)
        self.place(self.list, listed)
        foot = Box(0, max(height - 1, 0), width, 1)
        self.place(self.hints, None if self.filter_bar.display else foot)
        if self.filter_bar.display:
            self.place(self.filter_bar, foot)

    def choose(self, number: int) -> None:
        """Make a run the one that the keys are about."""
        self._chosen, self._has_moved = number, True
        self.show_all()

    @on(RunList.Moved)
    def _follow_choice(self, message: RunList.Moved) -> None:
        self.choose(message.number)

    @on(RunList.Sorted)
    def _sort_by(self, message: RunList.Sorted) -> None:
        if message.column == self.sort:
            self.action_turn()
        else:
            self.sort, self._reverse = message.column, False
            self.show_all()

    def action_sort(self, way: int) -> None:
        """Sort by the next column."""
        names = list(SORTS)
        self.sort = names[(names.index(self.sort) + way) % len(names)]
        self._reverse = False
        self.show_all()
        self.hints.say(f"sorted by {self.sort}; O turns the order")

    def action_turn(self) -> None:
        """Turn the order."""
        self._reverse = not self._reverse
        self.show_all()

    def action_mark(self) -> None:
        """Put the chosen run into the chart, or take it out; then go to the next."""
        if self._chosen in self._marked:
            self._marked.remove(self._chosen)
        else:
            self._marked.append(self._chosen)
        self.list.action_move(1)
        self.show_all()

    def action_pin(self) -> None:
        """Keep the chosen run at the top, or no longer."""
        self._pinned ^= {self._chosen}
        self.show_all()

    def action_hide(self) -> None:
        """Hide the chosen run."""
        numbers = self.ordered()
        if len(numbers) > 1:
            at = numbers.index(self._chosen)
            self._hidden |= {self._chosen}
            self._chosen = numbers[at + 1 if at + 1 < len(numbers) else at - 1]
            self.show_all()
            self.hints.say("hidden; Esc shows all runs again")

    def action_show_everything(self) -> None:
        """Drop the filter, and show hidden runs again."""
        self.filter_text, self._hidden = "", frozenset()
        self.show_all()

    def action_filter(self) -> None:
        """Ask which runs to show."""
        self.filter_bar.open(self.filter_text)
        self._place_panes()

    @on(SearchBar.Changed)
    def _filter_as_typed(self, message: SearchBar.Changed) -> None:
        if self.filter_bar.display:
            self.filter_text = message.value
            self.draw_soon(self.show_all)

    @on(SearchBar.Left)
    def _filter_typed(self, message: SearchBar.Left) -> None:
        self.filter_text = message.text or ""
        self._place_panes()
        self.list.focus()
        self.show_all()
