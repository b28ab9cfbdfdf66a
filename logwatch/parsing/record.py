"""What parsing hands on: samples as columns, and events. Small frozen values, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

PROBE_BASE = 1 << 60
"""From this offset on a place is one in a probe's recording, not in the log. No log is so long."""


MEAN = "\x1f"
"""What the name of a mean ends with while it is not known whether the log also tells the figures of
single batches. No program can print it: such characters of a log are replaced."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of one metric from one stretch of a log, in the order of the log.

    All columns are (n,) with the same n. `value` may hold NaN and Inf: the log said so.
    `step`, `epoch` and `time` (seconds) are NaN where the log does not say.
    `line` is 1-based and counts `\\n` only; `offset` is in bytes from the start of the file.
    """

    metric: str
    value: Floats
    step: Floats
    epoch: Floats
    time: Floats
    line: Ints
    offset: Ints
    scope: str = "auto"
    """`global`: steps count the whole run; `epoch`: they begin anew each epoch; `auto`: see."""
    total: Floats | None = None
    """Steps of the whole count that `step` runs through, where the log tells (a bar's total)."""
    redraw: Mask | bool = False
    """A bar draws the same numbers again: a repeated (step, value) is one sample. (n,) or all."""
    whole: Mask | None = None
    """(n,) samples whose steps count the whole run, where several scopes meet in one metric."""
    lent: Mask | None = None
    """(n,) samples whose step is that of a bar before them, while their epoch is their own."""

    headed: Mask | bool = False
    """A heading told the epoch of these bars: another epoch is another bar. (n,) or all."""

    def where(self, mask: Mask) -> "Samples":
        """The samples that the (n,) mask keeps."""
        return replace(
            self,
            value=self.value[mask],
            step=self.step[mask],
            epoch=self.epoch[mask],
            time=self.time[mask],
            line=self.line[mask],
            offset=self.offset[mask],
            total=None if self.total is None else self.total[mask],
            redraw=self.redraw if isinstance(self.redraw, bool) else self.redraw[mask],
            whole=None if self.whole is None else self.whole[mask],
            lent=None if self.lent is None else self.lent[mask],
            headed=self.headed if isinstance(self.headed, bool) else self.headed[mask],
        )


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as one stretch of the log says it.

    `fields` holds what the dialect captured: numbers as float, anything else as text.
    `step` is None where the text itself names no step.
    """

    kind: str
    severity: str
    title: str
    line: int
    offset: int
    step: float | None = None
    fields: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many lines that report how training goes a log holds, and how many gave a number.

    `example` is the first line of the kind that most unread lines are of, on `line`; "" and 0 where
    all were read.
    """

    numeric: int = 0
    read: int = 0
    example: str = ""
    line: int = 0

    @property
    def share(self) -> float:
        """The share of these lines that was read, 0 to 1; NaN where there are none."""
        return self.read / self.numeric if self.numeric else float("nan")


@dataclass(frozen=True, slots=True)
class Extract:
    """All that one chunk of a log said."""

    samples: tuple[Samples, ...] = ()
    events: tuple[Event, ...] = ()
    dialects: tuple[str, ...] = ()
    lines: int = 0
    """Lines (ended by `\\n`) seen so far in the log."""
    progress: "Progress | None" = None
    coverage: Coverage | None = None
    """What was read of the whole log so far; None where it was not counted."""
    anew: bool = False
    """What earlier extracts of the log said is void: this one says it again, in another way."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the log itself says that the run is. None is: not said. Rates are per second."""

    step: float | None = None
    total: float | None = None
    epoch: float | None = None
    epochs: float | None = None
    steps_per_s: float | None = None
