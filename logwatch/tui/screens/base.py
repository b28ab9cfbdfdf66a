"""What the screens of one run and of several have in common: a chart to look at, panes to place."""

import time
from collections.abc import Callable
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widget import Widget

from logwatch.tui.keys import CHART, PROGRAM, collect_help, key
from logwatch.tui.screens.arrangement import Box
from logwatch.tui.screens.help import HelpScreen
from logwatch.tui.widgets.chart import Chart
from logwatch.tui.widgets.hint_line import HintLine

CHART_SECONDS = 0.5
"""Charts are drawn at most twice a second: an eye follows no more, and each is a kilobyte."""
SLOW_CHART_SECONDS = 1.0
"""The same over a slow link."""


class BaseScreen(Screen[None]):
    """Panes at places that the screen computes itself, keys for the chart, one line of hints."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("question_mark,f1", "help", "all keys", PROGRAM, hint="keys"),
        key("q", "back", "back, or quit", PROGRAM, hint="quit"),
        key("r,f5", "look_again", "look at the logs now, diagnose anew", PROGRAM),
        key("c", "copy", "copy what is chosen", PROGRAM),
        key("y", "log_axis", "log y axis, or even", CHART, hint="log y"),
        key("x", "next_axis", "x axis: step, epoch, time", CHART, hint="x axis"),
        key("s", "next_smoothing", "smoothing", CHART, hint="smooth"),
        key("plus,equals_sign", "zoom(0.5)", "show less of x", CHART),
        key("minus", "zoom(2)", "show more of x", CHART),
        key("0", "zoom(0)", "show all of x", CHART),
    ]

    def __init__(self, *, ascii_only: bool, is_slow: bool) -> None:
        super().__init__()
        self.ascii_only = ascii_only
        self.chart = Chart(id="chart", ascii_only=ascii_only)
        self.hints = HintLine(ascii_only=ascii_only)
        self._chart_seconds = SLOW_CHART_SECONDS if is_slow else CHART_SECONDS
        self._drawn_at = 0.0
        self._waits = False

    def show_run(self, number: int | None = None) -> None:
        """Show what is new of a run, or of all."""
        raise NotImplementedError

    def chosen_text(self) -> str:
        """What is copied."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The panes."""
        raise NotImplementedError

    @property
    def is_up_to_date(self) -> bool:
        """Whether all that came is drawn."""
        return self._drawn_at > 0 and not self._waits

    def draw_soon(self, draw: Callable[[], None]) -> None:
        """Draw now, or when it is time again; of several calls meanwhile one is enough."""
        early = self._drawn_at + self._chart_seconds - time.monotonic()
        if early <= 0:
            self._draw_now(draw)
        elif not self._waits:
            self._waits = True
            self.set_timer(early, lambda: self._draw_now(draw))

    def _draw_now(self, draw: Callable[[], None]) -> None:
        self._waits = False
        self._drawn_at = time.monotonic()
        if self.is_mounted:
            draw()

    def place(self, pane: Widget, box: Box | None) -> None:
        """Put a pane where it belongs; without a box it is not shown."""
        pane.display = box is not None
        if box is not None:
            pane.styles.offset = (box.x, box.y)
            pane.styles.width, pane.styles.height = box.width, box.height

    def on_screen_resume(self) -> None:
        """Show what came while another screen lay on top."""
        if self.is_mounted:
            self.show_run()

    def on_key(self, event: events.Key) -> None:
        """Take what was said away at the next key."""
        self.hints.say("")

    def on_descendant_focus(self) -> None:
        """Other panes have other keys."""
        self.hints.redraw()

    def action_back(self) -> None:
        """Go to the screen below, or end the program at the last one."""
        if len(self.app.screen_stack) > 2:
            self.app.pop_screen()
        else:
            self.app.exit()

    def action_help(self) -> None:
        """List all keys."""
        nodes: list[Any] = [self, *self.query("*"), self.app]
        self.app.push_screen(HelpScreen(collect_help(map(type, nodes))))

    def action_copy(self) -> None:
        """Copy what is chosen to the clipboard of the user's own machine (OSC 52)."""
        text = self.chosen_text()
        if text:
            self.app.copy_to_clipboard(text)
            self.hints.say(f"copied, if your terminal allows it: {text[:60]}")

    def action_log_axis(self) -> None:
        """Switch the y axis."""
        self.hints.say(self.chart.toggle_log())

    def action_next_axis(self) -> None:
        """Go to the next x axis."""
        self.hints.say(self.chart.next_axis())

    def action_next_smoothing(self) -> None:
        """Go to the next smoothing."""
        self.hints.say(self.chart.next_smoothing())

    def action_zoom(self, factor: float) -> None:
        """Show more or less of x."""
        self.chart.zoom(factor)
