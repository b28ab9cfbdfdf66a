"""Steps that take longer than they did."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from logwatch.diagnosis.analysis import rates, slowing, subject, wording
from logwatch.diagnosis.analysis.restarts import is_from_scratch, real_restarts
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import decimate, longest_run

POINTS = 128
"""Points that the speed is cut down to, so that an evaluation or a checkpoint is one at most."""

WIDTH = 3
"""Points in a level: two that wait for a checkpoint do not move it."""

MIN_SAMPLES = 20
"""Samples of which a tenth, the fastest, is a level and its neighbours."""

SLOWER = 1.5
"""Times as long as the fast steps. A shared file system or network costs a tenth or two all day."""

LASTING, LEAST = 0.05, 4
"""Part of the run that a slow stretch must last, and levels in a row at least."""

SETTLED = 0.1
"""The first tenth does not count: a compiler and cold caches slow it."""

COARSE_S = 10.0
"""Seconds of a stretch whose speed is told by the times of its lines: to the second, as most logs
have them, ten are known to a tenth."""

FAST_PART = 0.1
"""The fast steps are the fastest tenth of the levels: one lucky stretch does not set the mark."""


@rule("slower-steps", paced=True, times=SLOWER, lasting=LASTING, shift=slowing.LEAST)
def find_slower_steps(run: RunView, question: Question) -> Iterable[Finding]:
    """Steps take half as long again for a good part of the run, or 15 % longer for good.

    The 15 % are one change of level that the run's own variation does not explain.
    Told by the rate that the log prints, else by the times of its lines. What began from scratch in
    the same log is a run of its own, on other nodes perhaps, and is judged alone.
    Values: `times` (slow over fast), `share` (of the run that is slow), `fast`, `slow` (in the
    metric's own unit; seconds a step where the lines' times tell it).
    """
    printed = rates.find_speed(run)
    view = subject.sketch(printed) if printed is not None else _timed(run)
    if view is None:
        return
    view = view.where(np.isfinite(view.value) & (view.value > 0))
    begun = [restart.offset for restart in real_restarts(run) if is_from_scratch(restart)]
    view = view.tail(int(np.searchsorted(view.offset, begun[-1]))) if begun else view
    if len(view) < MIN_SAMPLES:
        return
    times, lasting, least = (
        question.limit("slower-steps", name) for name in ("times", "lasting", "shift")
    )
    found = list(_slow_stretch(view, times, lasting)) or list(_shift(view, least))
    yield from map(_by_lines, found) if printed is None else found


def _by_lines(found: Finding) -> Finding:
    words = "Told by the times of the lines, pauses among them. "
    return replace(found, metric="train/loss", detail=words + found.detail)


def _shift(view: SeriesView, least: float) -> Iterable[Finding]:
    """A change for good to slower steps."""
    curve = decimate(view, POINTS)
    time = slowing.levels(curve, WIDTH, rates.is_time(view.name))
    shift = slowing.find_shift(time, least)
    if shift is not None:
        first, last = slowing.first_sample(curve, shift, WIDTH), len(view) - 1
        share = (len(view) - first) / len(view)
        yield _slower(view, (shift.before, shift.after), share, (first, last), True)


def _timed(run: RunView) -> SeriesView | None:
    """Seconds a step between lines of the train loss, some `COARSE_S` apart at least."""
    view = run.get("train/loss")
    if view is None or view.axis != "step" or not np.isfinite(view.time[[0, -1]]).all():
        return None
    blocks = int(min(POINTS, len(view) - 1, float(view.time[-1] - view.time[0]) / COARSE_S))
    if blocks < MIN_SAMPLES:
        return None
    at = view.where(np.linspace(0, len(view) - 1, blocks + 1).astype(np.int64))
    steps, seconds = np.diff(at.step), np.diff(at.time)
    each = np.where(steps > 0, seconds / np.where(steps > 0, steps, 1), np.nan)
    return replace(at.tail(1), name="step_time_s", value=each)


def _slow_stretch(view: SeriesView, least: float, lasting: float) -> Iterable[Finding]:
    curve = decimate(view, POINTS)
    time = slowing.levels(curve, WIDTH, rates.is_time(view.name))
    fast = float(np.quantile(time, FAST_PART))
    slow = time > least * fast
    slow[: int(SETTLED * len(slow))] = False
    start, end = longest_run(slow)
    if end - start < max(lasting * len(slow), LEAST):
        return
    typical = float(np.median(time[slow]))
    first, last = int(curve.index[start]), int(curve.index[min(end + WIDTH, len(curve)) - 1])
    yield _slower(view, (fast, typical), float(slow.mean()), (first, last), bool(slow[-1]))


def _slower(
    view: SeriesView, times: tuple[float, float], share: float, ends: tuple[int, int], now: bool
) -> Finding:
    fast, slow = times if rates.is_time(view.name) else (1 / times[0], 1 / times[1])
    longer = times[1] / times[0]
    words = f"{wording.share(longer - 1)} longer"
    if longer >= SLOWER:
        words = f"{longer:.2g} times as long"
    return Finding(
        rule="slower-steps",
        severity=Severity.info,
        title=(
            f"steps take {words} in {wording.share(share)} of the run: "
            f"{view.name} {fast:.3g} -> {slow:.3g}"
        ),
        detail=(
            "The longest such stretch is"
            f" {wording.between(view, *ends)}{', and it lasts' if now else ''}. Longer sequences or"
            " larger batches by design would explain it."
        ),
        remedy=(
            "Compare what else ran on the nodes, and how long loading took, inside and outside it."
        ),
        metric=view.name,
        steps=wording.steps(view, *ends),
        values={"times": longer, "share": share, "fast": fast, "slow": slow},
        evidence=wording.evidence(view, *ends),
        active=now,
    )
