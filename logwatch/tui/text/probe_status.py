"""How a probe stands, in a line: the way in, what it stopped, how often it looks, what it costs."""

import math
from collections.abc import Iterator

from logwatch import wording
from logwatch.sources.probe.state import ProbeState
from logwatch.tui.plotting.plot import Span
from logwatch.tui.text.styles import count_cells

BADGES = {
    "attaching": (" PROBE ", "badge-info"),
    "attached": (" PROBE ", "badge-ok"),
    "refused": (" NO PROBE ", "badge-warning"),
    "detached": (" PROBE ENDED ", "badge-info"),
}


def tell_probe(state: ProbeState, width: int) -> list[Span]:
    """One row of at most `width` cells: what matters most comes first."""
    spans: list[Span] = [BADGES[state.phase], (" ", "")]
    for number, part in enumerate(_parts(state)):
        lead = ", " if number else ""
        room = width - count_cells(spans) - len(lead)
        if len(part) > room and number:
            break
        spans.append((lead + part[: max(room, 0)], ""))
    return spans


def _parts(state: ProbeState) -> Iterator[str]:
    if state.phase != "attached":
        yield state.told or f"attaching to process {state.pid}"
        return
    yield f"in process {state.pid}"
    if state.every:
        yield "every step" if state.every == 1 else f"every {wording.count(state.every)} steps"
    yield tell_cost(state)
    if state.dropped:
        yield f"{wording.count(state.dropped)} messages lost"
    yield f"by {state.method}, stopped it {_rough(1e3 * state.pause_s)} ms"
    if state.sentence:
        yield state.sentence


def tell_cost(state: ProbeState) -> str:
    """The part of the training's time that probing takes: `costs 0.8 of 1 %` that it may."""
    allowed = _rough(100 * state.budget)
    if not math.isfinite(state.share):
        return f"may cost {allowed} %"
    return f"costs {_rough(100 * state.share)} of {allowed} %"


def _rough(number: float) -> str:
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"


def tell_probe_briefly(state: ProbeState) -> Iterator[Span]:
    """A word or two for the title of one run among several."""
    word = "no probe" if state.phase == "refused" else "probe"
    if state.phase == "attached" and state.every:
        word = f"probe every {wording.count(state.every)}"
    yield word, "warning" if state.phase == "refused" else "dim"
