"""`attach --out`: what probes tell, written to files as it comes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from logwatch.report.figures import rough_number
from logwatch.sources.probes import Probe, ProbeState

PIECE_BYTES = 1 << 20
WAIT_SECONDS = 0.5


@dataclass(slots=True)
class Recorded:
    """What was written of one probe: lines, why it ended, the exit code of a refusal or 0."""

    lines: int = 0
    at: int = 0
    phase: str = "attaching"
    reason: str = ""
    exit_code: int = 0
    said: list[str] = field(default_factory=list)


def record_probe(
    pairs: Sequence[tuple[Probe, BinaryIO]],
    seconds: float | None,
    say: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> list[Recorded]:
    """Write what each probe tells to its file until all end, or `seconds` after the first word.

    Ctrl-C ends it too. `say` gets a sentence when a probe is in, or cannot go in.
    """
    recorded = [Recorded() for _ in pairs]
    reason = ""
    try:
        for probe, _ in pairs:
            probe.start()
        if _write(pairs, recorded, seconds, say, clock):
            reason = "the time is over"
    except KeyboardInterrupt:
        reason = "interrupted"
    for (probe, out), one in zip(pairs, recorded, strict=True):
        _end(probe, out, one, reason)
    return recorded


def _write(
    pairs: Sequence[tuple[Probe, BinaryIO]],
    recorded: Sequence[Recorded],
    seconds: float | None,
    say: Callable[[str], None],
    clock: Callable[[], float],
) -> bool:
    """Write until all probes have ended, False, or the time is over, True."""
    until = None
    while True:
        ended = [
            _advance(probe, out, one, say)
            for (probe, out), one in zip(pairs, recorded, strict=True)
        ]
        if all(ended):
            return False
        if until is None and seconds is not None and any(one.lines for one in recorded):
            until = clock() + seconds
        if until is not None and clock() >= until:
            return True
        pairs[0][0].wait(recorded[0].at, WAIT_SECONDS)


def _advance(probe: Probe, out: BinaryIO, one: Recorded, say: Callable[[str], None]) -> bool:
    """Write what is new; whether nothing more will come."""
    state = probe.state
    if state.phase != one.phase:
        one.phase = state.phase
        _announce(state, one, say)
    _, data = probe.read(one.at, PIECE_BYTES)
    if data:
        out.write(data)
        out.flush()
    one.at += len(data)
    one.lines += data.count(b"\n")
    return state.is_over and not data


def _announce(state: ProbeState, one: Recorded, say: Callable[[str], None]) -> None:
    if state.phase == "attached":
        say(
            f"attached to {state.pid} ({state.command}) by {state.method}, "
            f"which stopped it for {rough_number(1e3 * state.pause_s)} ms"
        )
    elif state.phase == "refused":
        one.exit_code = state.exit_code
        say(state.told)
    elif state.phase == "detached":
        one.reason = state.sentence


def _end(probe: Probe, out: BinaryIO, one: Recorded, reason: str) -> None:
    """Detach, and write what was said last."""
    probe.leave()
    _advance(probe, out, one, lambda sentence: None)
    one.reason = reason or one.reason
    probe.close()
