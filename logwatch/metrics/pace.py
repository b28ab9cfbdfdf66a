"""How far a run is, how fast it goes, and how long it still takes."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Floats

RATE_SAMPLES = 50
"""Newest samples whose median is the rate that a log prints: one alone may be an evaluation's."""

LATE_SHARE = 0.25
"""Newest part of an attempt whose timestamps tell the rate: pauses to evaluate and to save count,
a slow start does not."""

LEAST_SECONDS = 10.0
"""Timestamps that span less tell no rate: most logs write whole seconds."""

Basis = Literal["timestamps", "printed", "arrival", ""]
"""What a rate rests on: the log's own clock, a rate that it prints, or when its lines came."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a run is and how fast; NaN where that is not known. `per_s` counts `unit`s.

    `step` and `total` are positions of the whole run, in steps, or in epochs with a part of one.
    """

    step: float = math.nan
    total: float = math.nan
    per_s: float = math.nan
    unit: Literal["step", "epoch"] = "step"
    basis: Basis = ""
    steps_per_s: float = math.nan

    @property
    def share(self) -> float:
        """From 0 to 1, NaN where the log names no end."""
        return min(max(self.step / self.total, 0.0), 1.0) if self.total > 0 else math.nan

    @property
    def eta_s(self) -> float:
        """Seconds to the end, NaN where that cannot be told."""
        return max(self.total - self.step, 0.0) / self.per_s if self.per_s > 0 else math.nan


def measure_pace(run: RunView, arrival: float = math.nan) -> Pace:
    """How far a run is; `arrival` is the steps per second at which its lines come, NaN if unknown.

    The step is the newest sample's where no bar counts it. A bar that counts one epoch of several
    tells the part of the epoch.
    """
    progress, step = run.progress, current_step(run)
    total = math.nan if progress.total is None else progress.total
    per_s, basis = measure_rate(run, arrival)
    if progress.epochs is None or progress.epoch is None:
        if math.isnan(step) and progress.epoch is not None:
            return Pace(progress.epoch, unit="epoch")
        return Pace(step, total, per_s, "step", basis, per_s)
    epochs, epoch = progress.epochs, progress.epoch
    if not total > 0:
        return _by_epochs(run, Pace(epoch, epochs, unit="epoch"))
    if epochs <= 1 or abs(step / total * epochs - epoch) <= 1:
        return Pace(step, total, per_s, "step", basis, per_s)
    passed = epoch - (0 if _counts_from_zero(run) else 1) + min(step / total, 1.0)
    return Pace(max(passed, 0.0), epochs, per_s / total, "epoch", basis, per_s)


def measure_rate(run: RunView, arrival: float = math.nan) -> tuple[float, Basis]:
    """Steps per second of late, pauses included where times are logged; NaN where unknown."""
    view = _timed(run, "step")
    if view is not None and (rate := rate_by_time(view.step, view.time)) > 0:
        return rate, "timestamps"
    printed = _newest_median(run, "steps_per_s")
    if not printed > 0 and (seconds := _newest_median(run, "step_time_s")) > 0:
        printed = 1 / seconds
    if not printed > 0 and run.progress.steps_per_s:
        printed = run.progress.steps_per_s
    if printed > 0:
        return printed, "printed"
    return (arrival, "arrival") if arrival > 0 else (math.nan, "")


def rate_by_time(position: Floats, time: Floats) -> float:
    """Positions per second over the newest part of (n,) samples in order; NaN where unknown."""
    known = np.isfinite(time)
    position, time = position[known], time[known]
    back = np.flatnonzero((np.diff(position) < 0) | (np.diff(time) < 0))
    first = int(back[-1]) + 1 if len(back) else 0
    first = max(first, len(time) - max(RATE_SAMPLES, int(LATE_SHARE * (len(time) - first))))
    if len(time) - first < 2:
        return math.nan
    seconds, passed = float(time[-1] - time[first]), float(position[-1] - position[first])
    return passed / seconds if seconds >= LEAST_SECONDS and passed > 0 else math.nan


def current_step(run: RunView) -> float:
    """The step that a bar counts, else the newest sample's; NaN without any."""
    return newest_step(run) if run.progress.step is None else run.progress.step


def newest_step(run: RunView) -> float:
    """The greatest newest step of the series that have steps, NaN without any."""
    ends = [float(one.step[-1]) for one in run.series.values() if one.axis == "step" and len(one)]
    return max(ends, default=math.nan)


def _by_epochs(run: RunView, pace: Pace) -> Pace:
    """The pace of a log that counts epochs alone."""
    view = _timed(run, "epoch")
    per_s = math.nan if view is None else rate_by_time(view.step, view.time)
    return replace(pace, per_s=per_s, basis="timestamps" if per_s > 0 else "")


def _timed(run: RunView, axis: str) -> SeriesView | None:
    """The training series of an axis with the most samples that have a time."""
    views = [
        view
        for name, view in run.series.items()
        if view.axis == axis and not name.startswith(("eval/", "test/")) and len(view) > 1
    ]
    loss = run.get("train/loss")
    if loss is not None and loss.axis == axis and np.isfinite(loss.time[-1]):
        return loss
    return max((one for one in views if np.isfinite(one.time[-1])), key=len, default=None)


def _newest_median(run: RunView, name: str) -> float:
    view = run.get(name)
    if view is None:
        return math.nan
    newest = view.value[-RATE_SAMPLES:]
    newest = newest[np.isfinite(newest) & (newest > 0)]
    return float(np.median(newest)) if len(newest) else math.nan


def _counts_from_zero(run: RunView) -> bool:
    """Whether the log's first epoch is 0."""
    firsts = [view.epoch[0] for view in run.series.values() if len(view)]
    return any(first == 0 for first in firsts)
