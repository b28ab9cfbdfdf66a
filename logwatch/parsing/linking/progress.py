"""How far a run is, by the lines that count: which of them is believed."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from logwatch.parsing.lines import Stretch
from logwatch.parsing.linking.carry import RUN_BAR
from logwatch.parsing.linking.samples import COUNTERS, speaks
from logwatch.parsing.matching.reading import MatchedLines, is_missing
from logwatch.parsing.record import Floats, Ints, Mask, Progress

STALE_BYTES = 1 << 20
"""A total holds against lines that contradict it for so much of the log after a line that told it.
A training prints its own lines far more often; where an evaluation of more than 1 MiB lies between
two of them, its counter is shown as the run's until the next one."""

Lines = Mapping[str, Floats | Ints]
"""Lines that count, in the order of the log: (n,) `place` in bytes, 1.0 in `sure` for a line of the
run, and counters, NaN where a line does not say."""


class ProgressFinder:
    """Finds how far a run is; a bar that may be another's counts only until a line of the run.

    What it finds depends on the lines alone, and not on how many of them come at once.
    """

    def __init__(self) -> None:
        self._sure = False
        self._progress: Progress | None = None
        self._told_at = 0

    def find(self, readings: list[MatchedLines], stretch: Stretch) -> Progress | None:
        """How far the newest line that counts is; None when no line counts.

        A line without a total takes the known one on as long as its steps go on towards it.
        """
        is_told = self._progress is not None and self._progress.total is not None
        is_told = is_told or any("total" in one.axes for one in readings)
        parts = [_count(one, stretch, is_told=is_told) for one in readings]
        lines = self._choose([part for part in parts if part])
        if lines is None:
            return None
        totals = np.flatnonzero(~np.isnan(lines["total"]))
        if len(totals):
            at = int(totals[-1])
            self._progress, self._told_at = _progress_at(lines, at), int(lines["place"][at])
            lines = _where(lines, slice(at + 1, None))
        if len(lines["place"]):
            self._progress = self._go_on(self._progress, lines)
        return self._progress

    def _choose(self, parts: list[Lines]) -> Lines | None:
        """The lines that count among those of several readings; None without any.

        Of one line that is read twice, what tells a total comes last.
        """
        if not parts:
            return None
        lines: Lines = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        if lines["sure"].any() and not self._sure:
            self._sure, self._progress = True, None
        if self._sure:
            lines = _where(lines, lines["sure"] == 1.0)
        order = np.lexsort((~np.isnan(lines["total"]), lines["place"]))
        return _where(lines, order) if len(order) else None

    def _go_on(self, before: Progress | None, lines: Lines) -> Progress:
        """The progress after lines that tell no total."""
        if before is None or before.total is None:
            steps = lines["step"][~np.isnan(lines["step"])]
            known = before.step if before else None
            step = float(steps[-1]) if len(steps) else known  # a line may tell its epoch alone
            return replace(_progress_at(lines, -1), step=step)
        steps = np.where(lines["step"] <= before.total, lines["step"], -np.inf)
        reached = np.maximum.accumulate(np.concatenate([[before.step or 0.0], steps]))
        goes_on = steps >= reached[:-1]
        contradicts = ~goes_on & ~np.isnan(lines["step"])
        if (contradicts & (lines["place"] > self._told_at + STALE_BYTES)).any():
            return _progress_at(lines, -1)
        newest = {
            name: float(said[-1])
            for name in ("step", "epoch", "rate")
            if len(said := lines[name][goes_on & np.isfinite(lines[name])])
        }
        return replace(
            before,
            step=newest.get("step", before.step),
            epoch=newest.get("epoch", before.epoch),
            steps_per_s=newest.get("rate", before.steps_per_s),
        )


def _count(reading: MatchedLines, stretch: Stretch, *, is_told: bool) -> Lines | None:
    """The lines of a reading that count; None without any.

    The total of an epoch is made one of the whole run where the log tells how many epochs there
    are, and is none else.
    """
    counter = next((reading.axes[name] for name in COUNTERS if name in reading.axes), None)
    if counter is None or not speaks(reading):
        return None
    sure = _is_sure(reading)
    said = _needed(reading, np.isfinite(counter), sure, is_told=is_told)
    if not len(said):
        return None
    rows = reading.rows[said]
    axes = {
        name: np.where(np.isfinite(column[said]), column[said], np.nan)
        for name, column in reading.axes.items()
    }
    unknown = np.full(len(rows), np.nan)
    step, total, epoch = (axes.get(name, unknown) for name in ("step", "total", "epoch"))
    epochs = axes.get("epochs", unknown)
    if "last_epoch" in axes:
        last = axes["last_epoch"] + 1.0 - reading.pattern.epoch_base
        epochs = np.where(np.isnan(epochs), last, epochs)
    if reading.pattern.scope == "epoch":
        with np.errstate(over="ignore"):  # a total that the log garbled becomes infinite
            total = np.where(np.isnan(epoch), total, total * epochs)
    return {
        "place": stretch.offset + stretch.starts[rows],
        "sure": sure[said].astype(np.float64),
        "step": step,
        "total": total,
        "epoch": epoch,
        "epochs": epochs,
        "rate": axes.get("rate", unknown),
    }


def _needed(reading: MatchedLines, said: Mask, sure: Mask, *, is_told: bool) -> Ints:
    """Which lines of a reading may tell: those from its last total on, the last where none is told.

    What comes before a total of the same lines is forgotten with it, which spares time.
    """
    rows = np.flatnonzero(said)
    if not len(rows) or not sure.all():
        return rows
    if not is_told:
        return rows[-1:]
    total, last = reading.axes.get("total"), int(rows[-1])
    ends = total is not None and reading.pattern.scope != "epoch" and np.isfinite(total[last])
    return rows[-1:] if ends else rows


def _is_sure(reading: MatchedLines) -> Mask:
    """Where a line tells of the run for sure: (n,) bool. A bar without a label may be any bar."""
    count = len(reading.rows)
    if reading.pattern.sets != RUN_BAR or reading.pattern.kind != "bar":
        return np.ones(count, bool)
    rate = reading.metrics.get("steps_per_s")
    return np.zeros(count, bool) if rate is None else ~is_missing(rate)


def _where(lines: Lines, keep: Mask | Ints | slice) -> Lines:
    return {name: column[keep] for name, column in lines.items()}


def _progress_at(lines: Lines, at: int) -> Progress:
    def said(name: str) -> float | None:
        value = float(lines[name][at])
        return None if np.isnan(value) else value

    return Progress(said("step"), said("total"), said("epoch"), said("epochs"), said("rate"))
