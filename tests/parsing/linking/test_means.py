"""Means of the training loss beside the losses of batches."""

import pytest

from logwatch.metrics.run import Run, RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library


def read(library: Library, log: str) -> RunView:
    """The run that a log tells."""
    extractor, run = Extractor(library), Run()
    run.append(extractor.feed(log.encode()))
    run.append(extractor.finish())
    return run.view()


def values(view: SeriesView | None) -> list[float]:
    """The values of a series, none without one."""
    return [] if view is None else view.value.tolist()


@pytest.mark.parametrize("counter", ["step", "iter", "iteration"])
def test_a_mean_is_no_loss_of_a_batch(library: Library, counter: str) -> None:
    """Lines that tell both losses at a step stand apart, though they come first."""
    log = "".join(
        f"{counter} {n}: train loss {4 - n / 100:.2f}, val loss {4.1 - n / 100:.2f}\n"
        * (n % 20 == 0)
        + f"{counter} {n}: loss {4.05 - n / 100:.2f}, lr 0.001\n"
        for n in range(0, 60, 10)
    )
    run = read(library, log)

    assert [4.05, 3.95, 3.85, 3.75, 3.65, 3.55] == values(run.get("train/loss"))
    assert [4.0, 3.8, 3.6] == values(run.get("train/loss_mean"))
    assert [4.1, 3.9, 3.7] == values(run.get("eval/loss"))


def test_without_losses_of_batches_the_mean_is_the_loss(library: Library) -> None:
    """A log that tells nothing finer has a training loss all the same."""
    run = read(library, "".join(f"step {n}: train loss {9 - n}, val loss 9.5\n" for n in range(5)))

    assert [9.0, 8.0, 7.0, 6.0, 5.0] == values(run.get("train/loss"))
    assert run.get("train/loss_mean") is None


def test_a_stray_loss_does_not_take_its_place(library: Library) -> None:
    """One loss at the end of a log of means is no finer series."""
    log = "".join(f"step {n}: train loss {9 - n}, val loss 9.5\n" for n in range(5))
    run = read(library, log + "step 5: loss 3.25\n")

    assert [9.0, 8.0, 7.0, 6.0, 5.0] == values(run.get("train/loss"))
    assert [3.25] == values(run.get("train/loss_other"))


def test_a_summary_is_no_sample(library: Library) -> None:
    """The mean of the whole run, printed at its end, does not end the curve."""
    log = "".join(f"{{'loss': {9 - n}.5, 'epoch': {n}.0}}\n" for n in range(5))
    run = read(library, log + "{'train_runtime': 61.2, 'train_loss': 7.25, 'epoch': 5.0}\n")

    assert [9.5, 8.5, 7.5, 6.5, 5.5] == values(run.get("train/loss"))
    assert [7.25] == values(run.get("train/loss_mean"))
