"""Inks by name, and spans of text made into strips that a terminal shows and never obeys.

All inks are the terminal's own sixteen colours, which its user chose to be readable on its own
background, dark or light; they also cost a tenth of the bytes that exact colours cost.
"""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from logwatch.diagnosis.finding import Severity
from logwatch.tui.plotting.plot import Span

RUN_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_magenta", "bright_cyan", "red")
"""Colours of the curves in one chart; each also has its name at its end, for those who see none."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_PLAIN = Style()
STYLES: dict[str, Style] = {
    "": _PLAIN,
    "bold": Style(bold=True),
    "dim": Style(dim=True),
    "axis": Style(dim=True),
    "level": Style(color="yellow"),
    "cursor": Style(bold=True),
    "band": Style(color="yellow", bold=True),
    "mark": Style(color="red", bold=True),
    "title": Style(bold=True),
    "focus": Style(color="cyan", bold=True),
    "chosen": Style(reverse=True),
    "found": Style(reverse=True),
    "error": Style(color="red", bold=True),
    "warning": Style(color="yellow", bold=True),
    "info": Style(color="cyan"),
    "ok": Style(color="green", bold=True),
    "badge-error": Style(color="red", bold=True, reverse=True),
    "badge-warning": Style(color="yellow", bold=True, reverse=True),
    "badge-info": Style(color="cyan", reverse=True),
    "badge-ok": Style(color="green", reverse=True),
    **{f"curve-{at}": Style(color=name) for at, name in enumerate(RUN_COLOURS)},
    **{f"name-{at}": Style(color=name, bold=True) for at, name in enumerate(RUN_COLOURS)},
    **{f"faint-{at}": Style(color=name, dim=True) for at, name in enumerate(RUN_COLOURS)},
}

SIGNS = {Severity.error: "✗", Severity.warning: "!", Severity.info: "i", Severity.ok: "✓"}
ASCII_SIGNS = {Severity.error: "X", Severity.warning: "!", Severity.info: "i", Severity.ok: "+"}

ASCII_FOR = str.maketrans("─│┈┊━└┤█░×✗✓…·▸▾▴↺→", "-|.:=++#.xX+.->v^@>")
"""What stands for the signs of the frame in a terminal that has none of them."""


def sign_of(severity: Severity, *, ascii_only: bool) -> str:
    """The sign beside a severity's colour."""
    return (ASCII_SIGNS if ascii_only else SIGNS)[severity]


def show_safely(text: str) -> str:
    """The text with everything that is no visible character made visible as `·`."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else "·" for sign in text)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Untrusted text in exactly `width` cells: cut with `…` or filled with blanks."""
    text = show_safely(text)
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + "…" if width > 0 else ""
    return " " * (width - size) + text if right else text + " " * (width - size)


def cut_middle(text: str, width: int) -> str:
    """Text in at most `width` cells; of a longer one start and end stay, with `…` between them.

    Names of metrics and of runs differ at their ends more often than in their middle.
    """
    text = show_safely(text)
    if cell_len(text) <= width or width < 3:
        return text if cell_len(text) <= width else fit(text, width)
    end = text[-((width - 1) // 2) :]
    while cell_len(end) > (width - 1) // 2:
        end = end[1:]
    start = set_cell_size(text, width - 1 - cell_len(end)).rstrip()
    return f"{start}…{end}"


def count_cells(row: Iterable[Span]) -> int:
    """How wide a row is."""
    return sum(cell_len(text) for text, _ in row)


def cut_row(row: Iterable[Span], width: int) -> tuple[Span, ...]:
    """The row in exactly `width` cells."""
    kept: list[Span] = []
    room = width
    for text, style in row:
        size = cell_len(text)
        if size > room:
            kept.append((fit(text, room), style))
            room = 0
            break
        kept.append((text, style))
        room -= size
    return (*kept, (" " * room, "")) if room else tuple(kept)


def make_strip(row: Sequence[Span], width: int, *, ascii_only: bool = False) -> Strip:
    """A row as a strip of exactly `width` cells. An style may be two names: `bold curve-1`."""
    segments = []
    for text, style in cut_row(row, width):
        shown = show_safely(text)
        if ascii_only:
            shown = shown.translate(ASCII_FOR).encode("ascii", "replace").decode()
        segments.append(Segment(shown, _style_of(style)))
    return Strip(segments).adjust_cell_length(width).simplify()


def _style_of(names: str) -> Style:
    style = STYLES.get(names)
    if style is None:
        style = Style.combine(STYLES.get(name, _PLAIN) for name in names.split())
        STYLES[names] = style
    return style
