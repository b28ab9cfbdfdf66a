"""Which of the unlabelled bars is that of the training: its counter is the step of the dicts."""

import numpy as np

from logwatch.parsing.matching.reading import MISSING, MatchedLines
from logwatch.parsing.record import Floats, Ints, Mask

AXES = ("step", "total", "epoch", "epochs")


class RunBar:
    """Follows the bars of a log; only the one that runs while training lines are printed counts.

    An evaluation shows an unlabelled bar too, with another total. The bar before the first training
    line is chosen by its total; another one when training lines come and it is seen no more.
    """

    def __init__(self) -> None:
        self._total = np.nan
        self._last: dict[str, float] = {}
        self._seen = False

    def forget(self) -> None:
        """Forget what the last bar said; which of the bars counts stays known."""
        self._last, self._seen = {}, False

    def choose(self, bars: list[MatchedLines], users: list[MatchedLines]) -> list[MatchedLines]:
        """Silence the other bars in place; gives what another bar says where it takes over.

        A silenced bar's counters are NaN; the rate of a bar that does not count is missing. While
        none is chosen all of them speak, and none counts.
        """
        training = [user.rows for user in users if user.pattern.phase == "train"]
        asked = np.sort(np.concatenate(training)) if training else np.zeros(0, np.int64)
        rows, totals, owner, index = _merged(bars)
        if len(rows) and self._last.get("total") == self._total and (totals == self._total).all():
            self._seen = not len(asked) or bool(rows[-1] > asked[-1])
            self._last = _axes_at(bars[owner[-1]], int(index[-1]))
            return []
        speaks, counts, turns = self._follow(bars, (rows, totals, owner, index), asked)
        for number, bar in enumerate(bars):
            mine = owner == number
            _silence(bar, index[mine], speaks[mine], counts[mine])
        return [
            MatchedLines(
                users[0].pattern, np.array([row]), {k: np.array([v]) for k, v in said.items()}, {}
            )
            for row, said in turns.items()
        ]

    def _follow(
        self, bars: list[MatchedLines], merged: tuple[Ints, Floats, Ints, Ints], asked: Ints
    ) -> tuple[Mask, Mask, dict[int, dict[str, float]]]:
        """Go through bars and training lines in the order of the log.

        Gives which bars speak, which count, and the counters of a bar at the training line where it
        takes over: what stands between the two was said before anyone knew.
        """
        rows, totals, owner, index = merged
        speaks, counts = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
        turns: dict[int, dict[str, float]] = {}
        at = -1
        for user_row in [*asked.tolist(), None]:
            while at + 1 < len(rows) and (user_row is None or rows[at + 1] <= user_row):
                at += 1
                counts[at] = totals[at] == self._total
                speaks[at] = counts[at] or np.isnan(self._total)
                self._seen = self._seen or bool(counts[at])
                self._last = _axes_at(bars[owner[at]], int(index[at]))
            if user_row is None:
                break
            if not self._seen and self._last.get("total", np.nan) != self._total and self._last:
                self._total = self._last.get("total", np.nan)
                turns[user_row] = self._last
            self._seen = False
        return speaks, counts, turns


def _merged(bars: list[MatchedLines]) -> tuple[Ints, Floats, Ints, Ints]:
    """Rows, totals, whose bar and which of its lines, of all bars in the order of the log."""
    if not bars:
        none = np.zeros(0, np.int64)
        return none, np.zeros(0), none, none
    rows = np.concatenate([bar.rows for bar in bars])
    totals = np.concatenate([bar.axes.get("total", np.full(len(bar.rows), np.nan)) for bar in bars])
    owner = np.repeat(np.arange(len(bars)), [len(bar.rows) for bar in bars])
    index = np.concatenate([np.arange(len(bar.rows)) for bar in bars])
    order = np.argsort(rows, kind="stable")
    return rows[order], totals[order], owner[order], index[order]


def _axes_at(bar: MatchedLines, index: int) -> dict[str, float]:
    return {name: float(bar.axes[name][index]) for name in AXES if name in bar.axes}


def _silence(bar: MatchedLines, index: Ints, speaks: Mask, counts: Mask) -> None:
    order = np.argsort(index)
    speaks, counts = speaks[order], counts[order]
    for name in AXES:
        if name in bar.axes and not speaks.all():
            bar.axes[name] = np.where(speaks, bar.axes[name], np.nan)
    rate = bar.metrics.get("steps_per_s")
    if rate is not None and not counts.all():
        bar.metrics["steps_per_s"] = np.where(counts, rate, MISSING)
