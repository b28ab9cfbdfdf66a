"""Figures of training whose lines name the phase, beside others that do not: means of batches."""

from dataclasses import replace

from logwatch.parsing.matching.reading import MatchedLines
from logwatch.parsing.record import MEAN

TRAIN = "train/"


def name_means(readings: list[MatchedLines]) -> list[MatchedLines]:
    """The readings, with what is named `train_loss` apart from what is named `loss`.

    A program that prints both means two quantities: the loss of a batch, and a mean over many of
    an evaluation, an epoch or the whole run. Lines of an unknown program that name the phase get
    names of their own; where a log has nothing finer, a run takes them for the plain quantity.
    Source: `estimate_loss` in https://github.com/karpathy/nanoGPT/blob/master/train.py, `log` and
    `speed_metrics` in https://github.com/huggingface/transformers/blob/main/src/transformers/trainer.py.
    """
    return [_renamed(one) if one.pattern.guarded and one.phased else one for one in readings]


def _renamed(reading: MatchedLines) -> MatchedLines:
    """The reading under its new names; `phased` still tells that the lines name the phase."""
    metrics = {
        name + MEAN if name.startswith(TRAIN) and name in reading.phased else name: values
        for name, values in reading.metrics.items()
    }
    return replace(reading, metrics=metrics)
