"""What the guest and the host say to each other: one JSON object a line, version 1.

Guest to host (`kind`): `hello`, `tensors`, `reading`, `values`, `cadence`, `stall`, `note`, `bye`.
Host to guest: `welcome`, `detach`, `stack`. What the link hands on has `groups` and `values` in
place of `tensors` and `reading` (see `readings.py`). The guest's process may be broken or hostile,
so what comes in is checked and bounded here: an unknown kind is left out, control characters never
reach a terminal, a number is a number.
"""

import json
import math
from collections.abc import Callable
from typing import Any

VERSION = 1

KINDS = ("hello", "tensors", "reading", "values", "cadence", "stall", "note", "bye")
"""What a guest may say; anything else is left out, so that a newer guest may say more."""

NAMES = {
    "lr/<group>": "learning rate of a parameter group, exactly as the optimizer holds it",
    "train/loss": "what backward was called on, unscaled; the sum of all calls for one step",
    "train/<optimizer>_loss": "the same, of a second optimizer in the process (a GAN)",
    "train/grad_norm": "L2 of all gradients as the optimizer got them (after clipping, unscaled)",
    "grad_norm/<group or top module>": "the same of one parameter group or of one top module",
    "param_delta/median": "median over tensors of the L2 of their change in this step",
    "param_delta/max": "the largest of these",
    "param_delta/<group or top module>": "L2 of the change of a whole group or top module",
    "update_ratio/median": "median over tensors of L2 of change divided by L2 of the tensor",
    "update_ratio/<group>": "the same of a whole group",
    "param_norm/<group>": "L2 of the group's parameters (of every fourth probe)",
    "nonfinite/loss": "micro-batches of the step whose loss is NaN or infinite",
    "nonfinite/grad": "tensors whose gradient holds NaN or an infinity",
    "nonfinite/param": "tensors that hold NaN or an infinity",
    "unmoved_tensors": "tensors of the optimizer that this step did not change",
    "gradless_tensors": "tensors of the optimizer that have no gradient",
    "skipped_steps": "steps since attach that had gradients and were not taken (GradScaler)",
    "step_time": "seconds from one step to the next, mean since the last message",
    "step_time/max": "the longest of them, seconds",
    "gpu_memory/allocated": "bytes, of the process's current device",
    "gpu_memory/reserved": "bytes",
    "gpu_memory/peak": "bytes",
    "cpu_memory/rss": "bytes",
}
"""The names of `values`. `worst` names a tensor (or several) for `train/grad_norm`,
`param_delta/max`, `nonfinite/grad`, `nonfinite/param`, `unmoved_tensors`, `gradless_tensors`."""

LINE_LIMIT = 1 << 22
"""Bytes of one line. A reading has about 80 for each tensor; 10,000 tensors are a large model."""

TEXT_LIMIT = 1000
"""Characters of one text: a path of /proc has at most 4096, a tensor's name some tens."""

COUNT_LIMIT = 20_000
"""Entries of one list or object: the tensors of one optimizer."""

TAGS = ("rates", "losses", "scale", "grad_scale", "gradients", "deltas", "sampled", "weights")
"""The lists of a reading: numbers by row, null where there is none."""

NUMBER_LIMIT = 1 << 63
"""Whole numbers are below: a step, a count, bytes. A larger one may fit in no float."""

DEPTH_LIMIT = 5
"""Levels of nesting: `tensors` has three."""

_NUMBERS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def write_message(message: dict[str, Any]) -> bytes:
    """One message as its line, with the newline."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def read_message(line: bytes) -> dict[str, Any] | None:
    """The message that a line holds, or None where it is none that we know.

    `values` are floats, NaN and infinities among them; entries that are no numbers are left out.
    """
    if len(line) > LINE_LIMIT:
        return None
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or message.get("kind") not in KINDS:
        return None
    message = _clean(message, DEPTH_LIMIT)
    check = _CHECKS.get(message["kind"])
    return message if check is None or check(message) else None


def _clean(value: Any, depth: int) -> Any:
    """The value with its texts printable, its sizes bounded; None for a number without bounds."""
    if isinstance(value, str):
        return "".join(c if c.isprintable() else "?" for c in value[:TEXT_LIMIT])
    if isinstance(value, dict):
        items = list(value.items())[:COUNT_LIMIT] if depth else []
        return {_clean(key, 0): _clean(item, depth - 1) for key, item in items}
    if isinstance(value, list):
        return [_clean(item, depth - 1) for item in value[:COUNT_LIMIT]] if depth else []
    if isinstance(value, int) and abs(value) >= NUMBER_LIMIT:
        return None
    return value


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, float)


def _read_number(value: Any) -> float | None:
    """The number as a float, or None where it is none."""
    if isinstance(value, str):
        return _NUMBERS.get(value)
    return float(value) if _is_number(value) else None


def _check_hello(message: dict[str, Any]) -> bool:
    return isinstance(message.get("token"), str) and isinstance(message.get("pid"), int)


def _check_values(message: dict[str, Any]) -> bool:
    """Whether it is a `values` message; its numbers become floats."""
    step, values, worst = message.get("step"), message.get("values"), message.get("worst", {})
    if not _is_count(step) or not _is_number(message.get("time")):
        return False
    if not isinstance(values, dict) or not isinstance(worst, dict):
        return False
    numbers = {name: _read_number(value) for name, value in values.items()}
    message["values"] = {name: number for name, number in numbers.items() if number is not None}
    message["worst"] = {name: text for name, text in worst.items() if isinstance(text, str)}
    return True


def _check_tensors(message: dict[str, Any]) -> bool:
    tensors, orphans = message.get("tensors"), message.get("orphans")
    return (
        _is_count(message.get("optimizer"))
        and isinstance(message.get("groups"), list)
        and isinstance(tensors, list)
        and all(isinstance(t, list) and len(t) == 4 for t in tensors)
        and all(_is_count(place) and _is_count(size) for place, _, _, size in tensors)
        and (orphans is None or (isinstance(orphans, dict) and _is_list_of_texts(orphans, "names")))
    )


def _check_reading(message: dict[str, Any]) -> bool:
    gradless, times = message.get("gradless") or [], message.get("times")
    return (
        isinstance(gradless, list)
        and all(map(_is_count, (message.get("step"), message.get("optimizer"), *gradless)))
        and _is_number(message.get("time"))
        and isinstance(times, list)
        and len(times) == 3
        and all(map(_is_number, times))
        and (message.get("skipped") is None or _is_count(message["skipped"]))
        and all(_is_list_of_numbers(message.get(tag, [])) for tag in TAGS)
    )


def _check_cadence(message: dict[str, Any]) -> bool:
    return all(_is_number(message.get(key, 0)) for key in ("every", "cost_s", "step_s", "share"))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and _is_number(value) and value >= 0


def _is_list_of_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(x is None or _is_number(x) for x in value)


def _check_stall(message: dict[str, Any]) -> bool:
    return _is_number(message.get("silent_s")) and _is_list_of_texts(message, "frames")


def _is_list_of_texts(message: dict[str, Any], key: str) -> bool:
    texts = message.get(key, [])
    return isinstance(texts, list) and all(isinstance(text, str) for text in texts)


_CHECKS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "hello": _check_hello,
    "values": _check_values,
    "tensors": _check_tensors,
    "reading": _check_reading,
    "cadence": _check_cadence,
    "stall": _check_stall,
    "note": lambda message: isinstance(message.get("text"), str),
    "bye": lambda message: isinstance(message.get("reason"), str),
}
