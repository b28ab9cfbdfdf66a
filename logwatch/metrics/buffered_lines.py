"""Steps of lines that waited in a buffer: the bar before them is a later one; their epoch is right.

Hugging Face's Trainer prints its figures to stdout and draws its bar to stderr. Without `python -u`
the stdout of a file is written when 8 KiB are full, or when an evaluation begins a new bar. Many
dicts then stand behind one bar, whose step is that of the last of them, or a little later.

Source: https://github.com/huggingface/transformers/blob/main/src/transformers/trainer_callback.py
(`DefaultFlowCallback.on_step_end` logs at multiples of `logging_steps`, `ProgressCallback.on_log`
prints); https://docs.python.org/3/library/io.html#io.DEFAULT_BUFFER_SIZE
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from logwatch.metrics.column import Column
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Floats, Ints, Mask, Samples

ROUNDED = 0.005
"""How far a printed epoch is from the true one: `round(epoch, 2)` in `on_log`."""
ALIKE = 0.0005
"""Epochs by which two sets of steps may differ in how well they fit: a tenth of the rounding."""
FULL = 4096
"""Bytes of lines behind one bar of which the last may be torn: half a buffer, which holds 8 KiB."""

LONGEST = 10_000
"""Steps between two lines of training that are looked at; none logs so rarely."""
EVALUATIONS = ("eval/", "test/", "summary/")
LOSS = "train/loss"


@dataclass(frozen=True)
class Lines:
    """Lines in the order of the log: (n,) place in bytes, step of the bar before, own epoch, and
    which are those of training: the others are evaluations."""

    offset: Ints
    bar: Floats
    epoch: Floats
    training: Mask

    def where(self, part: slice | Mask) -> "Lines":
        """Some of the lines."""
        return Lines(self.offset[part], self.bar[part], self.epoch[part], self.training[part])


class Waited:
    """Remembers the lines of a log that have the step of a bar, and tells where they stood."""

    def __init__(self) -> None:
        self.metrics: dict[str, None] = {}
        """What such lines hold."""
        self._ints = {name: Column(np.int64) for name in ("offset", "loss", "training")}
        self._floats = {name: Column(np.float64) for name in ("bar", "epoch")}
        self._found = False
        self._step = np.zeros(0)

    def note(self, parts: Iterable[Samples]) -> bool:
        """Take in the next samples; whether all metrics of such lines must be placed anew."""
        lent = [
            one.where(one.lent & np.isfinite(one.step) & np.isfinite(one.epoch))
            for one in parts
            if one.lent is not None
        ]
        if not sum(len(one.value) for one in lent):
            return False
        self.metrics.update(dict.fromkeys(one.metric for one in lent))
        seen = max(0, len(self._ints["offset"].view()) - 1)
        self._add(lent)
        lines = self._lines()
        self._found = self._found or _waited(lines.where(slice(seen, None)))
        if self._found:
            self._step = place_lines(lines)
        return self._found

    def place(self, view: SeriesView) -> Floats:
        """The steps of a series, (n,): those of its lines that are known here are as they were."""
        offset = self._ints["offset"].view()
        at = np.minimum(np.searchsorted(offset, view.offset), len(offset) - 1)
        return np.where(offset[at] == view.offset, self._step[at], view.step)

    def _add(self, lent: list[Samples]) -> None:
        """Add each line once: its metrics have it in common."""
        place = np.concatenate([one.offset for one in lent])
        offset, first, line = np.unique(place, return_index=True, return_inverse=True)
        loss, training = np.zeros(len(offset), np.int64), np.zeros(len(offset), np.int64)
        ends = np.cumsum([len(one.value) for one in lent])[:-1]
        for one, rows in zip(lent, np.split(line, ends), strict=True):
            training[rows] |= not one.metric.startswith(EVALUATIONS)
            loss[rows] |= one.metric == LOSS
        for name, values in (("offset", offset), ("loss", loss), ("training", training)):
            self._ints[name].extend(values)
        self._floats["bar"].extend(np.concatenate([one.step for one in lent])[first])
        self._floats["epoch"].extend(np.concatenate([one.epoch for one in lent])[first])

    def _lines(self) -> Lines:
        loss, training = self._ints["loss"].view(), self._ints["training"].view()
        return Lines(
            self._ints["offset"].view(),
            self._floats["bar"].view(),
            self._floats["epoch"].view(),
            (loss if loss.any() else training) > 0,
        )


def place_lines(lines: Lines) -> Floats:
    """The steps of lines: (n,); those of the bars where no two lines waited behind the same one.

    Where epoch or bar go back another course begins: a second training, or one that was resumed.
    """
    back = (np.diff(lines.epoch) < -2 * ROUNDED) | (np.diff(lines.bar) < 0)
    ends = [0, *(np.flatnonzero(back) + 1).tolist(), len(lines.bar)]
    parts = [lines.where(slice(a, b)) for a, b in pairwise(ends)]
    return np.concatenate([_place_course(part) if _waited(part) else part.bar for part in parts])


def _waited(lines: Lines) -> bool:
    """Whether lines of different epochs stand behind one bar."""
    return bool(((np.diff(lines.bar) == 0) & (np.diff(lines.epoch) > 0)).any())


def _place_course(lines: Lines) -> Floats:
    speed = _steps_per_epoch(lines)
    if not np.isfinite(speed):
        return lines.bar
    by_epoch = np.minimum(np.maximum.accumulate(np.round(lines.epoch * speed)), lines.bar)
    training = lines.where(lines.training)
    if len(training.bar) < 2:
        return by_epoch
    step = _place_on_grid(training, speed)
    if step is None:
        return by_epoch
    step[0] = max(step[0], 1.0)  # `logging_first_step`
    placed = _place_among(lines, training, step)
    placed[lines.training] = step
    return placed


def _steps_per_epoch(lines: Lines) -> float:
    """A bar is drawn at its line's step or later, so the least of all is nearest; what is early in
    the log is rounded too much."""
    late = lines.epoch > lines.epoch[-1] / 2
    with np.errstate(over="ignore"):
        return float((lines.bar[late] / lines.epoch[late]).min(initial=np.inf))


def _place_on_grid(lines: Lines, speed: float) -> Floats | None:
    """Steps of training lines as multiples of one interval: the roundest one with which bars,
    epochs and the number of lines agree; None where they agree with none."""
    bars = _find_bars(lines)
    fits = [
        min((_misfit(counts, lines.epoch, interval), *_roundness(interval), late, interval)
            for late, counts in enumerate(_counts(bars, interval)))
        for interval in _intervals(lines, bars, speed)
    ]  # fmt: skip
    least = min((fit[0] for fit in fits), default=np.inf)
    if not np.isfinite(least):
        return None
    *_, late, interval = min(fit[1:] for fit in fits if fit[0] <= least + ALIKE)
    return np.asarray(list(_counts(bars, interval))[late] * interval)


@dataclass(frozen=True)
class _Bars:
    """The bars that lines stand behind: (n,) step, how many lines, whether one may be torn."""

    step: Floats
    lines: Ints
    full: Mask


def _find_bars(lines: Lines) -> _Bars:
    first = np.append(0, np.flatnonzero(np.diff(lines.bar)) + 1)
    last = np.append(first[1:], len(lines.bar)) - 1
    return _Bars(
        lines.bar[first], last - first + 1, lines.offset[last] - lines.offset[first] > FULL
    )


def _intervals(lines: Lines, bars: _Bars, speed: float) -> list[int]:
    """Steps from line to line that agree with all bars: between two of these lie as many multiples
    as there are lines, one more where a line was torn, one less where it waited as a whole. Of
    those that make no difference only the roundest."""
    grown, same = np.diff(lines.epoch), np.diff(lines.bar) == 0
    near = (grown[same] if same.any() else grown).mean() * speed
    if not near < LONGEST:
        return []
    found = np.arange(max(1, int(near / 2)), int(2 * near) + 2)
    multiples = bars.step[0] // found
    for step, count, full in zip(bars.step[1:], bars.lines[1:], pairwise(bars.full), strict=True):
        now = step // found
        torn = now - multiples - count
        kept = (torn == 0) | ((torn == 1) & full[1]) | ((torn == -1) & full[0])
        found, multiples = found[kept], now[kept]
    by_multiples: dict[tuple[float, ...], int] = {}
    for interval in sorted((int(one) for one in found), key=_roundness):
        by_multiples.setdefault(tuple(bars.step // interval), interval)
    return list(by_multiples.values())


def _counts(bars: _Bars, interval: int) -> Iterator[Floats]:
    """How many intervals lie before each line, (n,): with the first bar's last line whole, torn."""
    multiples = bars.step // interval
    torn = np.maximum(np.diff(multiples, prepend=0) - bars.lines, 0)
    behind = np.repeat(np.cumsum(bars.lines), bars.lines) - np.arange(bars.lines.sum()) - 1
    for torn[0] in (0, 1) if bars.full[0] else (0,):
        yield np.repeat(multiples - torn, bars.lines) - behind


def _misfit(counts: Floats, epoch: Floats, interval: int) -> float:
    """How far epochs are from growing as the counts do, as a mean over lines; infinite where a line
    is nearer to another count. A count of 0 is that of the first step, which may be logged too.
    Whether a line was torn or waited as a whole cannot always be told: one interval is allowed
    where the epochs are too coarse to tell."""
    begin = int(counts[0] == 0)
    some, said = counts[begin:], epoch[begin:]
    if counts[0] < 0 or not len(some):
        return np.inf
    per_interval = float((some @ said) / (some @ some))
    off = np.abs(said - some * per_interval)
    first = begin * (epoch[0] - per_interval / interval)
    slack = max(per_interval / 2, min(per_interval, ROUNDED)) + ROUNDED
    if (off > slack).any() or first > ROUNDED:
        return np.inf
    return float(np.sqrt(np.square(off).mean()))


def _roundness(interval: int) -> tuple[int, int]:
    """Rounder numbers come first: people log every 10, 25 or 500 steps, and not every 503."""
    digits = str(interval).rstrip("0")
    return 0 if digits in ("1", "2", "5", "25") else len(digits), -interval


def _place_among(lines: Lines, training: Lines, step: Floats) -> Floats:
    """The steps of lines between those of the training lines, (m,): stdout keeps their order.

    An evaluation has the epoch of the line before it, which is of the same step, or a whole one.
    """
    after = np.searchsorted(training.offset, lines.offset)
    low, high = np.append(0.0, step)[after], np.append(step - 1, np.inf)[after]
    squares = max(float(training.epoch @ training.epoch), ROUNDED)
    speed = float(training.epoch @ step) / squares
    placed = np.clip(np.round(lines.epoch * speed), low, np.maximum(low, high))
    same = np.append(np.nan, training.epoch)[after] == lines.epoch
    return np.asarray(np.minimum(np.where(same & (lines.epoch % 1 != 0), low, placed), lines.bar))
