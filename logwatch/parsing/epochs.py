"""Counters that begin anew each epoch, made counters of the whole run."""

import numpy as np

from logwatch.parsing.reading import Reading

NEEDED = {"step", "total", "epoch"}


class Epochs:
    """Remembers with which number each dialect's log begins to count epochs."""

    def __init__(self) -> None:
        self._bases: dict[str, float] = {}

    def unroll(self, readings: list[Reading]) -> None:
        """Add to each step that counts within an epoch the steps of the epochs before, in place.

        Only where the line, or one before it, tells the epoch and the steps of one.
        """
        counting = [
            reading
            for reading in readings
            if reading.pattern.scope == "epoch" and reading.axes.keys() >= NEEDED
        ]
        for reading in sorted(counting, key=lambda one: int(one.rows[0])):
            self._note_base(reading)
        for reading in counting:
            self._unroll(reading)

    def _note_base(self, reading: Reading) -> None:
        """Some programs count from 0 where others of their dialect count from 1."""
        said = reading.axes["epoch"][np.isfinite(reading.axes["epoch"])]
        if len(said) and reading.pattern.dialect not in self._bases:
            first = float(np.floor(said[0]))
            self._bases[reading.pattern.dialect] = min(float(reading.pattern.epoch_base), first)

    def _unroll(self, reading: Reading) -> None:
        axes, base = reading.axes, self._bases.get(reading.pattern.dialect, 1.0)
        step, total, epoch = axes["step"], axes["total"], axes["epoch"]
        known = np.isfinite(total) & np.isfinite(epoch)
        before = np.maximum(np.floor(epoch) - base, 0.0)
        axes["step"] = np.where(known, step + before * total, step)
