"""What an evaluation measured of training: `step 250: train loss 2.1, val loss 2.2`."""

from dataclasses import replace

from logwatch.parsing.matching.reading import MatchedLines
from logwatch.parsing.record import ESTIMATE

TRAIN, EVAL = "train/", "eval/"


def name_estimates(readings: list[MatchedLines]) -> list[MatchedLines]:
    """The readings, with what an evaluation at a step tells of training under names of its own.

    Lines of an unknown program that name a step, and one quantity in both phases, report means over
    many batches. They are another series than the losses of single batches; in a log without such
    losses a run takes them for the loss of training.
    Source: https://github.com/karpathy/nanoGPT/blob/master/train.py, `estimate_loss`.
    """
    return [_renamed(one) if _tells_both(one) else one for one in readings]


def _tells_both(reading: MatchedLines) -> bool:
    if not reading.pattern.guarded or "step" not in reading.axes:
        return False
    return any(_is_estimate(name, reading) for name in reading.metrics)


def _is_estimate(name: str, reading: MatchedLines) -> bool:
    other = EVAL + name.removeprefix(TRAIN)
    return name.startswith(TRAIN) and other in reading.metrics and name in reading.phased


def _renamed(reading: MatchedLines) -> MatchedLines:
    """The reading under its new names; `phased` still tells that the lines name the phase."""
    metrics = {
        name + ESTIMATE if _is_estimate(name, reading) else name: values
        for name, values in reading.metrics.items()
    }
    return replace(reading, metrics=metrics)
