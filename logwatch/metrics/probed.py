"""What a probe told of a run, beside what its log tells: places and names apart, steps together.

The recording of a probe is a log of its own, read by its own dialect. Its samples keep a place in
the recording (from PROBE_BASE on), and the line of the log that was the newest when they came.
"""

from dataclasses import replace

import numpy as np

from logwatch.metrics.alignment import Alignment, Scale
from logwatch.metrics.run import Run, RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.record import PROBE_BASE, Event, Extract, Samples

DIALECT = "logwatch-probe"
"""The dialect of recordings; the lines of a recording are offered to no other."""


class Probed:
    """The run as a probe sees it, growing line by line."""

    def __init__(self, library: Library) -> None:
        own = [dialect for dialect in library.dialects if dialect.name == DIALECT]
        self._extractor = Extractor(Library(own))
        self._run = Run()
        self._alignment = Alignment()
        self._origin: int | None = None
        self._count = np.nan
        self._gap = 0.0

    def feed(self, data: bytes, offset: int, line: int) -> None:
        """Take in the next bytes, which lie at `offset` of the recording.

        `line` is the newest line of the log; the bytes may end anywhere.
        """
        if self._origin is None:
            self._origin = offset
        extract = self._extractor.feed(data)
        place = PROBE_BASE + self._origin
        samples = tuple(_move(one, place, line) for one in extract.samples)
        events = tuple(
            replace(event, line=line, offset=event.offset + place) for event in extract.events
        )
        self._run.append(Extract(samples, events, extract.dialects))
        self._follow_count(samples, events)

    def _follow_count(self, samples: tuple[Samples, ...], events: tuple[Event, ...]) -> None:
        for event in events:
            if event.kind == "probe_counted":
                self._alignment.counted_by_optimizer = event.fields.get("by") == "optimizer"
        newest = max((float(one.step[-1]) for one in samples if len(one.step)), default=np.nan)
        if newest > self._count:
            self._gap = newest - self._count
        if np.isfinite(newest):
            self._count = newest

    def note_step(self, step: float | None) -> None:
        """The newest step of the log at this moment, None where it tells none."""
        if step is not None and np.isfinite(self._count):
            self._alignment.note(self._count, step, self._gap)

    def join(self, log: RunView) -> RunView:
        """The log's run with the probe's series in the log's steps.

        Where both tell a metric, the log's keeps the name and the probe's goes by `probe/...`.
        """
        run = self._run.view()
        scale = self._alignment.scale
        taken = {name for name, view in log.series.items() if view.count}
        series = {**log.series}
        for name, view in run.series.items():
            own = own_name(name) if name in taken else name
            series[own] = _scaled(view, own, scale)
        progress = log.progress
        if progress.step is None and not taken:
            progress = replace(progress, step=_scaled_step(run.progress.step, scale))
        return replace(
            log,
            series=series,
            events=(*log.events, *(_scaled_event(event, scale) for event in run.events)),
            dialects=(*log.dialects, *run.dialects),
            progress=progress,
        )


def own_name(name: str) -> str:
    """What the probe's own figure is called where the log has one of that name: `probe/loss`."""
    return f"probe/{name.removeprefix('train/')}"


def _move(samples: Samples, place: int, line: int) -> Samples:
    lines = np.full(len(samples.line), line, np.int64)
    return replace(samples, line=lines, offset=samples.offset + place)


def _scaled(view: SeriesView, name: str, scale: Scale) -> SeriesView:
    if scale == Scale() or view.axis != "step":
        return view if view.name == name else replace(view, name=name)
    return replace(view, name=name, step=scale.shift + scale.ratio * view.step)


def _scaled_event(event: Event, scale: Scale) -> Event:
    if scale == Scale() or event.step is None:
        return event
    return replace(event, step=_scaled_step(event.step, scale))


def _scaled_step(step: float | None, scale: Scale) -> float | None:
    return None if step is None else scale.shift + scale.ratio * step
