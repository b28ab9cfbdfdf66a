"""Bars under a heading: of several with different totals, the first under it counts."""

import numpy as np

from logwatch.parsing.matching.reading import MISSING, MatchedLines
from logwatch.parsing.record import Floats, Ints, Mask

AXES = ("step", "total", "epoch", "epochs")
UNKNOWN = -1.0
"""The total of a bar that does not know its own; it learns it at its end."""


class Headings:
    """Silences the bars that run after the one that a heading announced.

    Keras heads the bar of each epoch's training with `Epoch 3/10`; the bar of an `evaluate` that
    follows looks the same, but it has no heading: it begins anew, or has another total.
    """

    def __init__(self) -> None:
        self._totals: dict[str, float] = {}
        self._waiting: dict[str, bool] = {}
        self._last: dict[str, tuple[float, bool]] = {}

    def silence(self, readings: list[MatchedLines]) -> None:
        """Make the counters NaN, and the figures missing, of bars that no heading announced."""
        bars: dict[str, list[MatchedLines]] = {}
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

    def _follow(self, name: str, bars: list[MatchedLines], headings: Ints) -> None:
        rows = np.concatenate([bar.rows for bar in bars])
        totals = np.concatenate([_totals_of(bar) for bar in bars])
        order = np.argsort(rows, kind="stable")
        under = np.searchsorted(headings, rows[order], side="right")
        groups, at = np.unique(under, return_index=True)
        announced = dict(zip(groups.tolist(), totals[order][at].tolist(), strict=True))
        if not self._waiting.get(name) and 0 in announced:
            announced[0] = self._totals.get(name, np.nan)
        for bar in bars:
            mine = np.searchsorted(headings, bar.rows, side="right")
            wanted = np.array([announced[group] for group in mine.tolist()])
            _hush(bar, (_totals_of(bar) != wanted) & (wanted != UNKNOWN))
        steps = np.concatenate([_steps_of(bar) for bar in bars])[order]
        wanted = np.array([announced[group] for group in under.tolist()])
        again = self._begins_again(
            name, np.where(totals[order] == wanted, steps, np.nan), wanted, under
        )
        ends = np.cumsum([len(bar.rows) for bar in bars])[:-1]
        for bar, other in zip(bars, np.split(again[np.argsort(order)], ends), strict=True):
            _hush(bar, other)
        self._totals[name] = announced[int(groups[-1])]
        self._waiting[name] = bool(len(headings) and headings[-1] > rows.max())

    def _begins_again(self, name: str, steps: Floats, totals: Floats, under: Ints) -> Mask:
        """Where a bar that was full has begun anew without another heading: (n,) bool.

        `steps` are in the order of the log, NaN for other bars; `under` counts the headings before.
        """
        last, again = self._last.get(name, (np.nan, False))
        found = np.zeros(len(steps), bool)
        heading = -1 if self._waiting.get(name) else 0
        for at, (step, total, group) in enumerate(zip(steps, totals, under, strict=True)):
            if group != heading:
                last, again, heading = np.nan, False, group
            again = again or (last == total and step < last)
            last = last if np.isnan(step) else step
            found[at] = again
        self._last[name] = (last, again)
        return found


def _steps_of(bar: MatchedLines) -> Floats:
    return bar.axes.get("step", np.full(len(bar.rows), np.nan))


def _totals_of(bar: MatchedLines) -> Floats:
    return bar.axes.get("total", np.full(len(bar.rows), UNKNOWN))


def _hush(bar: MatchedLines, other: Mask) -> None:
    if not other.any():
        return
    for name in AXES:
        if name in bar.axes:
            bar.axes[name] = np.where(other, np.nan, bar.axes[name])
    for name, column in bar.metrics.items():
        bar.metrics[name] = np.where(other, MISSING, column)
