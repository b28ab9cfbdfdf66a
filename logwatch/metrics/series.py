"""The samples of one metric in one run: columns that grow, and are halved where they are long."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwatch.metrics.column import Column, SparseColumn
from logwatch.metrics.halving import halve_old
from logwatch.parsing.record import Floats, Ints


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


@dataclass(frozen=True, slots=True)
class Whole:
    """What a view of some of a log's samples tells of all: how many there are, and are no number.

    Of each 2 ** `level` samples one is kept. The first `settled` of the view stay as they are
    however much is logged, until the level rises.
    """

    count: int
    nonfinite: int
    level: int
    settled: int


@dataclass(frozen=True)
class SeriesView:
    """A series as it was at one moment: (n,) columns that are never changed; n may be 0.

    Of a long run they hold some of the samples (`whole` tells of all): every 2nd, 4th and so on,
    those that stand out, and all of the newest. First, last, smallest and largest are always there.
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
    whole: Whole | None = None

    def __len__(self) -> int:
        return len(self.value)

    @property
    def last(self) -> float:
        """The newest value, NaN when there is none."""
        return float(self.value[-1]) if len(self.value) else math.nan

    @property
    def count(self) -> int:
        """How many samples the log has, kept or not."""
        return len(self) if self.whole is None else self.whole.count

    @property
    def nonfinite(self) -> int:
        """How many of them are NaN or infinite."""
        if self.whole is not None:
            return self.whole.nonfinite
        return len(self) - int(np.count_nonzero(np.isfinite(self.value)))

    @property
    def settled(self) -> int:
        """How many samples of the view stay as they are while the series grows."""
        return len(self) if self.whole is None else self.whole.settled

    def finite(self) -> "SeriesView":
        """The samples whose value is finite; itself, without a copy, when all are."""
        keep = np.isfinite(self.value)
        return self if keep.all() else self.where(keep)

    def where(self, mask: NDArray[Any] | slice) -> "SeriesView":
        """The samples that the (n,) mask or the slice keeps, as a series of their own."""
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
        """Count, ends and finite bounds of all samples of the log."""
        values = self.value
        if not len(values):
            return EMPTY
        finite = values[np.isfinite(values)]
        return Summary(
            count=self.count,
            first=float(values[0]),
            last=float(values[-1]),
            min=float(finite.min()) if len(finite) else math.nan,
            max=float(finite.max()) if len(finite) else math.nan,
            nonfinite=self.nonfinite,
            first_step=float(self.step[0]),
            last_step=float(self.step[-1]),
        )


class Series:
    """The samples of one metric, in the order of the log."""

    def __init__(self, name: str, axis: str = "sample") -> None:
        self.name = name
        self.axis = axis
        self.count = 0
        """Samples so far, kept or not."""
        self.unforgotten = 0
        """Samples since `forget`, kept or not."""
        self.last_step = math.nan
        self._nonfinite = 0
        self._sizes = [0]
        floats = {key: Column(np.float64) for key in ("value", "step")}
        sparse = {key: SparseColumn() for key in ("epoch", "time")}
        ints = {key: Column(np.int64) for key in ("line", "offset")}
        self._columns: dict[str, Column] = {**floats, **sparse, **ints}

    def extend(self, columns: dict[str, NDArray[Any]]) -> None:
        """Append samples: `value step epoch time line offset`, each (n,)."""
        value = columns["value"]
        if not len(value):
            return
        for key, column in self._columns.items():
            column.extend(columns[key])
        self.count += len(value)
        self.unforgotten += len(value)
        self.last_step = float(columns["step"][-1])
        self._nonfinite += len(value) - int(np.count_nonzero(np.isfinite(value)))
        self._sizes[0] += len(value)
        if len(self._sizes) > 1:
            self._settle()

    def drop_last(self) -> None:
        """Forget the newest sample, which the log drew again; one that is thinned stays."""
        if len(self._sizes) > 1 or not self._sizes[0]:
            return
        value = self._columns["value"].peek(self._sizes[0] - 1)
        self._nonfinite -= int(not np.isfinite(value[-1]))
        self._sizes[0] -= 1
        self.count -= 1
        self.unforgotten -= 1
        for column in self._columns.values():
            column.cut(self._sizes[0])

    def halve(self, level: int) -> None:
        """Keep one of each 2 ** `level` samples from here on; what was thinned more stays so."""
        while len(self._sizes) <= level:
            self._sizes.append(0)
            self._settle()

    def forget(self) -> None:
        """Let go of all samples; they are still counted."""
        for column in self._columns.values():
            column.cut(0)
        self._sizes, self.unforgotten = [0], 0

    def _settle(self) -> None:
        """Halve what is no longer recent, up to the highest level."""
        start = self._sizes[-1]
        value, step = (self._columns[key].peek(start) for key in ("value", "step"))
        order, sizes = halve_old(value, step, self._sizes[:-1])
        self._sizes = [*sizes[:-1], start + sizes[-1]]
        if len(order) < len(value):
            for column in self._columns.values():
                kept = column.peek(start)[order]
                column.cut(start)
                column.extend(kept)

    def count_by(self, axis: str) -> None:
        """Count by steps or epochs from here on; what came before the first of them is at 0."""
        self.axis, self.last_step = axis, 0.0
        self.place(np.zeros(len(self._columns["value"])))

    def place(self, step: Floats) -> None:
        """Put the (n,) samples at other steps; views that were taken keep theirs."""
        placed = Column(np.float64)
        placed.extend(step)
        self._columns["step"] = placed
        self.last_step = float(step[-1]) if len(step) else self.last_step

    def view(self, name: str = "") -> SeriesView:
        """The series as it is now, under another name if one is given; threads may share it."""
        value, step, epoch, time, line, offset = (one.view() for one in self._columns.values())
        whole = None
        if self._sizes != [self.count]:
            whole = Whole(self.count, self._nonfinite, len(self._sizes) - 1, self._sizes[-1])
        return SeriesView(
            name or self.name, self.axis, value, step, epoch, time, line, offset, whole
        )
