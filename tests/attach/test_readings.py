"""What numbers of tensors mean for groups and modules."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.attach.readings import Readings, find_l2, find_median


def tensors(*names: str | None, groups: tuple[str | None, ...] = (None,), **more: Any) -> Any:
    """A message that names tensors, all in the last group but the first ones."""
    last = len(groups) - 1
    rows = [[min(row, last), name, "2x2", 4] for row, name in enumerate(names)]
    return {"kind": "tensors", "optimizer": 0, "groups": list(groups), "tensors": rows, **more}


def reading(**more: Any) -> Any:
    """A reading of one step."""
    head = {"kind": "reading", "optimizer": 0, "step": 1, "time": 0.0, "times": [0.0, 0, 0.0]}
    return {**head, "counted": "attach", **more}


@given(st.lists(st.floats(allow_nan=True)))
def test_l2(norms: list[float]) -> None:
    """L2 is at least the largest part, NaN where one part is, and never an error."""
    whole = find_l2(norms)
    if any(map(math.isnan, norms)):
        assert math.isnan(whole)
    else:
        assert whole >= max(map(abs, norms), default=0.0)


def test_median() -> None:
    """The median is of what is finite."""
    assert 2.0 == find_median([math.nan, 1.0, 3.0, math.inf])
    assert find_median([math.nan]) is None


def test_groups_message() -> None:
    """Groups come with their sizes, and with what no optimizer holds."""
    orphans = {"tensors": 1, "params": 4, "names": ["aux.weight"]}
    message = Readings().digest(tensors("a.w", "b.w", groups=(None, None), orphans=orphans))
    assert [("a", 1, 4), ("b", 1, 4)] == [tuple(group.values()) for group in message["groups"]]
    assert orphans == message["orphans"]


def test_norms() -> None:
    """A group's norm is that of its tensors together; the worst tensor has a name."""
    readings = Readings()
    readings.digest(tensors("a.w", "b.w", "b.v", groups=(None, None)))
    message = readings.digest(reading(gradients=[3.0, 4.0, 12.0]))
    values = message["values"]
    assert 13.0 == values["train/grad_norm"]
    assert (3.0, find_l2([4.0, 12.0])) == (values["grad_norm/a"], values["grad_norm/b"])
    assert "b.v" == message["worst"]["train/grad_norm"]


def test_ratios() -> None:
    """The update ratio is of the change to the tensor's whole norm, the newest that is exact."""
    readings = Readings()
    readings.digest(tensors("a.w", "b.w"))
    first = readings.digest(reading(deltas=[1.0, 2.0], sampled=[9.0, 9.0], weights=[10.0, 10.0]))
    second = readings.digest(reading(deltas=[1.0, 4.0], sampled=[9.0, 9.0]))
    assert 0.15 == pytest.approx(first["values"]["update_ratio/median"])
    assert 0.25 == pytest.approx(second["values"]["update_ratio/median"])
    assert 10 * math.sqrt(2) == pytest.approx(first["values"]["param_norm/0"])
    assert "param_norm/0" not in second["values"]


def test_zero_weights() -> None:
    """A tensor that is all zeros has no ratio."""
    message = Readings().digest(reading(deltas=[1.0, 1.0], sampled=[0.0, 2.0]))
    assert 0.5 == message["values"]["update_ratio/median"]


def test_loss_is_a_sum() -> None:
    """Several backward calls make the gradient of their sum; a scaler's factor is taken out."""
    message = Readings().digest(reading(losses=[1.0, 3.0], scale=[4.0]))
    assert 1.0 == message["values"]["train/loss"]
    assert 0 == message["values"]["nonfinite/loss"]


def test_unknown_rows() -> None:
    """A reading before its names, or with more rows than names, is still read."""
    message = Readings().digest(reading(gradients=[1.0, None, math.nan], rates=[0.1]))
    assert {"lr/0": 0.1, "nonfinite/grad": 1}.items() <= message["values"].items()
    assert "tensor 2" == message["worst"]["nonfinite/grad"]


def test_second_optimizer() -> None:
    """The metrics of a second optimizer carry the name of its model's variable."""
    readings = Readings()
    readings.digest(tensors("a.w"))
    readings.digest({**tensors("c.w"), "optimizer": 1, "variable": "critic"})
    values = readings.digest(
        reading(optimizer=1, rates=[0.5], losses=[2.0], gradients=[1.0], deltas=[1.0])
    )["values"]
    expected = {
        "lr/critic",
        "train/critic_loss",
        "train/critic_grad_norm",
        "param_delta/max/critic",
    }
    assert expected <= values.keys()


def test_many_bad_tensors() -> None:
    """Of many tensors with an illness all are counted and some are named."""
    message = Readings().digest(reading(gradients=[math.nan] * 100))
    assert 100 == message["values"]["nonfinite/grad"]
    assert message["worst"]["nonfinite/grad"].endswith("tensor 7, ...")


def test_other_kinds() -> None:
    """What is neither tensors nor a reading goes through as it is."""
    note = {"kind": "note", "text": "x"}
    assert note is Readings().digest(note)
