"""The line in which a search or a filter is typed."""

from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from logwatch.tui.keys import LOG, key


class SearchBar(Input):
    """Appears at `/`, goes away at Enter or Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [key("escape", "give_up", "give it up", LOG)]

    class Left(Message):
        """The user typed no more: `text` is what to search for, None for nothing."""

        def __init__(self, text: str | None) -> None:
            super().__init__()
            self.text = text

    def __init__(self, hint: str = "search: text or pattern") -> None:
        super().__init__(placeholder=hint, id="search", compact=True)
        self._hint = hint
        self.cursor_blink = False  # each blink would be bytes over a slow link
        self.display = False

    def open(self, text: str = "", hint: str = "") -> None:
        """Appear, ready to type behind `text`; an empty line shows the hint."""
        self.placeholder = hint or self._hint
        self.display = True
        self.value = text
        self.cursor_position = len(text)
        self.focus()

    def action_give_up(self) -> None:
        """Go away; nothing that was typed counts."""
        self._leave(None)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Search for what was typed; nothing typed searches nothing."""
        message.stop()
        self._leave(self.value or None)

    def _leave(self, text: str | None) -> None:
        self.display = False
        self.post_message(self.Left(text))
