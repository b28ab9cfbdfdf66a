"""A loss that no word gives to training, in a log that names its training loss elsewhere.

`train loss = 0.52` then `loss: 0.61, saving the model`: the second is an evaluation's.
"""

from dataclasses import dataclass, replace

import numpy as np

from logwatch.parsing.lines import Stretch
from logwatch.parsing.matching.reading import MatchedLines
from logwatch.parsing.record import Ints, Samples

LOSS = "train/loss"
EVALUATIONS = ("eval/loss", "test/loss")
NOWHERE = np.iinfo(np.int64).max


@dataclass
class _Kind:
    """Lines of one skeleton: where the first is (a byte of the log), what they are once known."""

    first: int
    verdict: str = ""


class Unphased:
    """Tells which lines hold an evaluation though they do not say so.

    Such lines hold a loss and no word of a phase; an unknown program's, without a counter. They are
    an evaluation's when they take turns with lines that name the training loss, in a log that names
    no evaluation's. A batch's loss is printed before the first of those, or several times between.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}
        self._first_named = self._first_evaluated = self._known_from = NOWHERE
        self._last_named = -1

    def judge(self, readings: list[MatchedLines], stretch: Stretch) -> dict[str, str]:
        """What the lines of each skeleton are: "train", "eval", or "" while in doubt."""
        named = _places([one for one in readings if LOSS in one.phased], stretch)
        evaluated = [one for one in readings if one.metrics.keys() & set(EVALUATIONS)]
        self._first_named = min(self._first_named, *named[:1].tolist(), NOWHERE)
        self._first_evaluated = min(
            self._first_evaluated, *_places(evaluated, stretch)[:1].tolist(), NOWHERE
        )
        kinds: dict[str, list[MatchedLines]] = {}
        for reading in filter(is_unphased, readings):
            kinds.setdefault(reading.tentative, []).append(reading)
        places = {tentative: _places(parts, stretch) for tentative, parts in kinds.items()}
        for tentative in sorted(places, key=lambda tentative: int(places[tentative][0])):
            self._judge_kind(tentative, places[tentative], named)
        self._last_named = max(self._last_named, *named[-1:].tolist(), -1)
        return {tentative: self._kinds[tentative].verdict for tentative in places}

    def _judge_kind(self, tentative: str, places: Ints, named: Ints) -> None:
        kind = self._kinds.get(tentative)
        if kind is None:
            kind = self._kinds[tentative] = _Kind(int(places[0]))
            if not self._first_named < kind.first < self._first_evaluated:
                kind.verdict = "train"
            elif self._known_from < kind.first:
                kind.verdict = "eval"
            places = places[1:]
        if kind.verdict or not len(places):
            return
        before = np.searchsorted(named, kind.first), np.searchsorted(named, places[0])
        takes_turns = self._last_named > kind.first or before[0] < before[1]
        kind.verdict = "eval" if takes_turns else "train"
        if takes_turns:
            self._known_from = min(self._known_from, int(places[0]))


def is_unphased(reading: MatchedLines) -> bool:
    """Whether the lines hold a loss of which nothing says whether it is one of training."""
    return bool(reading.tentative) and LOSS in reading.metrics and not reading.phased


def as_evaluation(reading: MatchedLines) -> MatchedLines:
    """The reading with its metrics as those of an evaluation; it counts as it is."""
    metrics = {evaluation_of(name): values for name, values in reading.metrics.items()}
    return replace(reading, metrics=metrics, tentative="")


def samples_as_evaluation(samples: Samples) -> Samples:
    """The samples as those of an evaluation."""
    return replace(samples, metric=evaluation_of(samples.metric))


def evaluation_of(name: str) -> str:
    """`eval/loss` of `train/loss`."""
    return "eval/" + name.removeprefix("train/") if name.startswith("train/") else name


def _places(readings: list[MatchedLines], stretch: Stretch) -> Ints:
    """Where the lines are in the log, in order: (n,) bytes."""
    if not readings:
        return np.zeros(0, np.int64)
    rows = np.sort(np.concatenate([reading.rows for reading in readings]))
    return np.asarray(stretch.offset + stretch.starts[rows], np.int64)
