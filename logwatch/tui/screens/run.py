"""The screen of one run: state, metrics, chart, diagnosis and log."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from logwatch.diagnosis.finding import Finding
from logwatch.tui.keys import FINDINGS, LOG, RUNS, SCREEN, key
from logwatch.tui.messages import FindingChosen, LineWanted, MetricChosen
from logwatch.tui.plotting.scenes import build_scene
from logwatch.tui.screens.arrangement import HEAD_ROWS, PANES, Box, arrange
from logwatch.tui.screens.base import BaseScreen
from logwatch.tui.text.facts import show_last
from logwatch.tui.watched import UNREAD, Watched, WatchedRun
from logwatch.tui.widgets.canvas import Canvas
from logwatch.tui.widgets.finding_list import FindingList
from logwatch.tui.widgets.log_view import LogView
from logwatch.tui.widgets.metric_table import MetricTable
from logwatch.tui.widgets.search_bar import SearchBar
from logwatch.tui.widgets.status_line import StatusLine

METRIC_FILTER = "filter metrics: words of their names, or a pattern like eval/*"


class RunScreen(BaseScreen):
    """Shows one run of those that are watched; `[` and `]` go to the others."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("e", "next_finding(1)", "next finding", FINDINGS, hint="finding"),
        key("E", "next_finding(-1)", "previous finding", FINDINGS),
        key("slash", "search", "search", LOG, hint="search"),
        key("n", "search_again(False)", "next match", LOG),
        key("N", "search_again(True)", "previous match", LOG),
        key("F,G,end", "follow", "follow the end", LOG, hint="follow"),
        key("g,home", "top", "to the start of the log", LOG),
        key("m", "alone", "this pane alone", SCREEN, hint="alone"),
        *(
            key(str(at), f"toggle_pane('{name}')", f"{name} on or off", SCREEN)
            for at, name in enumerate(PANES, 1)
        ),
        key("escape", "give_up", "give up a search, a mark, a lone pane", SCREEN),
        key("right_square_bracket", "other_run(1)", "next run", RUNS),
        key("left_square_bracket", "other_run(-1)", "previous run", RUNS),
        key("b", "baseline", "compare the other runs with this one", RUNS),
    ]

    def __init__(
        self, watched: Watched, number: int, *, ascii_only: bool = False, is_slow: bool = False
    ) -> None:
        super().__init__(ascii_only=ascii_only, is_slow=is_slow)
        self._watched = watched
        self._number = number
        self._shown = set(PANES)
        self._alone = ""
        self._proof = -1
        self._proof_of: tuple[str, str | None] | None = None
        self.status = StatusLine(self._title(), ascii_only=ascii_only)
        self.metrics = MetricTable(id="metrics", ascii_only=ascii_only)
        self.findings = FindingList(id="findings", ascii_only=ascii_only)
        self.log_view = LogView(id="log", ascii_only=ascii_only)
        self.search_bar = SearchBar()
        self._filters = False

    @property
    def run(self) -> WatchedRun:
        """The run that is shown."""
        return self._watched.runs[self._number]

    @property
    def panes(self) -> dict[str, Canvas]:
        """The panes by name."""
        return dict(
            zip(PANES, (self.metrics, self.chart, self.findings, self.log_view), strict=True)
        )

    def compose(self) -> ComposeResult:
        """All panes; `arrange` says where they lie."""
        yield self.status
        yield from self.panes.values()
        yield self.search_bar
        yield self.hints

    def on_mount(self) -> None:
        """Start at the metrics."""
        self.metrics.focus()
        self.show_run()

    def on_resize(self) -> None:
        """Arrange the panes for the new size."""
        self._place_panes()

    def show_run(self, number: int | None = None) -> None:
        """Show what is new, if it is of this run or of the one that it is compared with."""
        if number is not None and number not in (self._number, self._watched.baseline):
            return
        self.status.show(self._title(), self.run.snapshot)
        self.log_view.show(self.run.snapshot)
        if self.run.snapshot is not UNREAD:  # so that the first that is read need not wait
            self.draw_soon(self._show_panes)

    def _title(self) -> str:
        is_one = len(self._watched.runs) == 1
        return self.run.name if is_one else f"{self.run.letter} {self.run.name}"

    def _show_panes(self) -> None:
        self.metrics.show(self.run.snapshot)
        self.findings.show(self.run.snapshot)
        self._show_chart()
        self._place_panes()

    def _show_chart(self) -> None:
        scene = build_scene(
            self.run.snapshot,
            self.metrics.chosen,
            targets=self.run.bridge.question.targets,
            baseline=self._watched.baseline_of(self.run),
            chosen=self.findings.chosen_finding(),
        )
        self.chart.show(scene)

    def _place_panes(self) -> None:
        width, height = self.size
        wanted = {
            "metrics": self.metrics.wanted_rows(),
            "findings": self.findings.wanted_rows(width),
        }
        head = HEAD_ROWS + (self.run.snapshot.probe is not None)
        boxes = arrange((width, height), self._shown, wanted, self._alone, head)
        for name, pane in self.panes.items():
            self.place(pane, boxes.get(name))
        self.place(self.status, Box(0, 0, width, head if height > 6 else 1))
        foot = Box(0, max(height - 1, 0), width, 1)
        self.place(self.hints, None if self.search_bar.display else foot)
        if self.search_bar.display:
            self.place(self.search_bar, foot)
        elif self.focused is None or not self.focused.display:
            next((pane for pane in self.panes.values() if pane.display), self.chart).focus()

    @on(MetricChosen)
    def _follow_metric(self) -> None:
        self._show_chart()

    @on(FindingChosen)
    def _follow_finding(self, message: FindingChosen) -> None:
        finding = message.finding
        if finding.metric is not None:
            self.metrics.choose(finding.metric)
        self._show_chart()
        if message.jump:
            self._show_proof(finding)
        else:
            self._proof_of = None

    def _show_proof(self, finding: Finding) -> None:
        """Show the finding's first line in the log; when asked again, its next one."""
        if not finding.evidence:
            self.hints.say("this finding rests on no single line")
            return
        same = self._proof_of == (finding.rule, finding.metric)
        self._proof = (self._proof + 1) % len(finding.evidence) if same else 0
        self._proof_of = (finding.rule, finding.metric)
        proof = finding.evidence[self._proof]
        self.log_view.go_to(proof.offset, proof.line)

    @on(LineWanted)
    def _show_line(self, message: LineWanted) -> None:
        self.log_view.go_to(message.offset, message.line)

    @on(SearchBar.Changed)
    def _filter_as_typed(self, message: SearchBar.Changed) -> None:
        if self._filters and self.search_bar.display:
            self.metrics.filter(message.value)

    @on(SearchBar.Left)
    def _search(self, message: SearchBar.Left) -> None:
        self._place_panes()
        if self._filters:
            self._filters = False
            self.metrics.focus()
            self.metrics.filter(message.text or "")
            return
        self.log_view.focus()
        if message.text is not None:
            self.log_view.search(message.text)

    def chosen_text(self) -> str:
        """The marked line, the finding or the metric: what the pane with the focus has chosen."""
        finding = self.findings.chosen_finding()
        if self.focused is self.log_view:
            return self.log_view.current_text()
        if self.focused is self.findings and finding is not None:
            return " ".join(
                text for text in (finding.title, finding.detail, finding.remedy) if text
            )
        name = self.metrics.chosen
        return f"{name} {show_last(self.run.snapshot.update.run, name)}" if name else ""

    def action_next_finding(self, way: int) -> None:
        """Go to the next or the previous finding and its line; at first to the chosen one."""
        count = len(self.findings.findings)
        if not count:
            self.hints.say("there are no findings")
            return
        was_at_one = self._proof_of is not None
        self._proof_of = None
        self.findings.choose((self.findings.chosen + way * was_at_one) % count, jump=True)

    def action_search(self) -> None:
        """Ask what to search for."""
        self._shown.add("log")
        self._alone = "log" if self._alone else ""
        self.search_bar.open()
        self._place_panes()

    def action_filter_metrics(self) -> None:
        """Ask which metrics to show."""
        self._filters = True
        self.search_bar.open(self.metrics.filter_text, METRIC_FILTER)
        self._place_panes()

    def action_search_again(self, back: bool) -> None:
        """Go to the next or the previous match."""
        self.log_view.search_again(back=back)

    def action_follow(self) -> None:
        """Show the end of the log and follow it."""
        self.log_view.action_follow()

    def action_top(self) -> None:
        """Show the start of the log."""
        self.log_view.action_top()

    def action_alone(self) -> None:
        """Give the whole screen to the pane with the focus, or take it back."""
        name = self.focused.id or "" if self.focused is not None else ""
        self._alone = "" if self._alone or name not in PANES else name
        self._place_panes()

    def action_toggle_pane(self, name: str) -> None:
        """Show or hide a pane; the last one stays."""
        self._shown = (self._shown ^ {name}) or {name}
        self._alone = ""
        self._place_panes()

    def action_give_up(self) -> None:
        """Give up a filter, a search or a mark; else a lone pane."""
        if self.metrics.filter_text and self.focused is self.metrics:
            self.metrics.filter("")
        elif not self.log_view.give_up_search() and self._alone:
            self.action_alone()

    def action_other_run(self, way: int) -> None:
        """Show the next or the previous run."""
        count = len(self._watched.runs)
        if count == 1:
            self.hints.say("there is one run only; name more logs to compare")
            return
        self._number = (self._number + way) % count
        self._proof_of = None
        self.show_run()

    def action_baseline(self) -> None:
        """Compare the other runs with this one, or with none."""
        is_on = self._watched.baseline != self._number
        self._watched.set_baseline(self._number if is_on else None)
        self.hints.say(f"the others are {'now' if is_on else 'no longer'} compared with this run")

    def action_look_again(self) -> None:
        """Look at the log now."""
        self.run.bridge.nudge()
        self.hints.say("looked again")
