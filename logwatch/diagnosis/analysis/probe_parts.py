"""What a probe tells of a model's parts (optimizer groups and top modules) and of its tensors."""

import numpy as np

from logwatch.diagnosis.finding import Evidence
from logwatch.metrics.probed import DIALECT
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import PROBE_BASE, Event

WHOLE = ("max", "median")
"""`param_delta/max` and `/median` are of all tensors, not of a part of that name."""


def is_probed(run: RunView) -> bool:
    """Whether a probe told any of it: a log may print rates of groups of its own."""
    return DIALECT in run.dialects or any(e.kind.startswith("probe_") for e in run.events)


def parts_of(run: RunView, kind: str) -> dict[str, SeriesView]:
    """The series of each part, by its name: `grad_norm/head` is that of `head`."""
    found = {}
    for name, view in run.series.items():
        start, _, part = name.removeprefix("probe/").partition("/")
        if start == kind and part and part.partition("/")[0] not in WHOLE and len(view):
            found[part] = view
    return found


def own_series(run: RunView, name: str) -> SeriesView | None:
    """The probe's own series of a metric, also where the log has one of that name."""
    return run.get(f"probe/{name.removeprefix('train/')}") or run.get(name)


def name_worst(run: RunView, metric: str) -> str:
    """The tensor, or the tensors, that the probe named last for a metric; empty without one."""
    for event in reversed(run.events):
        if event.kind == "probe_worst" and metric in event.fields:
            return str(event.fields[metric])
    return ""


def name_worst_at(run: RunView, metric: str, step: float) -> str:
    """The tensors that the probe named for a metric at a step, which is said when they change."""
    found = ""
    for event in run.events_of("probe_worst"):
        if metric in event.fields and (not found or (event.step or 0.0) <= step):
            found = str(event.fields[metric])
    return found


def quote_event(event: Event) -> Evidence:
    """An event of a probe as evidence: what it says, not its line, which counts its own steps."""
    return Evidence(event.line, event.offset, event.title if event.offset >= PROBE_BASE else "")


def newest(view: SeriesView, count: int) -> np.ndarray:
    """The newest (count,) values, fewer where there are not so many."""
    return np.asarray(view.value[-count:])


def list_names(names: list[str], most: int = 4) -> str:
    """Names as in a sentence: `a, b and c`, `a, b, c and 5 more`."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
