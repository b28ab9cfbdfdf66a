"""Keys, and the help that is made from them."""

from textual.binding import Binding
from textual.widget import Widget

from logwatch.tui.app import LogwatchApp
from logwatch.tui.keys import HEADINGS, LOG, MOVE, Help, collect_help, key, show_key
from logwatch.tui.screens.base import BaseScreen
from logwatch.tui.screens.compare import CompareScreen
from logwatch.tui.screens.run import RunScreen
from logwatch.tui.screens.run_list import RunListScreen
from logwatch.tui.screens.runs import RunsScreen
from logwatch.tui.widgets.chart import Chart
from logwatch.tui.widgets.finding_list import FindingList
from logwatch.tui.widgets.log_view import LogView
from logwatch.tui.widgets.metric_table import MetricTable
from logwatch.tui.widgets.run_list import RunList

OWNERS = (
    LogwatchApp, BaseScreen, RunScreen, RunsScreen, CompareScreen, RunListScreen, RunList, Chart,
    FindingList, LogView, MetricTable,
)  # fmt: skip


class Pane(Widget):
    """A pane with two keys of one meaning."""

    BINDINGS = [key("j,down", "move(1)", "down", MOVE), key("F", "follow", "follow", LOG)]  # noqa: RUF012


class Other(Widget):
    """Another pane with the same meaning on another key."""

    BINDINGS = [key("ctrl+n", "move(1)", "down", MOVE)]  # noqa: RUF012


def test_the_help_is_made_from_the_bindings() -> None:
    """Keys of one meaning are one row, under their heading, in the order of the headings."""
    rows = collect_help([Pane, Other])

    assert {"Log": [Help(("F",), "follow")], "Move": [Help(("j", "↓", "^n"), "down")]} == rows


def test_every_key_has_a_meaning_and_a_heading() -> None:
    """No binding of ours is missing in the help."""
    for owner in OWNERS:
        for binding in Binding.make_bindings(owner.__dict__["BINDINGS"]):
            assert binding.group in HEADINGS, binding
            assert binding.tooltip, binding


def test_no_action_of_a_key_is_missing() -> None:
    """Each action that a key names is there, on its owner or on what it is part of."""
    for owner in OWNERS:
        for binding in Binding.make_bindings(owner.__dict__["BINDINGS"]):
            name = binding.action.partition("(")[0].removeprefix("app.").removeprefix("screen.")
            assert any(
                hasattr(known, f"action_{name}") for known in (owner, RunScreen, LogwatchApp)
            ), binding


def test_keys_are_shown_as_people_write_them() -> None:
    """Not by the names that Textual has for them."""
    assert ["?", "^d", "⇧Tab", "G", "f5"] == [
        show_key(name) for name in ("question_mark", "ctrl+d", "shift+tab", "upper_g", "f5")
    ]
