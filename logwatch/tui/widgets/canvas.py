"""The base of all panes: draws rows of spans, and sends only what changed to the terminal."""

from collections.abc import Sequence

from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from logwatch.tui.plotting.plot import Span
from logwatch.tui.text.styles import count_cells, make_strip

Row = Sequence[Span]


class Canvas(Widget):
    """A pane that is drawn row by row; subclasses give `draw_rows`.

    A redraw compares each row with what is on the screen: over a slow link an unchanged cell costs
    nothing. With a `heading` the first row is a ruled title that shows where the focus is.
    """

    DEFAULT_CSS = "Canvas { background: ansi_default; color: ansi_default; }"
    ALLOW_SELECT = False
    heading = ""

    def __init__(self, *, id: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(id=id)
        self.ascii_only = ascii_only
        self._strips: list[Strip] = []

    @property
    def body_height(self) -> int:
        """Rows below the title."""
        return max(self.size.height - bool(self.heading), 0)

    def draw_rows(self, width: int, height: int) -> list[Row]:
        """The rows of the pane's body, at most `height`."""
        raise NotImplementedError

    def note(self) -> Row:
        """What stands at the right of the title."""
        return ()

    def title_spans(self) -> Row:
        """The title, in a colour of its own while the keys go here."""
        return [(self.heading, "focus" if self.has_focus else "title")]

    def redraw(self) -> None:
        """Draw anew and send the rows that changed."""
        width, height = self.size
        if not width or not height:
            return
        body = self.draw_rows(width, self.body_height)
        rows = [self._title_row(width), *body] if self.heading else body
        rows += [()] * (height - len(rows))
        strips = [make_strip(row, width, ascii_only=self.ascii_only) for row in rows[:height]]
        before, self._strips = self._strips, strips
        if len(before) != len(strips):
            self.refresh()
            return
        changed = [
            region
            for y, (old, new) in enumerate(zip(before, strips, strict=True))
            if (region := _find_change(old, new, y)) is not None
        ]
        if changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        """One row for the compositor."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)

    def on_resize(self, event: events.Resize) -> None:
        """Draw for the new size."""
        self._strips = []
        self.redraw()

    def on_focus(self) -> None:
        """Show that the keys go here, once Textual has noted it."""
        self.call_later(self.redraw)

    def on_blur(self) -> None:
        """Show that the keys go elsewhere."""
        self.call_later(self.redraw)

    def _title_row(self, width: int) -> Row:
        note = self.note()
        title = self.title_spans()
        if count_cells(note) + count_cells(title) + 8 > width:
            note = ()
        lead = ("▸─ ", "focus") if self.has_focus else ("── ", "dim")
        left = [lead, *title, (" ", "")]
        right = [(" ", ""), *note, (" ", "")] if note else []
        line = "─" * (width - count_cells(left) - count_cells(right) - (2 if note else 0))
        return (*left, (line, "dim"), *right, ("──" if note else "", "dim"))


def _find_change(old: Strip, new: Strip, y: int) -> Region | None:
    """The cells of a row that are to be sent: from the first to the last that differs."""
    if old == new:
        return None
    before, after = list(old), list(new)
    left = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        left += one.cell_length
    right = 0
    for one, other in zip(reversed(before), reversed(after), strict=False):
        if one != other or left + right + one.cell_length > new.cell_length:
            break
        right += one.cell_length
    return Region(left, y, max(new.cell_length - left - right, 1), 1)
