"""What a chart shows: a metric of one run and its partners, or one of several runs. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from logwatch.diagnosis.finding import Finding
from logwatch.metrics.run import RunView
from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.plotting.curves import Trace
from logwatch.tui.plotting.plot import Level
from logwatch.tui.plotting.scales import share_scale
from logwatch.tui.text.facts import show_last

PHASES = ("train", "eval", "test")
"""One name in several phases is one quantity: they are drawn over each other."""

LEVELS = {"reconvergence": "level before"}
"""What the value `target` of a rule's findings is; of any other rule it is a target."""

CURVE_COLOURS = 8
"""Runs in one chart that have a colour of their own."""

BASELINE_OWNER = 4
"""Colour of the run to compare with, in the chart of one run."""


@dataclass(frozen=True)
class Scene:
    """What a chart shows. `band` is a range of steps that a finding is about."""

    title: str = ""
    traces: tuple[Trace, ...] = ()
    levels: tuple[Level, ...] = ()
    band: tuple[float, float] | None = None
    restarts: tuple[float, ...] = ()
    note: str = ""


def find_partners(run: RunView, metric: str) -> list[str]:
    """The metric, and the same quantity in the other phases, as far as x is of the same kind."""
    phase, slash, name = metric.partition("/")
    if not slash or phase not in PHASES:
        return [metric]
    others = [f"{other}/{name}" for other in PHASES if other != phase]
    main = run.get(metric)
    return [metric] + [
        other
        for other in others
        if (view := run.get(other)) is not None and main is not None and view.axis == main.axis
    ]


def build_scene(
    snapshot: Snapshot,
    metric: str,
    *,
    targets: Mapping[str, float],
    baseline: RunView | None = None,
    chosen: Finding | None = None,
) -> Scene:
    """The chart of one metric of one run."""
    run = snapshot.update.run
    main = run.get(metric)
    if main is None:
        return Scene()
    partners = find_partners(run, metric)
    thin = {} if snapshot.is_preview else snapshot.thin
    every = {name: Trace(run.series[name], "", 0, thin.get(name), name) for name in partners}
    names = [name for name in partners if share_scale(every[metric], every[name])]
    traces = [
        replace(every[name], label=_short(name, names), owner=at) for at, name in enumerate(names)
    ]
    traces += _trace_unread(snapshot, metric)
    if baseline is not None and (base := baseline.get(metric)) is not None:
        traces.append(Trace(base, "baseline", BASELINE_OWNER, name="baseline"))
    band = None
    if chosen is not None and chosen.steps is not None and chosen.metric in (*names, None):
        low, high = chosen.steps
        band = (low, high) if math.isfinite(low) and math.isfinite(high) else None
    return Scene(
        metric,
        tuple(traces),
        _find_levels(snapshot, names, targets),
        band,
        tuple(restart.to_step for restart in run.restarts),
        ", ".join(_tell_notes(snapshot, metric, [one for one in partners if one not in names])),
    )


def _trace_unread(snapshot: Snapshot, metric: str) -> Iterator[Trace]:
    """What a preview knows of the run before its end: what was read, and samples of the rest."""
    if snapshot.head is not None and (start := snapshot.head.get(metric)) is not None:
        yield Trace(start, "", thin=snapshot.thin.get(metric))
    if (middle := snapshot.sampled.get(metric)) is not None:
        yield Trace(middle, "", is_sampled=True)


def _tell_notes(snapshot: Snapshot, metric: str, left_out: Sequence[str]) -> Iterator[str]:
    if left_out:
        told = (f"{name} {show_last(snapshot.update.run, name)}" for name in left_out)
        yield f"not on this scale: {', '.join(told)}"
    if metric in snapshot.sampled:
        yield "faint: only sampled yet"


def _short(name: str, names: Sequence[str]) -> str:
    """What tells the names apart: the phase where it is all that differs."""
    return name.partition("/")[0] if len(names) > 1 else name


def _find_levels(
    snapshot: Snapshot, names: Sequence[str], targets: Mapping[str, float]
) -> tuple[Level, ...]:
    levels: dict[float, Level] = {}
    for finding in snapshot.update.findings:
        value = finding.values.get("target", math.nan)
        if finding.metric in names and math.isfinite(value):
            levels[value] = Level(value, f"{LEVELS.get(finding.rule, 'target')} {value:g}")
    for name in names:
        if name in targets:
            levels[targets[name]] = Level(targets[name], f"target {targets[name]:g}")
    return tuple(levels.values())
