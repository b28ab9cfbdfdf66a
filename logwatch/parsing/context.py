"""What an earlier line says of a later one: the step of a dict is that of the bar before it."""

import numpy as np

from logwatch.parsing.reading import Reading
from logwatch.parsing.record import Floats, Ints

CARRIED = ("step", "total", "epoch", "epochs")
RUN_BAR = "bar"
"""The context that unlabelled bars set; only the bar of the training itself may speak there."""


class Context:
    """Fills in counters from earlier lines; what the last line said is carried to the next turn."""

    def __init__(self) -> None:
        self._carried: dict[str, dict[str, float]] = {}
        self._run_total = np.nan

    def resolve(self, readings: list[Reading]) -> None:
        """Give each reading that relies on earlier lines the counters that it lacks."""
        setters: dict[str, list[Reading]] = {}
        users: dict[str, list[Reading]] = {}
        for reading in readings:
            pattern = reading.pattern
            if pattern.sets and not reading.is_row:
                setters.setdefault(pattern.sets, []).append(reading)
            needed = pattern.sets if reading.is_row else pattern.uses
            if needed:
                users.setdefault(needed, []).append(reading)
        for name in {*setters, *users}:
            if name == RUN_BAR:
                self._choose_run_bar(setters.get(name, []), users.get(name, []))
            self._fill(name, setters.get(name, []), users.get(name, []))

    def _fill(self, name: str, setters: list[Reading], users: list[Reading]) -> None:
        carried = self._carried.setdefault(name, {})
        for axis in CARRIED:
            rows, values = _merged([s for s in setters if axis in s.axes], axis)
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

    def _choose_run_bar(self, setters: list[Reading], users: list[Reading]) -> None:
        """Silence all unlabelled bars but the one that runs while training lines are printed."""
        training = [user for user in users if user.pattern.phase == "train"]
        if training and setters:
            rows, totals = _merged([s for s in setters if "total" in s.axes], "total")
            first = min(int(user.rows[0]) for user in training)
            before = np.searchsorted(rows, first, side="right") - 1
            if before >= 0 and self._run_total not in totals:
                self._run_total = float(totals[before])
            elif np.isnan(self._run_total):
                self._run_total = self._carried.get(RUN_BAR, {}).get("total", np.nan)
        for setter in setters:
            keep = setter.axes.get("total", np.zeros(0)) == self._run_total
            if not np.isnan(self._run_total) and not keep.all():
                for axis in CARRIED:
                    if axis in setter.axes:
                        setter.axes[axis] = np.where(keep, setter.axes[axis], np.nan)
            if np.isnan(self._run_total) or not keep.all():
                setter.metrics.pop("steps_per_s", None)


def _merged(readings: list[Reading], axis: str) -> tuple[Ints, Floats]:
    """The rows and values of one counter over several readings, in the order of the log."""
    if not readings:
        return np.zeros(0, np.int64), np.zeros(0)
    rows = np.concatenate([reading.rows for reading in readings])
    values = np.concatenate([reading.axes[axis] for reading in readings])
    order = np.argsort(rows, kind="stable")
    rows, values = rows[order], values[order]
    said = ~np.isnan(values)
    return rows[said], values[said]
