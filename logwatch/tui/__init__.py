"""The screen: the only room that imports Textual, and only when a screen is opened."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logwatch.diagnosis.rule import Question
    from logwatch.parsing.library import Library
    from logwatch.sources.probe.client import Probe
    from logwatch.sources.source import Source
    from logwatch.sources.targets import Target

DEFAULTS = {
    "TEXTUAL_THEME": "ansi-dark",
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",
    "TEXTUAL_FPS": "30",
}
"""Textual reads these when it is imported. The theme uses the terminal's own colours."""

SLOW_DEFAULTS = {"TEXTUAL_FPS": "10"}
"""Over ssh, where each frame is bytes. Source: https://github.com/Textualize/textual/pull/2966."""

LIGHT_FROM, DARK_GREY = 7, 8
"""Background colours from here on are light (7 is white, 15 bright white; 8 is dark grey).
Source: rxvt(7), COLORFGBG."""


def run_app(
    targets: Sequence["Target"],
    question: "Question",
    library: "Library",
    *,
    ascii: bool = False,
    probes: "Mapping[Target, Probe] | None" = None,
) -> int:
    """Open the screen on the targets and stay until the user leaves; the exit code.

    `probes` are those of the targets' processes; a target without a path is its probe's recording.

    Standard input is a log where a target says so; the keys then come from the terminal.

    Raises:
        SourceError: standard input is no log, or there is no terminal to read keys from.
        Exception: a fault of the screen, after the terminal is as it was.
    """
    is_slow = "SSH_CONNECTION" in os.environ
    prepare_environment(is_slow)
    from functools import partial  # noqa: PLC0415

    from logwatch.sources.pipe import take_stdin  # noqa: PLC0415
    from logwatch.tui.app import LogwatchApp  # noqa: PLC0415
    from logwatch.tui.live.reader import POST_SECONDS, SLOW_POST_SECONDS, Tools  # noqa: PLC0415

    heard = probes or {}
    reads_stdin = any(t.path is None and not t.error and t not in heard for t in targets)
    tools = Tools(
        open=partial(open_target, stdin=take_stdin() if reads_stdin else 0, probes=heard),
        post_seconds=SLOW_POST_SECONDS if is_slow else POST_SECONDS,
        probes=heard,
    )
    app = LogwatchApp(targets, library, question, ascii_only=ascii, is_slow=is_slow, tools=tools)
    code = app.run()
    if app.fault is not None:
        raise app.fault
    return code or 0


def open_target(target: "Target", *, stdin: int, probes: "Mapping[Target, Probe]") -> "Source":
    """Open a log; where there is none but a probe, what the probe tells.

    Raises:
        SourceError: it cannot be read.
    """
    from logwatch.sources.probe.source import ProbeSource  # noqa: PLC0415
    from logwatch.sources.targets import open_source  # noqa: PLC0415

    if target.path is None and target in probes:
        return ProbeSource(probes[target])
    return open_source(target, stdin=stdin)


def prepare_environment(is_slow: bool) -> None:
    """Set what Textual reads at import, where the user has not set it."""
    for name, value in {**DEFAULTS, **(SLOW_DEFAULTS if is_slow else {})}.items():
        os.environ.setdefault(name, value)
    colours = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    is_light = colours.isdigit() and int(colours) >= LIGHT_FROM and int(colours) != DARK_GREY
    if is_light and os.environ["TEXTUAL_THEME"] == DEFAULTS["TEXTUAL_THEME"]:
        os.environ["TEXTUAL_THEME"] = "ansi-light"
