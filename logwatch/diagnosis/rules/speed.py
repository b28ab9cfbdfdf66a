"""Steps that take longer than they did."""

from collections.abc import Iterable

import numpy as np

from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.diagnosis.rules import subject, wording
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import decimate, longest_run, rolling_median

SPEEDS = ("tokens_per_s", "samples_per_s", "step_time_s", "steps_per_s")
"""What tells the speed, best first: a longer sequence makes a step longer, not a token."""

POINTS = 128
"""Points that the speed is cut down to, so that an evaluation or a checkpoint is one at most."""

WIDTH = 3
"""Points in a level: two that wait for a checkpoint do not move it."""

MIN_SAMPLES = 40
"""Samples to compare stretches of a tenth of the run, four samples each."""

SLOWER = 1.5
"""Times as long as the fast steps. A shared file system or network costs a tenth or two all day."""

LASTING = 0.1
"""Part of the run that a slow stretch must last. The first tenth does not count: a compiler and
cold caches slow it."""

FAST_PART = 0.1
"""The fast steps are the fastest tenth of the levels: one lucky stretch does not set the mark."""


@rule("slower-steps", paced=True)
def find_slower_steps(run: RunView, question: Question) -> Iterable[Finding]:
    """Steps take half as long again, or longer, for a good part of the run.

    Values: `times` (slow over fast), `share` (of the run that is slow), `fast`, `slow` (in the
    metric's own unit).
    """
    view = next((view for name in SPEEDS if (view := run.get(name))), None)
    if view is None or len(view) < MIN_SAMPLES:
        return
    view = subject.sketch(view)
    view = view.where(np.isfinite(view.value) & (view.value > 0))
    if len(view) >= MIN_SAMPLES:
        yield from _slow_stretch(view)


def _slow_stretch(view: SeriesView) -> Iterable[Finding]:
    curve = decimate(view, POINTS)
    level = rolling_median(curve.value, WIDTH)
    time = level if view.name == "step_time_s" else 1 / level
    fast = float(np.quantile(time, FAST_PART))
    slow = time > SLOWER * fast
    slow[: int(LASTING * len(slow))] = False
    start, end = longest_run(slow)
    if end - start < LASTING * len(slow):
        return
    typical = float(np.median(time[slow]))
    first, last = int(curve.index[start]), int(curve.index[min(end + WIDTH, len(curve)) - 1])
    yield _slower(view, (fast, typical), float(slow.mean()), (first, last), bool(slow[-1]))


def _slower(
    view: SeriesView, times: tuple[float, float], share: float, ends: tuple[int, int], now: bool
) -> Finding:
    fast, slow = times if view.name == "step_time_s" else (1 / times[0], 1 / times[1])
    times_as_long = times[1] / times[0]
    return Finding(
        "slower-steps",
        Severity.info,
        f"steps take {times_as_long:.2g} times as long in {wording.share(share)} of the run: "
        f"{view.name} {fast:.3g} -> {slow:.3g}",
        f"The longest such stretch is {wording.between(view, *ends)}"
        f"{', and it lasts' if now else ''}. Longer sequences or larger batches by design would "
        "explain it.",
        "Compare what else ran on the nodes, and how long loading took, inside and outside it.",
        view.name,
        wording.steps(view, *ends),
        {"times": times_as_long, "share": share, "fast": fast, "slow": slow},
        wording.evidence(view, *ends),
        active=now,
    )
