"""What an earlier line says of a later one: the step of a dict is that of the bar before it."""

import numpy as np

from logwatch.parsing.linking.run_bar import RunBar
from logwatch.parsing.matching.reading import MatchedLines
from logwatch.parsing.record import Floats, Ints

CARRIED = ("step", "total", "epoch", "epochs")
RUN_BAR = "bar"
"""The context that unlabelled bars set; only the bar of the training itself may speak there."""
LENT = "lent"
"""The column that is 1 where a line with an epoch of its own has the step of a bar before it."""


class Carry:
    """Fills in counters from earlier lines; what the last line said is carried to the next turn."""

    def __init__(self) -> None:
        self._carried: dict[str, dict[str, float]] = {}
        self._run_bar = RunBar()

    def forget(self) -> None:
        """Carry nothing on from the lines so far."""
        self._carried.clear()
        self._run_bar.forget()

    def resolve(self, readings: list[MatchedLines]) -> None:
        """Give each reading that relies on earlier lines the counters that it lacks."""
        setters: dict[str, list[MatchedLines]] = {}
        users: dict[str, list[MatchedLines]] = {}
        for reading in readings:
            pattern = reading.pattern
            if pattern.sets and not (reading.is_row and pattern.hold):
                setters.setdefault(pattern.sets, []).append(reading)
            needed = pattern.sets if reading.is_row else pattern.uses
            if needed:
                users.setdefault(needed, []).append(reading)
        for name in {*setters, *users}:
            if name == RUN_BAR:
                turns = self._run_bar.choose(setters.get(name, []), users.get(name, []))
                setters.setdefault(name, []).extend(turns)
            with_epoch = [user for user in users.get(name, []) if "epoch" in user.axes]
            without_step = [user for user in with_epoch if "step" not in user.axes]
            self._fill(name, setters.get(name, []), users.get(name, []))
            for user in without_step if name == RUN_BAR else ():
                if "step" in user.axes:
                    user.axes[LENT] = np.isfinite(user.axes["step"]).astype(np.float64)

    def _fill(self, name: str, setters: list[MatchedLines], users: list[MatchedLines]) -> None:
        carried = self._carried.setdefault(name, {})
        for axis in CARRIED:
            counting = [setter for setter in setters if axis in setter.axes]
            if not users and len(counting) == 1 and np.isfinite(counting[0].axes[axis][-1]):
                carried[axis] = float(counting[0].axes[axis][-1])
                continue
            rows, values = _merged(counting, axis)
            for user in users:
                if axis in user.axes:
                    continue
                at = np.searchsorted(rows, user.rows, side="right") - 1
                known = np.concatenate([[carried.get(axis, np.nan)], values])
                filled = known[at + 1]
                if not np.isnan(filled).all():
                    user.axes[axis] = filled
            if len(values):
                carried[axis] = float(values[-1])


def _merged(readings: list[MatchedLines], axis: str) -> tuple[Ints, Floats]:
    """The rows and values of one counter over several readings, in the order of the log."""
    if not readings:
        return np.zeros(0, np.int64), np.zeros(0)
    rows = np.concatenate([reading.rows for reading in readings])
    values = np.concatenate([reading.axes[axis] for reading in readings])
    order = np.argsort(rows, kind="stable")
    rows, values = rows[order], values[order]
    said = ~np.isnan(values)
    return rows[said], values[said]
