"""The program on the screen: which screen is shown, and how it ends. No logic of its own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual.app import App
from textual.binding import BindingType

from logwatch.diagnosis.rule import Question
from logwatch.parsing.library import Library
from logwatch.sources.targets import Target
from logwatch.tui.driver import TerminalDriver
from logwatch.tui.keys import PROGRAM, SCREEN, key
from logwatch.tui.leaving import LEAVING
from logwatch.tui.live.reader import Tools
from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.messages import RunMoved
from logwatch.tui.screens.base import BaseScreen
from logwatch.tui.screens.compare import CompareScreen
from logwatch.tui.screens.run import RunScreen
from logwatch.tui.screens.run_list import RunListScreen
from logwatch.tui.watched import Watched
from logwatch.tui.widgets.run_panel import RunPanel

MOST_PANELS = 8
"""Runs up to which each has a panel of its own; more stand in a list."""


class LogwatchApp(App[int]):
    """One run opens its own screen; several open the overview."""

    CSS_PATH = "app.tcss"
    TITLE = "logwatch"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        replace(key("ctrl+q,ctrl+c", "quit", "quit", PROGRAM), priority=True),
        key("ctrl+z", "suspend_process", "to the shell; fg leads back", PROGRAM),
        key("tab", "app.focus_next", "next pane", SCREEN),
        key("shift+tab", "app.focus_previous", "previous pane", SCREEN),
    ]

    def __init__(
        self,
        targets: Sequence[Target],
        library: Library,
        question: Question,
        *,
        ascii_only: bool = False,
        is_slow: bool = False,
        tools: Tools | None = None,
    ) -> None:
        super().__init__(driver_class=TerminalDriver)
        self._ascii_only = ascii_only
        self._is_slow = is_slow
        self.watched = Watched(targets, library, question, self._post_snapshot, tools)
        self.fault: Exception | None = None

    def _post_snapshot(self, number: int, snapshot: Snapshot) -> None:
        """Hand a snapshot from a run's thread to the screen's."""
        self.post_message(RunMoved(number, snapshot))

    def exit(self, result: int | None = None, *args: Any, **named: Any) -> None:
        """Close the screen; the process then has a short time to leave."""
        if isinstance(self._driver, TerminalDriver):
            LEAVING.begin(result or 0)
        super().exit(result, *args, **named)

    def on_mount(self) -> None:
        """Open the first screen and begin to read."""
        if len(self.watched.runs) == 1:
            self.push_screen(self.make_run_screen(0))
        else:
            several = CompareScreen if len(self.watched.runs) <= MOST_PANELS else RunListScreen
            self.push_screen(
                several(self.watched, ascii_only=self._ascii_only, is_slow=self._is_slow)
            )
        self.watched.start()

    def make_run_screen(self, number: int) -> RunScreen:
        """The screen of one run."""
        return RunScreen(self.watched, number, ascii_only=self._ascii_only, is_slow=self._is_slow)

    def on_run_panel_opened(self, message: RunPanel.Opened) -> None:
        """Open the screen of one run."""
        self.push_screen(self.make_run_screen(message.number))

    def on_run_moved(self, message: RunMoved) -> None:
        """Keep the newest snapshot, and show it; a screen below asks for it when it comes back."""
        self.watched.runs[message.number].snapshot = message.snapshot
        shown = [screen for screen in self.screen_stack if isinstance(screen, BaseScreen)]
        if shown:
            shown[-1].show_run(message.number)

    def on_unmount(self) -> None:
        """End the threads."""
        self.watched.stop()

    def _handle_exception(self, error: Exception) -> None:
        """Keep the fault for one sentence after the screen is closed, instead of a traceback."""
        self.fault = self.fault or error
        if self.is_headless:
            super()._handle_exception(error)
        else:
            self.exit(1)
