"""Where a number lies along an axis, and the round numbers that are written beside it. Pure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from logwatch.parsing.record import Floats
from logwatch.tui.plotting.ticks import show_clock, show_tick

NICE = (1.0, 2.0, 5.0, 10.0)
"""Steps between ticks, times a power of ten: the ones that people count in.
Source: Heckbert, Nice Numbers for Graph Labels, Graphics Gems (1990)."""

NICE_SECONDS = (
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0,
    3600.0, 7200.0, 10800.0, 21600.0, 43200.0, 86400.0,
)  # fmt: skip
"""Steps between ticks on a clock, in seconds."""

SMALLEST, LARGEST, NOTHING = 1e-290, 1e290, 1e-12
"""Nothing on an axis is nearer to zero or further from it: differences of such values, and the
steps between their ticks, are still floats. NOTHING is a share of a value that no chart shows."""

ENOUGH = 0.7
"""A step this much shorter than asked for is taken: a few ticks too many beat two or three."""

LINEAR_LOG_SPAN = 3.0
"""A log axis whose ends differ by less than this factor holds at most one of 1, 2, 5: it gets
evenly stepped ticks instead."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from `low` to `high`, both finite, low < high; above zero when `log`."""

    low: float
    high: float
    log: bool = False

    def place(self, values: Floats) -> Floats:
        """Where values lie, (n,): 0 at `low`, 1 at `high`; NaN for what the axis cannot hold."""
        low, high = self.low, self.high
        if self.log:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.where(values > 0, np.log(np.where(values > 0, values, 1.0)), np.nan)
            low, high = math.log(low), math.log(high)
        half = high / 2 - low / 2  # halves, because values - low may overflow
        return np.asarray((values / 2 - low / 2) / half, np.float64)

    def value_at(self, places: Floats) -> Floats:
        """The values that lie at the places, Inf beyond the largest; undoes `place`."""
        with np.errstate(over="ignore"):
            if self.log:
                low, high = math.log(self.low), math.log(self.high)
                return np.asarray(np.exp(low + places * (high - low)), np.float64)
            return np.asarray(self.low * (1 - places) + self.high * places, np.float64)


@dataclass(frozen=True, slots=True)
class Tick:
    """A round number beside an axis: its value, its place from 0 to 1, its text."""

    value: float
    place: float
    text: str


def span_axis(arrays: Iterable[Floats], log: bool = False, margin: float = 0.0) -> Axis:
    """An axis that holds all finite values (above zero if `log`), with a margin at both ends.

    Values that are all the same, or none at all, still give an axis with room. Values beyond what
    an axis can hold are drawn at its end.
    """
    lows, highs = [], []
    for values in arrays:
        good = values[np.isfinite(values) & (values > 0)] if log else values[np.isfinite(values)]
        if len(good):
            lows.append(float(good.min()))
            highs.append(float(good.max()))
    if not lows:
        return Axis(0.1, 1.0, True) if log else Axis(0.0, 1.0)
    return _span_log(min(lows), max(highs), margin) if log else _span(min(lows), max(highs), margin)


def _span(low: float, high: float, margin: float) -> Axis:
    low, high = (min(max(end, -LARGEST), LARGEST) for end in (low, high))
    size = max(abs(low), abs(high))
    room = (high - low) * margin
    if high - low <= size * NOTHING:
        if size < SMALLEST / NOTHING:
            return Axis(0.0, 1.0)
        room = size * 0.1
    return Axis(low - room, high + room)


def _span_log(low: float, high: float, margin: float) -> Axis:
    low, high = (min(max(end, SMALLEST), LARGEST) for end in (low, high))
    length = math.log(high) - math.log(low)
    factor = math.exp(length * margin) if length > NOTHING else 2.0
    return Axis(low / factor, high * factor, True)


def find_ticks(axis: Axis, count: int, clock: bool = False) -> tuple[Tick, ...]:
    """At most about `count` ticks at round numbers; with `clock` the values are seconds."""
    values = _log_values(axis, count) if axis.log else []
    step = 0.0
    if not values:
        step = _nice_step(axis, max(count, 1), clock)
        values = _stepped(axis, step)
    texts = [show_clock(value, step) if clock else show_tick(value, step) for value in values]
    places = axis.place(np.array(values, np.float64))
    return tuple(
        Tick(value, float(place), text)
        for value, place, text in zip(values, places, texts, strict=True)
        if -1e-9 <= place <= 1 + 1e-9
    )


def _nice_step(axis: Axis, count: int, clock: bool) -> float:
    rough = (axis.high / count) - (axis.low / count)
    if not math.isfinite(rough) or rough <= 0:
        return 1.0
    if clock and rough <= NICE_SECONDS[-1]:
        return next(step for step in NICE_SECONDS if step >= rough * ENOUGH)
    power = 10.0 ** math.floor(math.log10(rough))
    steps = (nice * power for nice in NICE)
    return next((step for step in steps if rough * ENOUGH <= step < math.inf), rough)


def _stepped(axis: Axis, step: float) -> list[float]:
    first, last = math.ceil(axis.low / step - 1e-9), math.floor(axis.high / step + 1e-9)
    if last - first > 1000:
        return []
    return [index * step for index in range(first, last + 1)]


def _log_values(axis: Axis, count: int) -> list[float]:
    """Powers of ten, with 2 and 5 between them where there is room; empty for a short axis."""
    if axis.high / axis.low < LINEAR_LOG_SPAN:
        return []
    first, last = math.floor(math.log10(axis.low)), math.ceil(math.log10(axis.high))
    powers = range(max(first, -323), min(last, 308) + 1)
    for between in ((1.0, 2.0, 5.0), (1.0,)):
        values = [m * 10.0**p for p in powers for m in between if m * 10.0**p < math.inf]
        values = [value for value in values if axis.low <= value <= axis.high]
        if 2 <= len(values) <= max(count, 2):
            return values
    stride = math.ceil(len(values) / max(count, 1)) if values else 1
    return values[::stride]
