"""The foot of the screen: the keys worth knowing here, or a sentence."""

from logwatch.tui.keys import CHART, PROGRAM, SCREEN, show_key
from logwatch.tui.plotting.plot import Span
from logwatch.tui.text.styles import count_cells
from logwatch.tui.widgets.canvas import Canvas, Row

HINT_ORDER = {CHART: 1, SCREEN: 2, PROGRAM: 3}
"""Keys of the chart come after those of findings and log, and those of the program last."""


class HintLine(Canvas):
    """The foot of the screen: the keys worth knowing here."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__(id="hints", ascii_only=ascii_only)
        self._said = ""

    def say(self, text: str) -> None:
        """Show a sentence instead of the keys, until the next key."""
        if text != self._said:
            self._said = text
            self.redraw()

    def draw_rows(self, width: int, height: int) -> list[Row]:
        """The sentence, or the keys that have a hint."""
        if self._said:
            return [((f" {self._said}", "warning"),)]
        spans: list[Span] = []
        seen: set[str] = set()
        bindings = [active.binding for active in self.screen.active_bindings.values()]
        for binding in sorted(
            bindings, key=lambda binding: HINT_ORDER.get(binding.group or CHART, 0)
        ):
            if not binding.show or binding.action in seen:
                continue
            seen.add(binding.action)
            name = f" {show_key(binding.key)}"
            part: list[Span] = [(name, "focus"), (f" {binding.description} ", "dim")]
            if count_cells(spans) + count_cells(part) > width:
                break
            spans += part
        return [spans]
