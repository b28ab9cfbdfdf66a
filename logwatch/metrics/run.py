"""One training as its log tells it: series by name, events, restarts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import regex

from logwatch.metrics.series import Series, SeriesView
from logwatch.metrics.waited import Waited
from logwatch.parsing.record import Event, Extract, Floats, Ints, Mask, Progress, Samples

STAYING = regex.compile(r"^(?:eval|test)/|_epoch$")
"""Figures that stay in a bar until the next evaluation or epoch: only a new value is a sample."""
AXES = ("sample", "epoch", "step")
"""What a series can be counted by, each better than the one before."""
MAX_SERIES = 4000
"""Metrics of one run; a log that names a figure after each of its files has no end of them."""
MAX_RESTARTS = 1000
"""Restarts kept of one series; where two logs are mixed each line seems to be one."""
FULL = 0.98
"""A bar that was drawn so far had come to its end; not every bar draws its last step."""
MAX_EVENTS = 5000
"""Events kept of one kind; a rank that prints a warning each step must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Restart:
    """Where the step went back: a resumed or requeued run that appends to the same log."""

    line: int
    offset: int
    from_step: float
    to_step: float


@dataclass(frozen=True)
class RunView:
    """A run at one moment: a whole view, never a delta, safe to share between threads."""

    series: Mapping[str, SeriesView] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    restarts: tuple[Restart, ...] = ()
    dialects: tuple[str, ...] = ()
    progress: Progress = field(default_factory=Progress)
    lines: int = 0
    bytes: int = 0

    def get(self, name: str) -> SeriesView | None:
        """The series of that name, None when the log has none or it is empty."""
        found = self.series.get(name)
        return found if found is not None and len(found) else None

    def events_of(self, *kinds: str) -> tuple[Event, ...]:
        """The events of these kinds, in the order of the log."""
        return tuple(event for event in self.events if event.kind in kinds)


@dataclass(slots=True)
class _Counter:
    """Where the step counter of one series stands: the raw last step, and what to add to it.

    `said` are value and step of the last sample in the log, kept or not; `redrawn` tells that a bar
    has shown the metric, `is_set` that its value is newer than the counter beside it.
    """

    step: float = np.nan
    epoch: float = np.nan
    total: float = np.nan
    shift: float = 0.0
    said: tuple[float, float] | None = None
    redrawn: bool = False
    is_set: bool = True


class Run:
    """A run that grows: feed it extracts in the order of the log, take views of it."""

    def __init__(self) -> None:
        self._series: dict[str, Series] = {}
        self._counters: dict[str, _Counter] = {}
        self._events: list[Event] = []
        self._event_counts: dict[str, int] = {}
        self._restarts: dict[str, list[Restart]] = {}
        self._dialects: dict[str, None] = {}
        self._progress = Progress()
        self._lines = 0
        self._waited = Waited()

    def append(self, extract: Extract) -> None:
        """Take in what one chunk said."""
        for samples in extract.samples:
            if samples.metric in self._series or len(self._series) < MAX_SERIES:
                self._append_samples(samples)
        if self._waited.note(extract.samples):
            self._place_waited()
        for event in extract.events:
            seen = self._event_counts.get(event.kind, 0)
            self._event_counts[event.kind] = seen + 1
            if seen < MAX_EVENTS:
                self._events.append(event)
        self._dialects.update(dict.fromkeys(extract.dialects))
        if extract.progress:
            self._progress = merge_progress(self._progress, extract.progress)
        self._lines = max(self._lines, extract.lines)

    def view(self, size: int = 0) -> RunView:
        """The run as it is now, `size` bytes of its log read."""
        views = {name: series.view() for name, series in self._series.items()}
        return RunView(
            views,
            tuple(self._events),
            tuple(self._restarts.get(_primary(views), ())),
            tuple(self._dialects),
            self._progress,
            self._lines,
            size,
        )

    def _append_samples(self, samples: Samples) -> None:
        counter = self._counters.setdefault(samples.metric, _Counter())
        if not len(samples.value):
            return
        keep = _fresh(samples, counter)
        value, raw, epoch = samples.value[keep], samples.step[keep], samples.epoch[keep]
        if not len(value):
            return
        raw = np.where(np.isinf(raw), np.nan, raw)  # a counter that the log garbled
        series = self._series.get(samples.metric)
        if series is None:
            series = Series(samples.metric, _axis(raw, epoch))
            self._series[samples.metric] = series
        elif AXES.index(series.axis) < AXES.index(_axis(raw, epoch)):
            series.count_by(_axis(raw, epoch))
        step = self._resolve(series, raw, epoch, samples, keep, counter)
        line, offset = samples.line[keep], samples.offset[keep]
        if series.axis == "step":
            self._note_restarts(series.name, series.view().step[-1:], step, line, offset)
        columns = {"value": value, "step": step, "epoch": epoch, "time": samples.time[keep]}
        series.extend({**columns, "line": line, "offset": offset})

    def _place_waited(self) -> None:
        """Put lines that waited in a buffer where their epochs say, and tell restarts anew."""
        for name in self._waited.metrics:
            series = self._series.get(name)
            if series is None or series.axis != "step":
                continue
            view = series.view()
            step = self._waited.place(view)
            series.place(step)
            self._restarts.pop(name, None)
            self._note_restarts(name, step[:1], step[1:], view.line[1:], view.offset[1:])

    def _resolve(
        self,
        series: Series,
        raw: Floats,
        epoch: Floats,
        samples: Samples,
        keep: Mask | slice,
        counter: _Counter,
    ) -> Floats:
        start = len(series.view())
        if series.axis == "sample":
            return np.arange(start, start + len(raw), dtype=np.float64)
        if series.axis == "epoch":
            step = _filled(epoch, counter.epoch)
            counter.epoch = float(step[-1])
            return step
        step = _filled(raw, counter.step)
        total = samples.total[keep] if samples.total is not None else np.full(len(raw), np.nan)
        whole = np.full(len(samples.value), samples.scope == "global")
        whole = (whole if samples.whole is None else samples.whole)[keep]
        return _unroll(step, epoch, total, whole, counter)

    def _note_restarts(self, name: str, before: Floats, step: Floats, line: Ints, at: Ints) -> None:
        joined = np.concatenate([before, step])
        back = np.flatnonzero(np.diff(joined) < 0)
        if not len(back):
            return
        restarts = self._restarts.setdefault(name, [])
        for index in back[: MAX_RESTARTS - len(restarts)]:
            here = int(index) + 1 - len(before)
            restarts.append(
                Restart(int(line[here]), int(at[here]), float(joined[index]), float(step[here]))
            )


def merge_progress(before: Progress, now: Progress) -> Progress:
    """The newer progress; a line that names no total leaves the total that was known."""
    if now.total is not None or before.total is None or now.step is None:
        return now
    if now.step > before.total or now.step < (before.step or 0.0):
        return now
    rate = now.steps_per_s if now.steps_per_s is not None else before.steps_per_s
    epoch = now.epoch if now.epoch is not None else before.epoch
    return replace(before, step=now.step, epoch=epoch, steps_per_s=rate)


def _primary(views: Mapping[str, SeriesView]) -> str:
    """The series that tells restarts: the training loss, or the first that counts steps."""
    counted = [name for name, view in views.items() if view.axis == "step"]
    if "train/loss" in counted:
        return "train/loss"
    return min(counted, key=lambda name: (int(views[name].offset[0]), name), default="")


def _axis(step: Floats, epoch: Floats) -> str:
    if np.isfinite(step).any():
        return "step"
    return "epoch" if np.isfinite(epoch).any() else "sample"


def _fresh(samples: Samples, counter: _Counter) -> Mask | slice:
    """Which samples say something that the one before did not: (n,) bool, or all of them.

    A bar draws the same figures again; what stays in it says nothing new on later lines either.
    """
    redrawn = np.broadcast_to(np.asarray(samples.redraw, bool), len(samples.value))
    stays = bool(STAYING.search(samples.metric))
    if stays:
        redrawn = np.logical_or.accumulate(redrawn) | counter.redrawn
    before, counter.said = counter.said, (float(samples.value[-1]), float(samples.step[-1]))
    if not redrawn.any():
        return slice(None)
    counter.redrawn = True
    fresh = _differs(samples.value, before[0] if before else np.nan)
    if not stays:
        last = before[1] if before else samples.step[0]  # a first value was set in a bar
        moved = _differs(samples.step, last)
        fresh |= moved & ~_echoes(fresh, moved, np.diff(samples.step, prepend=last) < 0, counter)
    fresh |= ~redrawn
    fresh[0] |= before is None
    return np.asarray(fresh)


def _echoes(changed: Mask, moved: Mask, went_back: Mask, counter: _Counter) -> Mask:
    """Which drawings show a value that was told before, beside another count: (n,) bool.

    tqdm's `set_postfix` and `set_description` draw the new value at the old count; the next count
    is then drawn with that value once more. A bar that begins anew shows what the one before it
    had. Source: `refresh`, `update` and `reset` in tqdm/std.py.
    """
    is_set = np.concatenate([[counter.is_set], changed & (~moved | went_back)])
    moves = np.concatenate([[0], np.cumsum(moved)])
    at = np.concatenate([[0], np.where(changed, np.arange(1, len(moved) + 1), 0)])
    at = np.maximum.accumulate(at)
    since = moves - moves[at]
    counter.is_set = bool(is_set[at[-1]] and since[-1] == 0)
    return np.asarray((moved & ~changed) & ((is_set[at] & (since == 1))[1:] | went_back))


def _differs(values: Floats, before: float) -> Mask:
    """Which of (n,) values is not the one before it; NaN is NaN."""
    joined = np.concatenate([[before], values])
    both_nan = np.isnan(joined[1:]) & np.isnan(joined[:-1])
    return np.asarray((joined[1:] != joined[:-1]) & ~both_nan)


def _filled(raw: Floats, last: float) -> Floats:
    """`raw` with NaN replaced by the value before it, `last` at the start."""
    missing = np.isnan(raw)
    if not missing.any():
        return raw
    known = np.concatenate([[0.0 if np.isnan(last) else last], raw])
    said = np.where(np.concatenate([[False], missing]), 0, np.arange(len(known)))
    return np.asarray(known[np.maximum.accumulate(said)][1:])


def _unroll(step: Floats, epoch: Floats, total: Floats, whole: Mask, counter: _Counter) -> Floats:
    """Make a counter that starts anew each epoch go on: (n,) steps of the whole run.

    A step that goes back while the epoch goes up is a new epoch, not a restart; so is a bar that
    begins anew when it had come to the same total. What is added is the epoch's total where the
    log tells it, else the last step that was seen. Where `whole`, the log did so itself.
    """
    before_step = np.concatenate([[counter.step], step])[:-1]
    before_epoch = np.concatenate([[counter.epoch], epoch])[:-1]
    before_total = np.concatenate([[counter.total], total])[:-1]
    counter.step, counter.epoch, counter.total = float(step[-1]), float(epoch[-1]), float(total[-1])
    back = step < before_step
    if not counter.shift and not back.any():
        return step
    again = np.isnan(epoch) & (total == before_total) & (before_step >= FULL * total)
    rolled = back & ((epoch > before_epoch) | again) & ~whole
    jump = np.where(np.isfinite(total), total, before_step + (step == 0))
    shift = counter.shift + np.cumsum(np.where(rolled, jump, 0.0))
    counter.shift = float(shift[-1])
    return np.asarray(np.where(whole, step, step + shift))
