"""Hypothesis strategies that several rooms share: logs as programs print them, cut anywhere."""

import itertools
import math

from hypothesis import strategies as st

NUMBERS = st.one_of(
    st.integers(-(10**12), 10**17).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(0, 100, width=32).map("{:.4f}".format),
    st.floats(1e-9, 1e9).map("{:.2e}".format),
    st.integers(0, 10**10).map("{:,}".format),
    st.sampled_from(["nan", "inf", "-inf", "NaN", "0", "0.0", "1.", ".5", "007"]),
)
STEPS = st.integers(0, 10**7)
TAIL = st.text(
    st.characters(blacklist_characters="\n\r\b\0", blacklist_categories=("Cs",)), max_size=20
)

TEMPLATES = [
    "step {s} | loss {a} | kl {b} | lr {c}",
    "Step {s}: train_loss = {a}",
    "Epoch: {s}, train_loss: {a}, val_loss: {b}",
    "iter {s}: loss {a}, time {b}ms, mfu 37.12%",
    "Epoch 1/3:  12%|█▌        | {s}/24941 [1:23:16<9:50:08,  1.62s/it, loss={a}, lr={b}]",
    " 66%|######5   | {s}/1352 [05:32<01:07,  6.89it/s]{{'loss': {a}, 'epoch': {b}}}",
    "{{'loss': '{a}', 'grad_norm': {b}, 'learning_rate': {c}, 'epoch': 0.02}}",
    "acc{s}: {a} loss_{s}: {b} step={s}",
    "2026-11-20 09:12:{s} - root - INFO - step: {s}  loss:  {a}  lr: {b}",
    "\x1b[31mstep: {s}  \x1b[32mloss: {a}\x1b[0m",
    "[rank{s}]: step {s} loss {a}",
    " iteration {s}/ 500000 | lm loss: {a} | grad norm: {b} |",
    "tell {s} apart loss={a}",
    "the loss of {s} is {a} and not {b}",
    "{s}",
    "",
]
LINES = st.builds(
    lambda template, s, a, b, c, tail: template.format(s=s, a=a, b=b, c=c) + tail,
    st.sampled_from(TEMPLATES),
    STEPS,
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.one_of(st.just(""), TAIL),
)
LOGS = st.lists(
    st.tuples(LINES, st.sampled_from(["\n", "\r", "\r\n", "\b\b\r", "\n"])), max_size=30
).map(lambda parts: "".join(line + end for line, end in parts).encode("utf-8"))


def cut(data: bytes, places: list[float]) -> list[bytes]:
    """The data in pieces that together are the whole; places are shares of its length."""
    ends = sorted({math.floor(place * len(data)) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in itertools.pairwise(ends)]


CUTS = st.lists(st.floats(0, 1), max_size=8)
