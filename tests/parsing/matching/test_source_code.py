"""Source code, comments, help, commands, tests and tables in a log give no loss."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library

LOSSES = ("train/loss", "eval/loss", "test/loss", "summary/loss")
RUN = [f"step {10 * n} | loss {3 - n / 64} | lr 0.25" for n in range(1, 9)]
CODE = (
    r"""
return {'loss': 0.0, 'acc': 0.0}
return {"loss": 0.0, "accuracy": 0.0}
    metrics = {'loss': 0.0, 'n': 0}
    self.history = {"train_loss": 0.0, "val_loss": 1.0}
G.add_edges([(0, 1, {"cost": 1}), (1, 2, {"cost": 2})])
print({'loss': 0.5})
>>> trainer.evaluate()  # {'eval_loss': 0.5, 'epoch': 3.0}
{'loss': 0.5, 'epoch': 1.0}  # what it prints
# Epoch 3 loss 0.5 was seen in run 12
    # loss 0.5 at step 100 in the paper
// step 100 loss 2.31
/* loss = 0.5 */
<!-- loss 0.5 -->
; loss = 0.5
>>> loss = 0.5
text = "step 120 loss=2.31 lr=3e-4"
print("Epoch: 3, train_loss: 0.4, val_loss: 0.5")
logger.info('| epoch 3 | loss 0.4 |')
"epoch 3 loss 0.4",
    '''step 100 loss 2.31'''
    r\"\"\"loss: 0.5, step: 3\"\"\"
loss = 0.5 * (loss_a + loss_b)
loss = 0.5 * aux + main
def step(self, loss=0.0, lr=1e-3):
class Loss(Base, loss=0.5):
assert abs(loss - 0.6931) < 1e-4
G.add_edge(0, 1, weight=0.6, cost=0.6)
parser.add_argument('--loss-weight', type=float, default=1.0, help='weight of the loss')
  --loss-scale LOSS_SCALE  Static loss scaling, 128 (default 1)
usage: train.py [-h] [--loss LOSS] [--lr LR 0.1]
python train.py --loss=0.5 --lr=3e-4
+ srun python train.py loss=0.5 lr=3e-4
CUDA_VISIBLE_DEVICES=0 python3.11 train.py loss=0.5
$ grep "loss 0.5" log.txt
| model | loss | acc |
| gpt2 | 3.11 | 0.5 |
loss_cls=dict(type='FocalLoss', gamma=2.0, loss_weight=1.0),
Namespace(loss='mse', loss_weight=0.5, lr=0.1)
loss_weight: 0.5
tests/test_loss.py::test_loss_0 PASSED [ 12%]
E       assert 0.5 == 0.4
E        +  where 0.5 = Output(loss=0.5).loss
0.52s call     tests/test_loss.py::test_loss
loss_backward took 0.52 s
loss computation: 12.3 ms
time for loss: 0.52 s
forward 12.1 ms, loss 3.2 ms, backward 20.1 ms
Time per step: forward 12 ms | loss 3 ms | backward 22 ms
loss time: 0.52
aten::nll_loss_forward         0.06%      12.100us         0.08%      15.2us       1
number of losses: 3
The model gets a loss of 2.9 at step 1000.
Target loss: 3.28
loss_scale = 65536
File "train.py", line 120, in loss
loss.py:120: UserWarning: loss 3
""".strip()
    .replace(r"\"", '"')
    .splitlines()
)
"""Lines that stand in logs among those of a run."""

SAMPLED = (
    "asyncio",
    "email",
    "json",
    "unittest",
    "idlelib",
    "hypothesis",
    "numpy",
    "tqdm",
    "torch",
)
EACH = {"numpy": 4, "torch": 25}
"""Of large packages each so many'th file is enough; all files were read once, without a loss."""


def losses_of(library: Library, log: str) -> dict[str, list[float]]:
    """The losses that a log gives."""
    extractor = Extractor(library)
    extracts = [extractor.feed(log.encode()), extractor.finish()]
    samples = [one for extract in extracts for one in extract.samples if one.metric in LOSSES]
    return {name: values_of(samples, name) for name in {one.metric for one in samples}}


def values_of(samples, name: str) -> list[float]:
    """All values of a metric."""
    return [value for one in samples if one.metric == name for value in one.value.tolist()]


@pytest.mark.parametrize("line", CODE)
def test_a_line_of_code_is_no_loss(library: Library, line: str) -> None:
    """Alone, and among the lines of a run, which are read as if it were not there."""
    assert {} == losses_of(library, f"{line}\n")

    read = losses_of(library, "\n".join([*RUN[:5], line, *RUN[5:]]) + "\n")
    assert {"train/loss": [3 - n / 64 for n in range(1, 9)]} == read


def test_what_comes_again_is_no_comment(library: Library) -> None:
    """A program that begins its lines as comments do is read once the numbers change."""
    log = "".join(f"# epoch {n} loss {1 - n / 8}\n" for n in range(1, 4))

    assert {"train/loss": [0.875, 0.75, 0.625]} == losses_of(library, log)


def sources() -> Iterator[Path]:
    """Files of Python's library and of packages that are installed, as far as they are."""
    found = [(name, find_spec(name)) for name in SAMPLED]
    for name, spec in found:
        files = sorted(Path(spec.origin).parent.rglob("*.py")) if spec and spec.origin else []
        yield from files[:: EACH.get(name, 1)]


def test_the_source_of_packages_is_no_training(library: Library) -> None:
    """The source of Python and of what is installed, read as logs, gives no loss in any file."""
    read = 0
    for path in sources():
        text = path.read_text("utf-8", "replace")
        assert {} == losses_of(library, text), path
        read += 1

    assert read > 100
