"""One training as its log tells it: series by name, events, restarts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from logwatch.metrics.buffered_lines import Waited
from logwatch.metrics.counting import Counter, fill, find_fresh, supersedes, unroll
from logwatch.metrics.halving import MAX_SAMPLES, find_levels
from logwatch.metrics.roots import choose_names
from logwatch.metrics.series import Series, SeriesView
from logwatch.parsing.record import (
    MEAN,
    Coverage,
    Event,
    Extract,
    Floats,
    Ints,
    Mask,
    Progress,
    Samples,
)

AXES = ("sample", "epoch", "step")
"""What a series can be counted by, each better than the one before."""
MAX_SERIES = 4000
"""Metrics of one run; a log that names a figure after each of its files has no end of them."""
MAX_RESTARTS = 1000
"""Restarts kept of one series; where two logs are mixed each line seems to be one."""
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
    coverage: Coverage = field(default_factory=Coverage)

    def get(self, name: str) -> SeriesView | None:
        """The series of that name, None when the log has none or it is empty."""
        found = self.series.get(name)
        return found if found is not None and len(found) else None

    def events_of(self, *kinds: str) -> tuple[Event, ...]:
        """The events of these kinds, in the order of the log."""
        return tuple(event for event in self.events if event.kind in kinds)


class Run:
    """A run that grows: feed it extracts in the order of the log, take views of it."""

    def __init__(self) -> None:
        self._series: dict[str, Series] = {}
        self._counters: dict[str, Counter] = {}
        self._events: list[Event] = []
        self._event_counts: dict[str, int] = {}
        self._restarts: dict[str, list[Restart]] = {}
        self._dialects: set[str] = set()
        self._first: dict[str, int] = {}
        self._progress = Progress()
        self._lines = 0
        self._coverage = Coverage()
        self._waited = Waited()

    def append(self, extract: Extract) -> None:
        """Take in what one chunk said."""
        for samples in extract.samples:
            if samples.metric in self._series or len(self._series) < MAX_SERIES:
                self._append_samples(samples)
        self._bound()
        if self._waited.note(extract.samples):
            self._place_waited()
        for event in extract.events:
            seen = self._event_counts.get(event.kind, 0)
            self._event_counts[event.kind] = seen + 1
            if seen < MAX_EVENTS:
                self._events.append(event)
        self._dialects.update(extract.dialects)
        if extract.progress:
            self._progress = extract.progress
        self._lines = max(self._lines, extract.lines)
        self._coverage = extract.coverage or self._coverage

    @property
    def lines(self) -> int:
        """Lines (ended by `\\n`) seen so far."""
        return self._lines

    @property
    def newest_step(self) -> float | None:
        """The newest step, by a bar or by the samples; None where the log tells none."""
        if self._progress.step is not None:
            return self._progress.step
        ends = [s.last_step for s in self._series.values() if s.axis == "step" and s.count]
        return max(ends, default=None)

    def take(self, *, is_over: bool = True) -> RunView:
        """The run as it is now, with the samples since the last time: they are then forgotten.

        Until the log `is_over`, means that may yet turn out to be the loss are kept back.
        """
        taken = self.view()
        kept = (
            set()
            if is_over
            else {n for n, shown in self._shown().items() if n.removesuffix(MEAN) == shown != n}
        )
        for series in self._series.values():
            if series.name not in kept:
                series.forget()
        back = {self._shown()[name] for name in kept}
        return replace(taken, series={n: v for n, v in taken.series.items() if n not in back})

    def view(self, size: int = 0) -> RunView:
        """The run as it is now, `size` bytes of its log read."""
        names = sorted(self._series, key=lambda name: self._first[name])
        shown = self._shown()
        views = {shown[name]: self._series[name].view(shown[name]) for name in names}
        kept = {name: one for one, name in shown.items()}
        return RunView(
            views,
            tuple(self._events),
            tuple(self._restarts.get(kept.get(_primary(views), ""), ())),
            tuple(sorted(self._dialects)),
            self._progress,
            self._lines,
            size,
            self._coverage,
        )

    def _may_turn(self, name: str) -> bool:
        """Whether a mean has the plain name, which finer samples may yet take."""
        return name.endswith(MEAN) and self._shown()[name] == name.removesuffix(MEAN)

    def _shown(self) -> dict[str, str]:
        """The names under which series are shown, by their own."""
        return choose_names({name: series.count for name, series in self._series.items()})

    def _bound(self) -> None:
        """Halve the longest series where all together have more samples than a run keeps."""
        counts = np.array([series.unforgotten for series in self._series.values()], np.int64)
        if counts.sum() > MAX_SAMPLES:
            for series, level in zip(
                self._series.values(), find_levels(counts, MAX_SAMPLES), strict=True
            ):
                series.halve(int(level))

    def _append_samples(self, samples: Samples) -> None:
        counter = self._counters.setdefault(samples.metric, Counter())
        if not len(samples.value):
            return
        keep = find_fresh(samples, counter)
        value, raw, epoch = samples.value[keep], samples.step[keep], samples.epoch[keep]
        again = supersedes(samples, keep, counter)
        if not len(value):
            return
        raw = np.where(np.isinf(raw), np.nan, raw)  # a counter that the log garbled
        series = self._series.get(samples.metric)
        if series is None:
            series = Series(samples.metric, _axis(raw, epoch))
            self._series[samples.metric] = series
            self._first[samples.metric] = int(samples.offset[keep][0])
        elif AXES.index(series.axis) < AXES.index(_axis(raw, epoch)):
            series.count_by(_axis(raw, epoch))
        if again:
            series.drop_last()
        step = self._resolve(series, raw, epoch, samples, keep, counter)
        line, offset = samples.line[keep], samples.offset[keep]
        if series.axis == "step":
            before = np.full(min(series.count, 1), series.last_step)
            self._note_restarts(series.name, before, step, line, offset)
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
        counter: Counter,
    ) -> Floats:
        if series.axis == "sample":
            return np.arange(series.count, series.count + len(raw), dtype=np.float64)
        if series.axis == "epoch":
            step = fill(epoch, counter.epoch)
            counter.epoch = float(step[-1])
            return step
        step = fill(raw, counter.step)
        total = samples.total[keep] if samples.total is not None else np.full(len(raw), np.nan)
        whole = np.full(len(samples.value), samples.scope == "global")
        whole = (whole if samples.whole is None else samples.whole)[keep]
        return unroll(step, epoch, total, whole, counter)

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


def _primary(views: Mapping[str, SeriesView]) -> str:
    """The series that tells restarts: the training loss, or the first that counts steps."""
    counted = [name for name, view in views.items() if view.axis == "step" and len(view)]
    if "train/loss" in counted:
        return "train/loss"
    return min(counted, key=lambda name: (int(views[name].offset[0]), name), default="")


def _axis(step: Floats, epoch: Floats) -> str:
    if np.isfinite(step).any():
        return "step"
    return "epoch" if np.isfinite(epoch).any() else "sample"
