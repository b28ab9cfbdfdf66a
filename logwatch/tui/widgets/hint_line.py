"""The foot of the screen: the keys worth knowing here, or a sentence."""

from textual.binding import Binding

from logwatch.tui.keys import CHART, SCREEN, show_key
from logwatch.tui.plotting.plot import Span
from logwatch.tui.text.styles import count_cells
from logwatch.tui.widgets.canvas import Canvas, Row

HINT_ORDER: dict[object, int] = {CHART: 1, SCREEN: 2}
"""Keys of the chart come after those of findings and log."""

ALWAYS = ("help", "back")
"""What is told on a screen of any width: how to learn more, and how to leave."""


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
        bindings = [active.binding for active in self.screen.active_bindings.values()]
        hints = {one.action: _tell(one) for one in reversed(bindings) if one.show}
        order = sorted(
            (one for one in bindings if one.show), key=lambda one: HINT_ORDER.get(one.group, 0)
        )
        last = [hints[action] for action in ALWAYS if action in hints]
        room = width - sum(map(count_cells, last))
        spans: list[Span] = []
        for action in dict.fromkeys(one.action for one in order if one.action not in ALWAYS):
            if count_cells(hints[action]) > room:
                break
            spans += hints[action]
            room -= count_cells(hints[action])
        return [[*spans, *(span for hint in last for span in hint)]]


def _tell(binding: Binding) -> list[Span]:
    """A key and what it does."""
    return [(f" {show_key(binding.key)}", "focus"), (f" {binding.description} ", "dim")]
