"""Losses that learned and stopped, or that swing to and fro."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import decimate, theil_sen

MIN_SAMPLES = 24
"""Samples of which the last quarter is a trend of six points."""

PARTS = (0.25, 0.5)
"""Parts of the run, at its end, one of which must have stood still: a longer one tells it of a loss
that scatters more."""

STILL, SURELY_STILL = 0.005, 0.015
"""A fall over it of less than the first, relative to the level, and surely of less than the second,
by the 95 % interval of its trend. Language models fall by 1 to 3 % in any quarter of a run."""

MAY_RISE = 0.03
"""A rise beyond it is for `loss-rising` to tell."""

HIGH_RATE = 0.5
"""A learning rate at this part of its peak or more has not been lowered: the plateau may be its."""

SWINGS = ((24, 0.85), (12, 1.0))
"""Newest samples and the part of them that are turning points: of white noise two thirds are, of 24
samples over 0.85 of them once in some hundred times, of 12 all of them as rarely.
Source: Bienaymé 1874; Kendall & Stuart, The Advanced Theory of Statistics 3, 45.18."""

SWING = 0.1
"""Median step from one sample to the next over the level. AutoTrainer calls 0.03 to 0.05 of an
accuracy oscillation; losses of small batches scatter by more.
Source: shiningrain/AUTOTRAINER, utils/monitor.py."""

SWING_MEMORY = -0.5
"""Correlation of neighbouring samples: of noise 0, of a swing to and fro -1."""


@rule("plateau", paced=True, fall=STILL, surely=SURELY_STILL, samples=MIN_SAMPLES)
def find_plateau(run: RunView, question: Question) -> Iterable[Finding]:
    """The loss learned and has stood still for the last quarter of the run, or for its last half.

    A remark: a curve alone does not tell one that has converged from one that is stuck.
    Values: `level`, `change`, `change_low`, `change_high` (over that part, fractions of the
    level, 95 % interval), `rate_share` (lr over its peak, NaN where it is not logged).
    """
    view = subject.train_loss(run)
    if view is None:
        return
    view = view.finite()
    if len(view) < question.limit("plateau", "samples"):
        return
    fall, surely = (question.limit("plateau", name) for name in ("fall", "surely"))
    for part in PARTS:
        start = int((1 - part) * len(view))
        curve = decimate(view.tail(start)).value
        level = float(np.median(curve))
        change, low, high = (end / (abs(level) or 1.0) for end in theil_sen(curve).over_span())
        still = abs(change) <= fall and low >= -surely and high <= MAY_RISE
        if still and subject.falls(view.where(slice(start))):
            share = _rate_share(run, view)
            yield _plateau(view, start, level, (change, low, high), share, (part, surely))
            return


def _rate_share(run: RunView, view: SeriesView) -> float:
    """The lr in force at the end over the highest one, NaN where it is not logged or 0."""
    rate = run.get("lr")
    if rate is None:
        return math.nan
    peak = float(np.nanmax(rate.value, initial=0.0))
    return subject.value_at(rate, int(view.offset[-1])) / peak if peak > 0 else math.nan


def _plateau(
    view: SeriesView,
    start: int,
    level: float,
    changes: tuple[float, float, float],
    share: float,
    asked: tuple[float, float],
) -> Finding:
    (change, low, high), (part, surely) = changes, asked
    rate = ""
    if share >= HIGH_RATE:
        rate = f" lr is still at {wording.share(share)} of its peak, so it has not converged to it."
    elif share >= 0:
        rate = f" lr is at {wording.share(share)} of its peak: the schedule has come down."
    return Finding(
        rule="plateau",
        severity=Severity.info,
        title=f"{view.name} has stood still at {wording.figure(float(f'{level:.4g}'))} in "
        f"{wording.between(view, start, -1)} ({wording.percent(change)})",
        detail=f"The trend of the last {wording.share(part)} of the run is "
        f"{wording.percent(low)} to "
        f"{wording.percent(high)} (95 %, Theil-Sen); it fell before.{rate} A fall of "
        f"{wording.share(surely)} in as many steps would refute it.",
        remedy="Lower the learning rate, or stop: it may have converged.",
        metric=view.name,
        steps=wording.steps(view, start, -1),
        values={"level": level, "change": change, "change_low": low, "change_high": high,
         "rate_share": share},
        evidence=wording.evidence(view, start, -1),
    )  # fmt: skip


@rule("oscillating-loss", paced=True, swing=SWING, memory=SWING_MEMORY)
def find_oscillation(run: RunView, question: Question) -> Iterable[Finding]:
    """The loss swings to and fro from log to log, about a level that does not fall.

    Values: `swing` (median step over the level), `turns` (part of turning points), `memory`
    (correlation of neighbours), `level`.
    """
    view = subject.train_loss(run)
    if view is None or len(view) < 2 * SWINGS[-1][0]:
        return
    for count, least in SWINGS:
        found = list(_swing(view.tail(-count), least, question))
        if found:
            yield from found
            return


def _swing(view: SeriesView, least: float, question: Question) -> Iterator[Finding]:
    value = view.value
    if not np.isfinite(value).all():
        return
    level = float(np.median(value))
    steps = np.diff(value)
    swing = float(np.median(np.abs(steps))) / (abs(level) or 1.0)
    turns = float(np.mean(steps[1:] * steps[:-1] < 0))
    rest = value - value.mean()
    memory = float(rest[1:] @ rest[:-1] / (rest @ rest)) if rest.any() else 0.0
    few, most = (question.limit("oscillating-loss", name) for name in ("swing", "memory"))
    if swing < few or turns < least or memory > most or theil_sen(value).high < 0:
        return
    yield Finding(
        rule="oscillating-loss",
        severity=Severity.info,
        title=(
            f"{view.name} swings to and fro by {wording.share(swing)} of "
            f"{wording.figure(float(f'{level:.4g}'))} in {wording.between(view, 0, -1)}"
        ),
        detail=(
            f"{wording.share(turns)} of the last {len(view)} samples are turning points, where "
            f"noise has 67 %, and neighbours correlate by {memory:.2f}. Three in a row on one way "
            "would refute it."
        ),
        remedy="Lower the learning rate, or look for two kinds of batches that take turns.",
        metric=view.name,
        steps=wording.steps(view),
        values={"swing": swing, "turns": turns, "memory": memory, "level": level},
        evidence=wording.evidence(view, 0, 1, -1),
    )
