"""No message of a guest, however hostile, ends what listens to it."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logwatch.attach.messages import read_message
from logwatch.attach.readings import MAX_OPTIMIZERS, Readings
from logwatch.sources.probe.recording import MAX_VALUES, Recorder

HUGE = 10**400
GROUPS: dict[str, Any] = {
    "kind": "tensors",
    "optimizer": 0,
    "variable": "model",
    "groups": [None, "head"],
    "tensors": [[0, "a.weight", [2, 2], 4], [1, "b.bias", [2], 2]],
    "orphans": {"tensors": 1, "params": 9, "names": ["c"]},
}
READING: dict[str, Any] = {
    "kind": "reading",
    "optimizer": 0,
    "step": 3,
    "time": 1.5,
    "times": [0.5, 2, 0.3],
    "skipped": 0,
    "gradless": [1],
    "rates": [0.1, 0.2],
    "losses": [2.5],
    "scale": [2.0],
    "grad_scale": [2.0],
    "gradients": [1.0, 2.0],
    "deltas": [0.5, 0.0],
    "sampled": [1.0, 1.0],
    "weights": [1.0, None],
}
OTHERS: list[dict[str, Any]] = [
    {"kind": "values", "step": 3, "time": 1.5, "values": {"lr/a": 1.0}, "worst": {"lr/a": "b"}},
    {"kind": "cadence", "every": 1, "cost_s": 0.1, "step_s": 0.1, "share": 0.1},
    {"kind": "stall", "silent_s": 3.0, "frames": ["f"]},
    {"kind": "note", "text": "n"},
    {"kind": "bye", "reason": "r"},
    {"kind": "hello", "token": "t", "pid": 1, "v": 1},
]
ODD = [
    None, True, False, -1, 0, 1, 2**63, -(2**63), HUGE, 1e308, -1e308, float("nan"), float("inf"),
    "", "nan", "x\x1b[31m", [], {}, [None], [[]], [HUGE], {"a": HUGE}, [1, "b", 3, 4],
    [[0, 1, 2, 3]], [[0, None, None, HUGE]], [[0, 7, 7, 7]], {"names": [1]},
    {"params": HUGE, "tensors": HUGE},
    ["x"] * 50, [0.0], [float("inf"), -1.0],
]  # fmt: skip


def hear(readings: Readings, recorder: Recorder, message: dict[str, Any]) -> bytes:
    """What is recorded of a message as it comes over the line."""
    heard = read_message(json.dumps(message).encode())
    return b"" if heard is None else recorder.write(readings.digest(heard))


@pytest.mark.parametrize(
    "message",
    [
        {**READING, "gradless": 1},
        {**READING, "gradless": {"a": 1}},
        {**GROUPS, "orphans": {"params": HUGE, "tensors": HUGE, "names": []}},
        {**GROUPS, "tensors": [[0, 7, [2, 2], 4]]},
        {**GROUPS, "tensors": [[0, "a", 7, 4]]},
        {**GROUPS, "tensors": [[0, "a", [2], HUGE]]},
    ],
)
def test_known_tricks(message: dict[str, Any]) -> None:
    """A list that is a number, a number that fits in no float, a name that is no text."""
    readings, recorder = Readings(), Recorder()

    recorded = [hear(readings, recorder, one) for one in (GROUPS, message, READING)]

    assert b"lr/" in recorded[-1]


@settings(max_examples=300)
@given(seed=st.integers(0, 10**9))
def test_messages_with_odd_fields(seed: int) -> None:
    """Any field of any message may hold anything; what is recorded is JSON without controls."""
    random_ = random.Random(seed)
    readings, recorder = Readings(), Recorder()
    for _ in range(6):
        message = dict(random_.choice([GROUPS, READING, READING, *OTHERS]))
        for key in random_.choices(sorted(message), k=random_.randrange(1, 4)):
            message[key] = message[key] if key == "kind" else random_.choice(ODD)
        for line in hear(readings, recorder, message).splitlines():
            assert isinstance(json.loads(line), dict)
            assert line.decode().isprintable()


def test_optimizers_without_end() -> None:
    """A guest that names ever more optimizers and tensors does not fill the memory."""
    readings, recorder = Readings(), Recorder()
    for number in range(MAX_VALUES + 100):
        hear(readings, recorder, {**READING, "optimizer": number})
        worst = {f"x{number}": "y", f"z{number}": "y"}
        hear(readings, recorder, {**OTHERS[0], "worst": worst})

    assert MAX_OPTIMIZERS >= len(readings._optimizers)
    assert MAX_VALUES + 2 >= len(recorder._worst)
