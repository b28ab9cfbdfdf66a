"""Which lines report how training goes, and how many of them are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.parsing.extractor import Extractor
from logwatch.parsing.matching.coverage import reports
from tests.strategies import CUTS, cut

READ, UNREAD = "step 7 loss 2.50", "@7 what then was the loss=[[2.5000]]"


@pytest.mark.parametrize(
    "line",
    [
        "step 7 loss 2.50",
        "Epoch 3: val_acc=0.91",
        "12.5 | Loss | 0.3",
        "@7 loss=[[2.5000]]",
        "{'eval_loss': 1.93}",
        "loss of 0.388",
        "training loss is nan",
    ],
)
def test_lines_that_report(line):
    """A loss or a score with its number behind it."""
    assert reports(line)


@pytest.mark.parametrize(
    "line",
    [
        "loss_weight: 0.5",
        "aten/src/ATen/native/cuda/Loss.cu:102: operator()",
        "New best val_loss 0.31, saving the model",
        "Resuming at loss 2.3",
        "The loss is computed in float32",
        "step 100 of 200",
    ],
)
def test_lines_that_do_not(line):
    """Settings, places in code, and lines that repeat what others say."""
    assert not reports(line)


def count(library, pieces):
    """Numeric lines, and those that were read, of a log in pieces."""
    extractor = Extractor(library)
    extracts = [*map(extractor.feed, pieces), extractor.finish()]
    told = next((one.coverage for one in reversed(extracts) if one.coverage), None)
    return (told.numeric, told.read) if told else (0, 0)


def test_what_is_read_is_counted(library):
    """Each line counts once; a kind that stands once or twice is not one of training."""
    log = "".join(f"{line}\n" for line in [READ] * 5 + [UNREAD] * 3 + ["@7 mse=[[3.1]]"] * 2)

    assert (8, 5) == count(library, [log.encode()])
    assert (0, 0) == count(library, [b"hello\nworld\n"])


@given(CUTS, st.lists(st.sampled_from([READ, UNREAD, "prose", ""]), max_size=20))
def test_cuts_do_not_matter(library, places, lines):
    """The same is counted however the log arrives."""
    log = "".join(f"{line}\n" for line in lines).encode()

    assert count(library, [log]) == count(library, cut(log, places))
