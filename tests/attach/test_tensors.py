"""What tensors, their groups and their modules are called."""

from hypothesis import given
from hypothesis import strategies as st

from logwatch.attach.tensors import TOPS, name_groups, split_tops, write_label


def test_top_modules() -> None:
    """A tensor belongs to its top module."""
    assert {0: "body", 1: "head"} == split_tops({0: "body.0.weight", 1: "head.weight"})


def test_top_modules_within_one() -> None:
    """Where all is in one module those within it count."""
    names = {0: "model.h.0.weight", 1: "model.wte.weight", 2: "model.h.1.weight"}
    assert {0: "h", 1: "wte", 2: "h"} == split_tops(names)


def test_one_module() -> None:
    """A single layer's tensors are told apart by nothing."""
    assert {} == split_tops({0: "model.weight", 1: "model.bias"})
    assert {} == split_tops({})


def test_too_many_modules() -> None:
    """More top modules than fit are none."""
    assert {} == split_tops({row: f"layer{row}.weight" for row in range(TOPS + 1)})


def test_group_names() -> None:
    """A group is called by its own name, else its one module, else its number."""
    assert ["own", "head", "2"] == name_groups(
        ["own", None, None], [0, 1, 2, 2], {0: "a", 1: "head", 2: "a", 3: "b"}, ""
    )


def test_groups_of_one_name() -> None:
    """Two groups of one module are told apart by their number."""
    assert ["body.0", "body.1"] == name_groups([None, None], [0, 1], {0: "body", 1: "body"}, "")


@given(st.text())
def test_labels(text: str) -> None:
    """A label never breaks a `key=value` line or a metric's name."""
    assert not set(write_label(text)) & set(" =/\n\t\"'[]{},:")
