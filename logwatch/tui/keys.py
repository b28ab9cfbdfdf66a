"""How a key is declared: once, with what it does and under which heading the help lists it."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType
from textual.dom import DOMNode

MOVE, LOG, CHART, FINDINGS, RUNS, SCREEN, PROGRAM = (
    Binding.Group(name)
    for name in ("Move", "Log", "Chart", "Findings", "Runs", "Screen", "Program")
)
HEADINGS = (PROGRAM, FINDINGS, CHART, LOG, MOVE, SCREEN, RUNS)
"""Headings of the help, in its order."""

SHOWN_KEYS = {
    "question_mark": "?", "slash": "/", "plus": "+", "minus": "-", "equals_sign": "=",
    "left_square_bracket": "[", "right_square_bracket": "]", "pagedown": "PgDn", "pageup": "PgUp",
    "escape": "Esc", "enter": "Enter", "space": "Space", "tab": "Tab", "home": "Home", "end": "End",
    "up": "↑", "down": "↓", "left": "←", "right": "→", "f1": "F1",
}  # fmt: skip
"""Keys as people write them, where Textual's name is another."""


def key(keys: str, action: str, says: str, heading: Binding.Group, *, hint: str = "") -> Binding:
    """Bind `keys` (commas between them); a `hint` shows the first at the foot of the screen."""
    return Binding(keys, action, hint or says, show=bool(hint), group=heading, tooltip=says)


@dataclass(frozen=True, slots=True)
class Help:
    """One row of the help: the keys, and what they do."""

    keys: tuple[str, ...]
    says: str


def show_key(name: str) -> str:
    """A key as it is written in the help."""
    if name in SHOWN_KEYS:
        return SHOWN_KEYS[name]
    if name.startswith("ctrl+"):
        return "^" + name[5:]
    if name.startswith("shift+"):
        return "⇧" + show_key(name[6:])
    return name[6:].upper() if name.startswith("upper_") else name


def collect_help(kinds: Iterable[type[DOMNode]]) -> dict[str, list[Help]]:
    """The help of all bindings of these classes, under their headings."""
    rows: dict[str, dict[str, list[str]]] = {group.description: {} for group in HEADINGS}
    for kind in kinds:
        for owner in kind.__mro__:
            declared: list[BindingType] = owner.__dict__.get("BINDINGS", [])
            for binding in Binding.make_bindings(declared):
                if binding.group is None or binding.group.description not in rows:
                    continue
                keys = rows[binding.group.description].setdefault(binding.tooltip, [])
                shown = show_key(binding.key)
                if shown not in keys:
                    keys.append(shown)
    return {
        heading: [Help(tuple(keys), says) for says, keys in lines.items()]
        for heading, lines in rows.items()
        if lines
    }
