"""What a probe says, as lines of a recording: flat JSON that the dialect `logwatch-probe` reads."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

MAX_VALUES = 4000
"""Figures of one line; a run keeps no more series. See metrics/run.py."""

MAX_NAME = 200
"""Characters of a name: a longer one is cut, as parsing would refuse it."""

MAX_FRAMES = 40
"""Frames of a stack; the innermost tell where it stands."""

MAX_NAMES = 12
"""Tensors that are named of those that no optimizer holds."""

NUMBERS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

Message = Mapping[str, Any]


class Recorder:
    """Turns messages into lines; what was said before is not said again."""

    def __init__(self, budget: float = math.nan) -> None:
        self._budget = budget
        self._counted = ""
        self._worst: dict[str, str] = {}
        self._step = 0

    def write(self, message: Message) -> bytes:
        """The lines of one message; none for a kind that is not recorded."""
        writer = getattr(self, f"_write_{message.get('kind')}", None)
        lines: Iterator[Mapping[str, Any]] = writer(message) if writer else iter(())
        return b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    def attached(self, facts: Mapping[str, Any]) -> bytes:
        """The first line: how the probe came in, and into what."""
        known = {name: value for name, value in facts.items() if value is not None}
        return json.dumps({"event": "attached", **known}).encode() + b"\n"

    def _write_groups(self, message: Message) -> Iterator[Mapping[str, Any]]:
        for group in message.get("groups") or ():
            yield {
                "event": "group",
                "name": _text(group.get("name")),
                "tensors": _count(group.get("tensors")),
                "params": _count(group.get("params")),
            }
        orphans = message.get("orphans")
        if orphans is not None:  # none of them takes back what was said before
            names = [_text(name) for name in orphans.get("names") or ()]
            more = ["..."] if len(names) > MAX_NAMES else []
            yield {
                "event": "orphans",
                "tensors": _count(orphans.get("tensors")),
                "params": _count(orphans.get("params")),
                "names": ", ".join(names[:MAX_NAMES] + more),
            }

    def _write_values(self, message: Message) -> Iterator[Mapping[str, Any]]:
        counted = _text(message.get("counted"))
        if counted and counted != self._counted:
            self._counted = counted
            yield {"event": "counted", "by": counted}
        values = dict(_numbers(message.get("values") or {}))
        step, time = _number(message.get("step")), _number(message.get("time"))
        if step is None or not math.isfinite(step) or not values:
            return
        self._step = int(step)
        yield {"step": self._step, "time": round(time or 0.0, 3), **values}
        worst = {
            _text(name): _text(tensor) for name, tensor in (message.get("worst") or {}).items()
        }
        fresh = {name: tensor for name, tensor in worst.items() if self._worst.get(name) != tensor}
        self._worst |= fresh
        if fresh:
            yield {"event": "worst", "step": self._step, **fresh}

    def _write_cadence(self, message: Message) -> Iterator[Mapping[str, Any]]:
        known = {name: _number(message.get(name)) for name in CADENCE}
        figures = {name: value for name, value in known.items() if value is not None}
        budget = {} if math.isnan(self._budget) else {"budget": self._budget}
        yield {"event": "cadence", **figures, **budget}

    def _write_stall(self, message: Message) -> Iterator[Mapping[str, Any]]:
        frames = [_text(frame) for frame in message.get("frames") or ()]
        yield {
            "event": "stall",
            "step": self._step,
            "silent_s": round(_number(message.get("silent_s")) or 0.0, 1),
            "frames": " < ".join(frames[:MAX_FRAMES]),
        }

    def _write_note(self, message: Message) -> Iterator[Mapping[str, Any]]:
        yield {"event": "note", "text": str(message.get("text", ""))}

    def _write_bye(self, message: Message) -> Iterator[Mapping[str, Any]]:
        yield {"event": "detached", "reason": str(message.get("reason", ""))}


CADENCE = ("every", "cost_s", "step_s", "share", "dropped", "errors")


def _numbers(values: Mapping[Any, Any]) -> Iterator[tuple[str, float]]:
    for name, value in list(values.items())[:MAX_VALUES]:
        number = _number(value)
        if number is not None:
            yield _text(name), number


def _number(value: Any) -> float | None:
    """A number, also one that JSON cannot hold; None for anything else."""
    if isinstance(value, str):
        return NUMBERS.get(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


def _count(value: Any) -> int:
    number = _number(value)
    return int(number) if number is not None and math.isfinite(number) else 0


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:MAX_NAME]
