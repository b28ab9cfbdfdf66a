"""Messages of a probe as lines of a recording."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.sources.probe.recording import MAX_NAMES, Recorder
from tests.heard import values

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def lines(data: bytes) -> list[dict]:
    """The objects of some lines."""
    return [json.loads(line) for line in data.splitlines()]


def test_values_are_one_flat_object():
    """Step and time come first, then each figure under its own name; NaN stays NaN."""
    message = values(12, lr__head=0.001, train__loss=math.nan)

    counted, told = lines(Recorder().write(message))

    assert {"event": "counted", "by": "optimizer"} == counted
    assert ["step", "time", "lr/head", "train/loss"] == list(told)
    assert (12, 0.001) == (told["step"], told["lr/head"])
    assert math.isnan(told["train/loss"])


def test_what_was_said_is_not_said_again():
    """Who counts and which tensor is the worst are told when they change."""
    recorder = Recorder()
    recorder.write(values(1, worst={"nonfinite/grad": "a"}, lr__head=0.1))

    same = lines(recorder.write(values(2, worst={"nonfinite/grad": "a"}, lr__head=0.1)))
    other = lines(recorder.write(values(3, worst={"nonfinite/grad": "b"}, lr__head=0.1)))

    assert ["lr/head"] == [*same[0]][2:]
    assert {"event": "worst", "step": 3, "nonfinite/grad": "b"} == other[1]


def test_groups_and_what_no_optimizer_holds_are_lines_of_their_own():
    """Of many names the first are told, and that there are more."""
    names = [f"layer.{number}" for number in range(20)]
    message = {
        "kind": "groups",
        "groups": [{"name": "decoder", "tensors": 12, "params": 786432}],
        "orphans": {"tensors": 20, "params": 100, "names": names},
    }

    group, orphans = lines(Recorder().write(message))

    assert {"event": "group", "name": "decoder", "tensors": 12, "params": 786432} == group
    assert ", ".join([*names[:MAX_NAMES], "..."]) == orphans["names"]


def test_the_budget_stands_beside_the_cost():
    """What probing may cost is ours to know; the guest says what it costs."""
    message = {"kind": "cadence", "every": 6, "share": 0.008, "dropped": 0}

    assert [{"event": "cadence", "every": 6, "share": 0.008, "dropped": 0, "budget": 0.01}] == (
        lines(Recorder(0.01).write(message))
    )


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (
            {"kind": "stall", "silent_s": 45.51, "frames": ["a.py:1 f", "b.py:2 g"]},
            {"event": "stall", "step": 0, "silent_s": 45.5, "frames": "a.py:1 f < b.py:2 g"},
        ),
        ({"kind": "note", "text": "no loss"}, {"event": "note", "text": "no loss"}),
        ({"kind": "bye", "reason": "gone"}, {"event": "detached", "reason": "gone"}),
    ],
)
def test_other_messages_are_events(message, line):
    """A stall, a note and the end are told once each."""
    assert [line] == lines(Recorder().write(message))


@given(st.dictionaries(st.text(), ANYTHING))
def test_no_values_break_a_line(figures):
    """Whatever a guest sends as values, each line is one JSON object, or there is none."""
    message = {"kind": "values", "step": 3, "time": 1.0, "values": figures, "worst": {}}

    for line in Recorder().write(message).splitlines():
        assert isinstance(json.loads(line), dict)


def test_an_unknown_kind_is_left_out():
    """A newer guest may say more."""
    assert b"" == Recorder().write({"kind": "new"})
