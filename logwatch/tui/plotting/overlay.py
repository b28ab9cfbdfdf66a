"""One metric of several runs in one chart. Pure."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.plotting.curves import Trace, place_x, value_at
from logwatch.tui.plotting.scenes import CURVE_COLOURS, Scene
from logwatch.tui.text.facts import MAIN_METRICS, order_metrics


@dataclass(frozen=True, slots=True)
class Overlaid:
    """One of the runs in a chart: its number gives the colour, its letter the label."""

    number: int
    letter: str
    snapshot: Snapshot

    def series(self, metric: str) -> SeriesView | None:
        """The run's samples of a metric, None without any."""
        return self.snapshot.update.run.get(metric)


def shared_metrics(runs: Sequence[RunView]) -> list[str]:
    """Metrics of the runs: a loss that half of those with a main metric have comes first.

    After it those that most runs have, then as `order_metrics` does.
    """
    count: Counter[str] = Counter()
    for run in runs:
        count.update(order_metrics(run))
    most = max((count[name] for name in MAIN_METRICS), default=0)
    main = next((name for name in MAIN_METRICS if count[name] and 2 * count[name] >= most), "")
    return sorted(count, key=lambda name: (name != main, -count[name], name not in MAIN_METRICS))


def build_overlay(
    runs: Sequence[Overlaid], metric: str, axis: str, baseline: Overlaid | None, total: int
) -> Scene:
    """One metric of these runs, of `total` runs in all; labels tell the distance to a baseline.

    Along steps the runs that count otherwise than most are not drawn; the note says how many are.
    """
    found = [(run, view) for run in runs if (view := run.series(metric)) is not None]
    base = None if baseline is None else baseline.series(metric)
    kinds = Counter(view.axis for _, view in found)
    kind = base.axis if base is not None else max(kinds, key=lambda one: kinds[one], default="")
    traces = []
    apart: Counter[str] = Counter()
    for run, series in found:
        if axis == "step" and series.axis != kind:
            apart[series.axis] += 1
            continue
        told = run.letter + ("" if run == baseline else tell_distance(series, base, axis))
        thin = run.snapshot.thin.get(metric)
        traces.append(Trace(series, told, run.number % CURVE_COLOURS, thin))
    notes = list(_tell_absent(len(traces), total, len(runs) - len(found), apart))
    if baseline is not None and base is not None:
        notes.append(f"% from {baseline.letter} at equal {axis}")
    return Scene(metric, tuple(traces), note=", ".join(notes))


def _tell_absent(drawn: int, total: int, without: int, apart: Counter[str]) -> Iterator[str]:
    if drawn < total:
        yield f"{drawn} of {total} runs drawn"
    for kind, count in apart.items():
        yield f"{count} count{'s' if count == 1 else ''} {kind}s"
    if without:
        yield f"{without} without it"


def tell_distance(series: SeriesView, base: SeriesView | None, axis: str) -> str:
    """How far a run's newest value is from another's at the same x: ` +4.4 %`, or nothing."""
    if base is None or not math.isfinite(series.last):
        return ""
    if axis == "step" and series.axis != base.axis:
        return ""
    x = float(place_x(series, axis, np.s_[-1:])[0])
    other = value_at(base, axis, x)
    if not math.isfinite(other) or other == 0:
        return ""
    return f" {100 * (series.last - other) / abs(other):+.1f} %"
