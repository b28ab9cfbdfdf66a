"""The help: all keys of the screen below, from their bindings."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from logwatch.tui.keys import PROGRAM, Help, key

SIGNS = "✗ error   ! warning   i for your information   ✓ good news   × NaN or Inf"


class HelpScreen(ModalScreen[None]):
    """Keys under their headings; any of its own keys leads back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape,q,question_mark,f1", "back", "close this", PROGRAM)
    ]

    def __init__(self, headings: Mapping[str, Sequence[Help]]) -> None:
        super().__init__()
        self._headings = headings

    def compose(self) -> ComposeResult:
        """One text that scrolls where the terminal is small."""
        with VerticalScroll():
            yield Static(describe_keys(self._headings), markup=False)

    def action_back(self) -> None:
        """Close the help."""
        self.dismiss(None)


def describe_keys(headings: Mapping[str, Sequence[Help]]) -> str:
    """The help as plain text."""
    lines = ["logwatch: is this run all right, and if not, why?", "", f"signs: {SIGNS}"]
    for heading, rows in headings.items():
        lines += ["", heading]
        lines += [f"  {' '.join(row.keys):<20} {row.says}" for row in rows]
    return "\n".join(lines)
