"""Places and evidence as text, with the numbers of `logwatch.wording`."""

from logwatch.diagnosis.finding import Evidence
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import PROBE_BASE
from logwatch.wording import count as counted
from logwatch.wording import digits, figure, percent, rough_duration, share

__all__ = ["at", "between", "counted", "digits", "evidence", "figure", "percent",
           "rough_duration", "share", "steps"]  # fmt: skip


def at(view: SeriesView, index: int) -> str:
    """Where a sample lies: `step 748`, `epoch 5`."""
    return f"{view.axis} {figure(float(view.step[index]))}"


def between(view: SeriesView, first: int, last: int) -> str:
    """A stretch of samples: `steps 0-2999`, `step 5` where it does not move."""
    ends = figure(float(view.step[first])), figure(float(view.step[last]))
    return at(view, last) if ends[0] == ends[1] else f"{view.axis}s {ends[0]}-{ends[1]}"


def steps(view: SeriesView, first: int = 0, last: int = -1) -> tuple[float, float]:
    """The steps of two samples, as a finding holds them."""
    return float(view.step[first]), float(view.step[last])


def evidence(view: SeriesView, *indices: int) -> tuple[Evidence, ...]:
    """The lines of these samples, each line once, in the order of the log.

    What a probe told is quoted as that one figure: its line holds all of a step.
    """
    places = {(int(view.line[i]), int(view.offset[i])): i for i in indices}
    return tuple(
        Evidence(line, offset, _quote(view, i) if offset >= PROBE_BASE else "")
        for (line, offset), i in sorted(places.items())
    )


def _quote(view: SeriesView, index: int) -> str:
    return f"{at(view, index)}: {view.name} = {float(view.value[index])!r}"
