"""The head of the screen: how the run is, how far, how long still, and the one thing to know."""

import time
from collections.abc import Callable
from datetime import datetime

from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.text.probe_status import tell_probe
from logwatch.tui.text.run_status import tell_age, tell_pace, tell_state, tell_verdict
from logwatch.tui.text.styles import count_cells
from logwatch.tui.widgets.canvas import Canvas, Row


class StatusLine(Canvas):
    """The state of the run, the worst finding or that there is none, and the probe if any."""

    def __init__(
        self,
        name: str,
        *,
        ascii_only: bool = False,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        super().__init__(id="status", ascii_only=ascii_only)
        self._run_name = name
        self._clock = clock
        self._now = now
        self._shown_at = clock()
        self._snapshot = Snapshot()

    def on_mount(self) -> None:
        """Keep the age of the data true."""
        self.set_interval(1.0, self.redraw)

    def show(self, name: str, snapshot: Snapshot) -> None:
        """Show another snapshot."""
        self._run_name, self._snapshot = name, snapshot
        self._shown_at = self._clock()
        self.redraw()

    def draw_rows(self, width: int, height: int) -> list[Row]:
        """The state, and the verdict where there is room."""
        verdict = tell_verdict(self._snapshot, ascii_only=self.ascii_only)
        rows = [self._draw_state(width), verdict]
        if self._snapshot.probe is not None:
            rows.append(tell_probe(self._snapshot.probe, width))
        return rows[:height]

    def _draw_state(self, width: int) -> Row:
        left = tell_state(self._run_name, self._snapshot, width // 2)
        for part in tell_pace(self._snapshot, self._now(), ascii_only=self.ascii_only):
            if count_cells(left) + count_cells(part) + 2 > width:
                break
            left += [("  ", ""), *part]
        right = self._tell_source(width - count_cells(left) - 2)
        gap = width - count_cells(left) - len(right)
        return [*left, (" " * gap, ""), (right, "dim")]

    def _tell_source(self, room: int) -> str:
        """Where the data come from and how old they are, as far as there is room."""
        age = tell_age(self._snapshot, self._clock(), self._shown_at)
        for text in (", ".join(word for word in (self._snapshot.source, age) if word), age):
            if len(text) <= room:
                return text
        return ""
