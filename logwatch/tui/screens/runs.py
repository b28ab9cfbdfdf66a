"""What the screens of several runs have in common: one chart, a chosen run, a metric."""

import time
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from logwatch.tui.keys import CHART, FINDINGS, RUNS, key
from logwatch.tui.plotting.overlay import Overlaid, build_overlay, shared_metrics, tell_distance
from logwatch.tui.screens.base import BaseScreen
from logwatch.tui.text.run_facts import RunFacts, gather_facts
from logwatch.tui.text.run_status import choose_verdict
from logwatch.tui.watched import Watched, WatchedRun
from logwatch.tui.widgets.run_panel import RunPanel
from logwatch.tui.widgets.summary_line import SummaryLine


class RunsScreen(BaseScreen):
    """All runs in one metric, at equal step, epoch or time; Enter opens one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "open", "open this run", RUNS, hint="open"),
        key("b", "baseline", "compare the others with this run", RUNS, hint="baseline"),
        key("v", "next_metric(1)", "next metric", CHART, hint="next metric"),
        key("V", "next_metric(-1)", "previous metric", CHART),
        key("e", "next_ill(1)", "next run with something wrong", FINDINGS, hint="next ill run"),
        key("E", "next_ill(-1)", "previous run with something wrong", FINDINGS),
    ]

    def __init__(self, watched: Watched, *, ascii_only: bool, is_slow: bool) -> None:
        super().__init__(ascii_only=ascii_only, is_slow=is_slow)
        self._watched = watched
        self._chosen = 0
        self.metric = ""
        self._is_metric_asked = False
        self._facts: dict[int, tuple[object, str, RunFacts]] = {}
        self.summary = SummaryLine(watched, ascii_only=ascii_only)

    @property
    def chosen(self) -> WatchedRun:
        """The run that the keys are about."""
        return self._watched.runs[self._chosen]

    def choose(self, number: int) -> None:
        """Make a run the one that the keys are about."""
        raise NotImplementedError

    def show_all(self) -> None:
        """Show what is new of all runs."""
        raise NotImplementedError

    def ordered(self) -> Sequence[int]:
        """Numbers of the runs in the order in which they stand on the screen."""
        raise NotImplementedError

    def gather(self, run: WatchedRun) -> RunFacts:
        """What is known of a run; kept until there is a newer snapshot or another metric."""
        kept = self._facts.get(run.number)
        if kept is not None and kept[0] is run.snapshot and kept[1] == self.metric:
            return kept[2]
        now = time.monotonic()
        facts = gather_facts(run.number, run.name, run.snapshot, self.metric, now, now)
        self._facts[run.number] = (run.snapshot, self.metric, facts)
        return facts

    def choose_metric(self) -> None:
        """Take the metric that most runs have, until the user asks for one."""
        names = shared_metrics([run.snapshot.update.run for run in self._watched.runs])
        if self.metric not in names or not self._is_metric_asked:
            self.metric = names[0] if names else ""

    def show_chart(self, numbers: Sequence[int]) -> None:
        """Draw these runs over each other."""
        runs = [self._watched.runs[number] for number in numbers]
        drawn = [Overlaid(run.number, run.letter, run.snapshot) for run in runs]
        base = self._watched.baseline
        baseline = None if base is None else self._overlaid(base)
        total = len(self._watched.runs)
        axis = self.chart.view.axis
        self.chart.show(build_overlay(drawn, self.metric, axis, baseline, total))

    def _overlaid(self, number: int) -> Overlaid:
        run = self._watched.runs[number]
        return Overlaid(number, run.letter, run.snapshot)

    def tell_distance(self, run: WatchedRun) -> str:
        """How far a run is from the baseline at equal x; nothing without a baseline."""
        base = self._watched.baseline
        if base is None or run.number == base:
            return ""
        mine = run.snapshot.update.run.get(self.metric)
        other = self._watched.runs[base].snapshot.update.run.get(self.metric)
        if mine is None or other is None:
            return ""
        return tell_distance(mine, other, self.chart.view.axis).strip()

    def chosen_text(self) -> str:
        """The chosen run's name and its worst finding."""
        verdict = choose_verdict(self.chosen.snapshot.update.findings)
        return self.chosen.name + (f": {verdict.title}" if verdict is not None else "")

    def action_next_ill(self, way: int) -> None:
        """Choose the next run with a warning or an error."""
        order = list(self.ordered())
        if not order:
            return
        start = order.index(self._chosen) if self._chosen in order else 0
        for step in range(1, len(order) + 1):
            number = order[(start + way * step) % len(order)]
            if self.gather(self._watched.runs[number]).judgement in ("failing", "warning"):
                self.choose(number)
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
        self.show_all()

    def action_next_metric(self, way: int) -> None:
        """Compare the runs in the next metric."""
        names = shared_metrics([run.snapshot.update.run for run in self._watched.runs])
        if names:
            at = names.index(self.metric) if self.metric in names else 0
            self.metric = names[(at + way) % len(names)]
            self._is_metric_asked = True
            self.show_all()

    def action_next_axis(self) -> None:
        """Go to the next x axis, and tell distances along it."""
        super().action_next_axis()
        self.show_all()

    def action_log_axis(self) -> None:
        """Switch the y axis of all charts."""
        super().action_log_axis()
        self.show_all()

    def action_look_again(self) -> None:
        """Look at all logs now."""
        for run in self._watched.runs:
            run.bridge.nudge()
        self.hints.say("looked again")
