"""`attach --out`: what probes tell, written to files as it comes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from logwatch import wording
from logwatch.sources.probe.client import Probe
from logwatch.sources.probe.state import ProbeState

PIECE_BYTES = 1 << 20
WAIT_SECONDS = 0.5

Say = Callable[[str], None]


@dataclass(slots=True)
class Recorded:
    """What was written of one probe: lines, why it ended, the exit code of a refusal or 0."""

    probe: Probe
    path: Path
    lines: int = 0
    at: int = 0
    is_in: bool = False
    reason: str = ""
    exit_code: int = 0
    out: BinaryIO | None = None
    """Opened with the first line: a file that was there is lost only for another one."""


def record_probes(
    pairs: Sequence[tuple[Probe, Path]],
    seconds: float | None,
    say: Say,
    clock: Callable[[], float] = time.monotonic,
) -> list[Recorded]:
    """Write what each probe tells to its file until all end, or `seconds` after the first word.

    Ctrl-C ends it too. `say` gets a sentence when a probe is in, or cannot go in.

    Raises:
        OSError: a file cannot be written.
    """
    recorded = [Recorded(probe, path) for probe, path in pairs]
    reason = ""
    try:
        for one in recorded:
            one.probe.start()
        if _write(recorded, seconds, say, clock):
            reason = "the time is over"
    except KeyboardInterrupt:
        reason = "interrupted"
    finally:
        for one in recorded:
            one.probe.leave()
    for one in recorded:
        _end(one, reason)
    return recorded


def _write(
    recorded: Sequence[Recorded], seconds: float | None, say: Say, clock: Callable[[], float]
) -> bool:
    """Write until all probes have ended, False, or the time is over, True."""
    until = None
    while True:
        ended = [_advance(one, say) for one in recorded]
        if all(ended):
            return False
        if until is None and seconds is not None and any(one.lines for one in recorded):
            until = clock() + seconds
        if until is not None and clock() >= until:
            return True
        recorded[0].probe.wait(recorded[0].at, WAIT_SECONDS)


def _advance(one: Recorded, say: Say) -> bool:
    """Write what is new; whether nothing more will come."""
    state = one.probe.state
    if state.method and not one.is_in:
        one.is_in = True
        _announce(state, say)
    if state.is_over and not one.reason:
        _note_end(state, one, say)
    _, data = one.probe.read(one.at, PIECE_BYTES)
    if data:
        one.out = one.out or one.path.open("wb")
        one.out.write(data)
        one.out.flush()
    one.at += len(data)
    one.lines += data.count(b"\n")
    return state.is_over and not data


def _announce(state: ProbeState, say: Say) -> None:
    say(
        f"attached to {state.pid} ({state.command}) by {state.method}, "
        f"which stopped it for {wording.rough(1e3 * state.pause_s)} ms"
    )


def _note_end(state: ProbeState, one: Recorded, say: Say) -> None:
    one.reason = state.sentence or "it has ended"
    if state.phase == "refused":
        one.exit_code = state.exit_code
        say(state.told)


def _end(one: Recorded, reason: str) -> None:
    """Write what was said last, and close."""
    while not _advance(one, lambda sentence: None) and one.probe.size > one.at:
        pass
    one.reason = reason or one.reason
    one.probe.close()
    if one.out is not None:
        one.out.close()
