"""What comes from a guest is bounded and checked."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.attach.messages import LINE_LIMIT, TEXT_LIMIT, read_message, write_message

READING: dict[str, Any] = {
    "kind": "reading",
    "optimizer": 0,
    "step": 3,
    "time": 1.5,
    "times": [0.5, 2, 0.3],
    "skipped": 0,
    "gradients": [1.0, None],
}
VALUES: dict[str, Any] = {"kind": "values", "step": 3, "time": 1.5, "values": {}, "worst": {}}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def read(**changes: Any) -> dict[str, Any] | None:
    """A good message with some changes, as it is read."""
    base = READING if changes.get("kind", "reading") == "reading" else VALUES
    return read_message(json.dumps({**base, **changes}).encode())


@given(st.binary())
def test_any_bytes(line: bytes) -> None:
    """Any bytes give a message or none, never an error."""
    message = read_message(line)
    assert message is None or isinstance(message["kind"], str)


@given(st.sampled_from([READING, VALUES]), st.dictionaries(st.text(), JSON), st.data())
def test_any_fields(base: dict[str, Any], more: dict[str, Any], data: st.DataObject) -> None:
    """A message whose fields are of any kind is refused or safe to use."""
    key = data.draw(st.sampled_from(sorted(base)))
    changed = {**base, **more, key: data.draw(JSON)}
    message = read_message(json.dumps(changed).encode())
    assert message is None or message["kind"] in {"reading", "values", *map(str, changed.values())}


def test_round_trip() -> None:
    """A message is read as it was written."""
    assert READING == read_message(write_message(READING))


def test_numbers() -> None:
    """Numbers are floats to the last bit; NaN and infinities come as texts or as such."""
    message = read(
        kind="values", values={"lr/0": 0.1 + 0.2, "a": "nan", "b": "-inf", "c": math.inf}
    )
    assert message is not None
    values = message["values"]
    assert 0.1 + 0.2 == values["lr/0"]
    assert math.isnan(values["a"])
    assert (-math.inf, math.inf) == (values["b"], values["c"])


def test_what_is_no_number() -> None:
    """Texts, booleans, objects and endless integers are no values."""
    message = read(kind="values", values={"a": "1e5", "b": True, "c": {}, "d": 10**400, "e": 1})
    assert message is not None
    assert {"e": 1.0} == message["values"]


@pytest.mark.parametrize(
    "changes",
    [
        {"step": -1},
        {"step": "3"},
        {"step": True},
        {"step": 10**30},
        {"time": None},
        {"times": [1, 2]},
        {"gradients": ["x"]},
        {"gradients": 5},
        {"optimizer": None},
        {"kind": "values", "values": []},
        {"kind": "exec"},
    ],
)
def test_refused(changes: dict[str, Any]) -> None:
    """A message with a field of the wrong kind is no message."""
    assert read(**changes) is None


def test_controls() -> None:
    """Nothing of a guest's can steer a terminal or forge a line."""
    text = "\x1b]0;owned\x07\n\x9b2J\u202egpj"
    message = read_message(json.dumps({"kind": "note", "text": text}).encode())
    assert {"kind": "note", "text": "?]0;owned???2J?gpj"} == message


def test_controls_in_names() -> None:
    """The same holds for the names of metrics."""
    message = read(kind="values", values={"lr/\x1b[2J": 1.0})
    assert message is not None
    assert {"lr/?[2J": 1.0} == message["values"]


def test_lengths() -> None:
    """Texts, lists, nesting and lines are bounded."""
    message = read_message(json.dumps({"kind": "note", "text": "x" * 10**5}).encode())
    assert message is not None
    assert TEXT_LIMIT == len(message["text"])
    assert read_message(b" " * (LINE_LIMIT + 1)) is None
    deep = b'{"kind":"note","text":"a","b":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    assert read_message(deep) in (None, {"kind": "note", "text": "a", "b": [[[[[]]]]]})
