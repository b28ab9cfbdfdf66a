"""Means of epochs and of batches are series of their own."""

import pytest
from hypothesis import given

from logwatch.parsing.extractor import Extractor
from logwatch.parsing.record import MEAN
from tests.strategies import CUTS, cut

BATCHES = "".join(f"Epoch [{{e}}/3], Step [{s}00/300], Loss: {{e}}.{s}\n" for s in (3, 2, 1))
LOG = "".join(BATCHES.format(e=e) + f"Epoch {e} Loss: {e}.25\n" for e in (3, 2, 1))


def values_of(library, pieces):
    """The values of each metric of a log in pieces."""
    extractor = Extractor(library)
    found = {}
    for extract in [*map(extractor.feed, pieces), extractor.finish()]:
        for one in extract.samples:
            found.setdefault(one.metric, []).extend(one.value.tolist())
    return found


def test_the_mean_of_an_epoch(library):
    """A line of an epoch behind lines of batches holds a mean; the batches are the loss."""
    found = values_of(library, [LOG.encode()])

    assert [3.25, 2.25, 1.25] == found["train/loss_epoch"]
    assert [3.3, 3.2, 3.1, 2.3, 2.2, 2.1, 1.3, 1.2, 1.1] == found["train/loss"]


@given(CUTS)
def test_cuts_do_not_matter(library, places):
    """The same lines are means however the log arrives."""
    assert values_of(library, [LOG.encode()]) == values_of(library, cut(LOG.encode(), places))


def test_epochs_alone_are_the_loss(library):
    """Where no batch is printed the epoch's number is the loss of the run."""
    log = "".join(f"Epoch {e} Loss: {3 - e / 4}\n" for e in range(1, 6))

    assert {"train/loss"} == values_of(library, [log.encode()]).keys()


@pytest.mark.parametrize("pairs", ["loss: {l}, avg_loss: 9.5", "Average Loss: 9.5, loss: {l}"])
def test_a_mean_on_the_same_line(library, pairs):
    """The batch's value is the loss, whichever of the two stands first."""
    log = "".join(f"iter {n}, {pairs.format(l=2.5 - n / 8)}\n" for n in range(4))

    found = values_of(library, [log.encode()])

    assert [2.5, 2.375, 2.25, 2.125] == found["train/loss"]
    assert [9.5] * 4 == found["train/loss" + MEAN]
