"""The mean of an epoch, in a log that also prints the loss of its batches."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from logwatch.parsing.matching.reading import MatchedLines, is_missing
from logwatch.parsing.record import Ints

LEAST_BATCHES = 2
"""Lines of batches that stand before the first line of an epoch; one may be a heading."""

MEAN = "_epoch"
"""What the name of an epoch's mean ends with. Source: Lightning, `log(on_step, on_epoch)`."""

PHASE = "train/"
NOWHERE: Ints = np.zeros(0, np.int64)


@dataclass(slots=True)
class _Metric:
    """Lines of batches so far, and whether the lines of epochs are means; None until one comes."""

    batches: int = 0
    has_means: bool | None = None


class EpochMeans:
    """Names the means of epochs apart from the losses of batches.

    Lines of an unknown program that count steps hold a batch's loss. Lines with an epoch alone that
    come after them hold a mean: another series, and the finer one is the loss of the run.
    """

    def __init__(self) -> None:
        self._metrics: dict[str, _Metric] = {}

    def name(self, readings: list[MatchedLines]) -> list[MatchedLines]:
        """The readings, with the means of epochs under names of their own."""
        batches = _rows_by_metric(
            one for one in readings if one.pattern.guarded and "step" in one.axes
        )
        epochs = _rows_by_metric(one for one in readings if _counts_epochs(one))
        for metric in batches.keys() | epochs.keys():
            if metric.startswith(PHASE):
                self._judge(metric, batches.get(metric, NOWHERE), epochs.get(metric, NOWHERE))
        return [self._renamed(one) if _counts_epochs(one) else one for one in readings]

    def _judge(self, metric: str, batches: Ints, epochs: Ints) -> None:
        known = self._metrics.setdefault(metric, _Metric())
        if known.has_means is None and len(epochs):
            before = known.batches + int((batches < epochs.min()).sum())
            known.has_means = before >= LEAST_BATCHES
        known.batches += len(batches)

    def _renamed(self, reading: MatchedLines) -> MatchedLines:
        names = {
            name: name + MEAN if name in self._metrics and self._metrics[name].has_means else name
            for name in reading.metrics
        }
        return replace(
            reading,
            metrics={names[name]: values for name, values in reading.metrics.items()},
            phased=frozenset(names.get(name, name) for name in reading.phased),
        )


def _counts_epochs(reading: MatchedLines) -> bool:
    """Whether a reading is of lines of an unknown program that name an epoch and no step."""
    return reading.pattern.guarded and "epoch" in reading.axes and "step" not in reading.axes


def _rows_by_metric(readings: Iterable[MatchedLines]) -> dict[str, Ints]:
    """The rows on which each metric is said: (n,) int64."""
    parts: dict[str, list[Ints]] = {}
    for one in readings:
        for name, values in one.metrics.items():
            parts.setdefault(name, []).append(one.rows[~is_missing(np.asarray(values))])
    return {name: np.concatenate(rows) for name, rows in parts.items()}
