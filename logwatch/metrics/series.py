"""The samples of one metric in one run: columns that only grow."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwatch.parsing.record import Floats, Ints

FIRST_ROOM = 64
GROWTH = 4
"""How much larger the room of a full column becomes: what is copied is a third of what is kept, and
pages of memory that nothing was written to are not taken."""


class Column:
    """A float64 or int64 column that grows by leaps; a view of a prefix stays valid for ever."""

    def __init__(self, dtype: type) -> None:
        self._room: NDArray[Any] = np.empty(FIRST_ROOM, dtype)
        self._count = 0

    def extend(self, values: NDArray[Any]) -> None:
        """Append (n,) values."""
        end = self._count + len(values)
        if end > len(self._room):
            grown = np.empty(max(end, GROWTH * len(self._room)), self._room.dtype)
            grown[: self._count] = self._room[: self._count]
            self._room = grown
        self._room[self._count : end] = values
        self._count = end

    def view(self) -> NDArray[Any]:
        """The (n,) values so far, read-only; later growth does not change it."""
        seen = self._room[: self._count]
        seen.flags.writeable = False
        return seen


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a series. Bounds are over finite samples; all but counts are NaN when empty."""

    count: int
    first: float
    last: float
    min: float
    max: float
    nonfinite: int
    first_step: float
    last_step: float


EMPTY = Summary(0, math.nan, math.nan, math.nan, math.nan, 0, math.nan, math.nan)


@dataclass(frozen=True)
class SeriesView:
    """A series as it was at one moment: (n,) columns that are never changed; n may be 0.

    `step` is never NaN: where the log tells no step it is the epoch (`axis == "epoch"`), else the
    number of the sample (`axis == "sample"`). `epoch` and `time` are NaN where unknown.
    """

    name: str
    axis: str
    value: Floats
    step: Floats
    epoch: Floats
    time: Floats
    line: Ints
    offset: Ints

    def __len__(self) -> int:
        return len(self.value)

    @property
    def last(self) -> float:
        """The newest value, NaN when there is none."""
        return float(self.value[-1]) if len(self.value) else math.nan

    def finite(self) -> "SeriesView":
        """The samples whose value is finite; itself, without a copy, when all are."""
        keep = np.isfinite(self.value)
        return self if keep.all() else self.where(keep)

    def where(self, mask: NDArray[Any] | slice) -> "SeriesView":
        """The samples that the (n,) mask or the slice keeps."""
        return SeriesView(
            self.name,
            self.axis,
            self.value[mask],
            self.step[mask],
            self.epoch[mask],
            self.time[mask],
            self.line[mask],
            self.offset[mask],
        )

    def tail(self, start: int) -> "SeriesView":
        """The samples from index `start` on."""
        return self.where(slice(start, None))

    def summary(self) -> Summary:
        """Count, ends and finite bounds."""
        values = self.value
        if not len(values):
            return EMPTY
        finite = values[np.isfinite(values)]
        return Summary(
            count=len(values),
            first=float(values[0]),
            last=float(values[-1]),
            min=float(finite.min()) if len(finite) else math.nan,
            max=float(finite.max()) if len(finite) else math.nan,
            nonfinite=len(values) - len(finite),
            first_step=float(self.step[0]),
            last_step=float(self.step[-1]),
        )


class SparseColumn(Column):
    """A float64 column that takes no room while all it holds is NaN."""

    def __init__(self) -> None:
        super().__init__(np.float64)
        self._silent = 0

    def extend(self, values: NDArray[Any]) -> None:
        """Append (n,) values; until one is finite only their number is kept."""
        if not self._count and np.isnan(values).all():
            self._silent += len(values)
            return
        if self._silent:
            super().extend(np.full(self._silent, np.nan))
            self._silent = 0
        super().extend(values)

    def view(self) -> NDArray[Any]:
        """The (n,) values so far, read-only."""
        if self._silent:
            return np.broadcast_to(np.float64(np.nan), self._silent)
        return super().view()


class Series:
    """The samples of one metric, append-only, kept in the order of the log."""

    def __init__(self, name: str, axis: str = "sample") -> None:
        self.name = name
        self.axis = axis
        self._floats = {key: Column(np.float64) for key in ("value", "step")}
        self._floats |= {key: SparseColumn() for key in ("epoch", "time")}
        self._ints = {key: Column(np.int64) for key in ("line", "offset")}

    def extend(self, columns: dict[str, NDArray[Any]]) -> None:
        """Append samples: `value step epoch time line offset`, each (n,)."""
        for key, column in (*self._floats.items(), *self._ints.items()):
            column.extend(columns[key])

    def count_by(self, axis: str) -> None:
        """Count by steps or epochs from here on; what came before the first of them is at 0."""
        self.axis = axis
        before = Column(np.float64)
        before.extend(np.zeros(len(self._floats["value"].view())))
        self._floats["step"] = before

    def place(self, step: Floats) -> None:
        """Put the (n,) samples at other steps; views that were taken keep theirs."""
        placed = Column(np.float64)
        placed.extend(step)
        self._floats["step"] = placed

    def view(self) -> SeriesView:
        """The series as it is now; safe to share between threads."""
        columns = (*self._floats.values(), *self._ints.values())
        return SeriesView(self.name, self.axis, *(column.view() for column in columns))
