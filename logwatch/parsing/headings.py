"""Bars under a heading: of several with different totals, the first under it counts."""

import numpy as np

from logwatch.parsing.reading import MISSING, Reading
from logwatch.parsing.record import Floats, Ints, Mask

AXES = ("step", "total", "epoch", "epochs")
UNKNOWN = -1.0
"""The total of a bar that does not know its own; it learns it at its end."""


class Headings:
    """Silences the bars that run after the one that a heading announced.

    Keras heads the bar of each epoch's training with `Epoch 3/10`; the bar of an `evaluate` that
    follows looks the same, but it has a total of its own, and no heading.
    """

    def __init__(self) -> None:
        self._totals: dict[str, float] = {}
        self._waiting: dict[str, bool] = {}

    def silence(self, readings: list[Reading]) -> None:
        """Make the counters NaN, and the figures missing, of bars that no heading announced."""
        bars: dict[str, list[Reading]] = {}
        headings: dict[str, list[Ints]] = {}
        for reading in readings:
            if reading.pattern.one_total:
                bars.setdefault(reading.pattern.uses, []).append(reading)
            elif reading.pattern.sets:
                headings.setdefault(reading.pattern.sets, []).append(reading.rows)
        for name, rows in headings.items():
            if name in bars:
                headings[name] = [np.sort(np.concatenate(rows))]
            else:
                self._waiting[name] = True
        for name, some in bars.items():
            self._follow(name, some, headings.get(name, [np.zeros(0, np.int64)])[0])

    def _follow(self, name: str, bars: list[Reading], headings: Ints) -> None:
        rows = np.concatenate([bar.rows for bar in bars])
        totals = np.concatenate([_totals_of(bar) for bar in bars])
        order = np.argsort(rows, kind="stable")
        under = np.searchsorted(headings, rows[order], side="right")
        groups, at = np.unique(under, return_index=True)
        announced = dict(zip(groups.tolist(), totals[order][at].tolist(), strict=True))
        if not self._waiting.get(name) and 0 in announced:
            announced[0] = self._totals.get(name, np.nan)
        for bar in bars:
            under = np.searchsorted(headings, bar.rows, side="right")
            wanted = np.array([announced[group] for group in under.tolist()])
            _hush(bar, (_totals_of(bar) != wanted) & (wanted != UNKNOWN))
        self._totals[name] = announced[int(groups[-1])]
        self._waiting[name] = bool(len(headings) and headings[-1] > rows.max())


def _totals_of(bar: Reading) -> Floats:
    return bar.axes.get("total", np.full(len(bar.rows), UNKNOWN))


def _hush(bar: Reading, other: Mask) -> None:
    if not other.any():
        return
    for name in AXES:
        if name in bar.axes:
            bar.axes[name] = np.where(other, np.nan, bar.axes[name])
    for name, column in bar.metrics.items():
        bar.metrics[name] = np.where(other, MISSING, column)
