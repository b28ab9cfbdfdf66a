"""Pairs of names and numbers, found by how a line is built."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.parsing.matching.structure import MAX_TOKENS, find_pairs


def read(line: str) -> list[tuple[str, str]]:
    """Name and number of each pair of a line; fillers and headings left out."""
    pairs = find_pairs(line, 0, len(line))
    return [
        (line[slice(*pair.key)], line[slice(*pair.value)])
        for pair in pairs
        if pair.value[0] < pair.value[1]
    ]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("step=3, loss=0.5", [("step", "3"), ("loss", "0.5")]),
        ("step: 3 | loss: 0.5", [("step", "3"), ("loss", "0.5")]),
        ("step 3 loss 0.5", [("step", "3"), ("loss", "0.5")]),
        ("[step]: 3, [loss]: 0.5", [("step", "3"), ("loss", "0.5")]),
        ("'loss': 2.1, 'epoch': 0.1", [("loss", "2.1"), ("epoch", "0.1")]),
        ("loss (0.5)", [("loss", "0.5")]),
        ("loss is 0.5", [("loss", "0.5")]),
        ("loss of 0.5", [("loss", "0.5")]),
        ("loss -> 0.5", [("loss", "0.5")]),
        ("epoch3 it0120 loss 0.4", [("epoch", "3"), ("it", "0120"), ("loss", "0.4")]),
        ("iter: 1,100, lr: 1e-4", [("iter", "1,100"), ("lr", "1e-4")]),
        ("loss 0.5 (0.61) acc 12.5%", [("loss", "0.5"), ("acc", "12.5%")]),
        ("loss 0.5, 128 samples/s", [("loss", "0.5"), ("samples/s", "128")]),
        ("Reward (100 ep): 23.6", [("Reward", "23.6")]),
        ("[Avg. Loss, Loss]: [10.4, 7.1]", [("Avg. Loss", "10.4"), ("Loss", "7.1")]),
        ("loss: tensor([0.5], device='cuda:0', grad_fn=<MeanBackward0>)", [("loss", "0.5")]),
        ("loss=np.float64(0.5), acc=Decimal('0.9')", [("loss", "0.5"), ("acc", "0.9")]),
        ("loss: [0.1, 0.2], acc: 0.9", [("acc", "0.9")]),
        ("task: car, loss: 1.9", [("loss", "1.9")]),
        ("Accuracy at epoch 27: 0.7", [("epoch", "27"), ("Accuracy", "0.7")]),
        ("The loss after 3 epochs is 12.5", [("epochs", "3"), ("The loss", "12.5")]),
        ("训练次数:100, 准确率:0.11", [("训练次数", "100"), ("准确率", "0.11")]),
        ("time 10:20:31, loss 0.5", [("loss", "0.5")]),
        ("v1.2.3 of /data/run-3/x.ckpt", []),
    ],
)
def test_usual_forms(line: str, wanted: list[tuple[str, str]]):
    """Each form gives the names and numbers that a person reads in it."""
    assert wanted == read(line)


@pytest.mark.parametrize(
    "line", ["Epoch 3/90 loss 1", "Epoch [3/90] loss 1", "Epoch 3 of 90 loss 1"]
)
def test_a_counter_has_its_total(line: str):
    """What a counter counts to stands behind a slash, or behind `of`."""
    pair = find_pairs(line, 0, len(line))[0]

    assert ("Epoch", "3", "90") == tuple(
        line[slice(*span)].strip("[") for span in (pair.key, pair.value, pair.total)
    )


def test_a_heading_is_a_phase():
    """`Validation:` holds for what follows it."""
    pair = find_pairs("Validation: loss 0.3", 0, 20)[0]

    assert ("Validation", (10, 10)) == (pair.name, pair.value)


@given(st.text(st.sampled_from("loss epoch=0123.,:|()[]{}'\"/->→％损失 \t"), max_size=80))
def test_any_text_is_read(line: str):
    """Nothing raises; spans lie within the line, numbers in order."""
    pairs = find_pairs(line, 0, len(line))

    assert all(0 <= first <= last <= len(line) for p in pairs for first, last in (p.key, p.value))
    values = [pair.value[0] for pair in pairs if not pair.behind]
    assert sorted(values) == values


def test_a_line_of_data_is_not_read():
    """A line of thousands of tokens is data."""
    line = "loss 0.5 " * MAX_TOKENS

    assert [] == find_pairs(line, 0, len(line))
