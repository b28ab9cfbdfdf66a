"""Losses that rise."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.analysis.climbs import (
    JUST_NOW,
    MIN_SAMPLES,
    RISE,
    RISE_ERRORS,
    Climb,
    find_climb,
    find_jump,
    find_noisy_climb,
    rising_with,
)
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import theil_sen

FEW = 5
"""Samples in a row that may be worth a remark: in order by chance once in 120 times."""

FEW_BEFORE, JUMP = 4, 2.0
"""Samples before a jump, and times the last of them that all since are above, for a remark: nine
samples fall into such an order by chance once in 126 times, and then rarely so far apart."""

PASSED_BACK = 0.1
"""A rise that is over is worth a line when it took back this part of what was learned."""

LOST = 1.5
"""A level this many times the best, and above the first: all that was learned is lost."""


EVALS = 8
"""Evaluations none of which is below the first: by chance in one of eight orders, and with a trend
that is surely upward in far fewer."""


@rule("loss-rising", paced=True, rise=RISE, errors=RISE_ERRORS)
def find_loss_rising(run: RunView, question: Question) -> Iterable[Finding]:
    """The loss stands clearly above its best level, and not because its weights or lr were raised.

    A rise that is over is told as such, unless the loss then became NaN.
    Values: `best`, `top`, `first` (levels), `rise` (fraction of the best), `best_step`.
    """
    judged = subject.train_loss(run) or subject.eval_loss(run)
    if judged is None or subject.plays_a_game(run):
        return
    view = judged.finite()
    if len(view) < MIN_SAMPLES:
        few = [*_few_that_rise(view), *_few_that_jumped(view)]
        found = [*few, *_only_rises(run), *_rose_before(run, question)]
        yield from found[:1]
        return
    climb = _climb(view, question)
    if climb is None or _raised_weights(run, view, climb) or _restarted_rate(run, view, climb):
        return
    died = not math.isfinite(judged.last)
    learned = climb.first - climb.best
    if climb.over and not died and climb.top - climb.best < PASSED_BACK * learned:
        return
    yield _passed(run, view, climb, died) if climb.over else _rising(run, view, climb)


def _climb(view: SeriesView, question: Question) -> Climb | None:
    rise, errors = (question.limit("loss-rising", name) for name in ("rise", "errors"))
    climb = find_climb(view, rise, errors)
    if climb is not None and not climb.over:
        return climb
    return find_noisy_climb(view, rise) or climb or find_jump(view)


def _rose_before(run: RunView, question: Question) -> Iterator[Finding]:
    """A remark on the attempt before one that has only just begun."""
    before = subject.earlier_loss(run)
    climb = _climb(before.finite(), question) if before is not None else None
    if before is None or climb is None or climb.over:
        return
    found = _rising(run, before.finite(), climb)
    title = f"in the attempt before this one {found.title}"
    yield replace(found, severity=Severity.info, title=title, remedy="", active=False)


def _only_rises(run: RunView) -> Iterator[Finding]:
    """A remark where no evaluation was below the first one, and they surely rise."""
    held = subject.eval_loss(run)
    view = held.finite() if held is not None else None
    if view is None or len(view) < EVALS or view.value[0] > view.value.min():
        return
    trend = theil_sen(view.value)
    if not trend.low > 0:
        return
    first, last = float(view.value[0]), float(view.value[-1])
    yield Finding(
        rule="loss-rising",
        severity=Severity.info,
        title=f"{view.name} has only risen since the first evaluation: {wording.figure(first)} -> "
        f"{wording.figure(last)} ({wording.percent(last / first - 1 if first else np.nan)})",
        detail=f"None of {len(view)} evaluations is below the first, and their trend is upward "
        "(95 %, "
        "Theil-Sen). One below it would refute it.",
        remedy="Compare what is evaluated before the first step: the steps since have not helped.",
        metric=view.name,
        steps=wording.steps(view),
        values={"best": first, "top": float(view.value.max()), "first": first,
         "rise": last / first - 1 if first else np.nan, "best_step": float(view.step[0])},
        evidence=wording.evidence(view, 0, -1),
    )  # fmt: skip


def _few_that_rise(view: SeriesView) -> Iterator[Finding]:
    """A remark where each of a handful of samples is higher than the one before."""
    if len(view) < FEW:
        return
    first, last = float(view.value[0]), float(view.value[-1])
    if not (np.diff(view.value) > 0).all() or last - first < RISE * abs(first):
        return
    yield Finding(
        rule="loss-rising",
        severity=Severity.info,
        title=f"each of the {len(view)} samples of {view.name} is higher than the one before: "
        f"{wording.figure(first)} -> {wording.figure(last)}",
        detail="Too few to be sure; a lower one would refute it.",
        remedy="Look again after some more steps; a warmup may pass through this.",
        metric=view.name,
        steps=wording.steps(view),
        values={
            "best": first, "top": last, "first": first,
            "rise": last / first - 1 if first else np.nan,
         "best_step": float(view.step[0])},
        evidence=wording.evidence(view, 0, -1),
    )  # fmt: skip


def _few_that_jumped(view: SeriesView) -> Iterator[Finding]:
    """A remark where the last of a handful of samples all lie far above all before them."""
    value = view.value
    for start in range(FEW_BEFORE, len(value) - FEW + 1):
        before, since = value[:start], value[start:]
        top, level = float(before.max()), float(np.median(since))
        if top > 0 and since.min() > max(JUMP * float(before[-1]), top):
            last = float(before[-1])
            yield Finding(
                rule="loss-spike",
                severity=Severity.info,
                title=(
                    f"{view.name} jumped at {wording.at(view, start)} and has not come back: "
                    f"{wording.figure(last)} -> {wording.figure(level)} "
                    f"({wording.percent(level / last - 1)})"
                ),
                detail=(
                    f"All {len(since)} samples since lie above all {start} before. A lower one"
                    " would disprove it."
                ),
                remedy="Look at what changed at that step; go back to a checkpoint from before it.",
                metric=view.name,
                steps=wording.steps(view, start, -1),
                values={
                    "spikes": 1.0,
                    "level": last,
                    "peak": float(since.max()),
                    "times": float(since.max()) / last,
                    "back_after": math.inf,
                },
                evidence=wording.evidence(view, start - 1, start, -1),
            )
            return


def _rising(run: RunView, view: SeriesView, climb: Climb) -> Finding:
    fell = climb.first - climb.best > climb.limit
    lost = climb.top > climb.first + climb.limit and climb.top > LOST * climb.best > 0
    since = wording.at(view, climb.best_index)
    title = (
        f"{view.name} rises: {wording.figure(climb.best)} -> {wording.figure(climb.top)} "
        f"({wording.percent(climb.rise)}) since {since}"
    )
    return Finding(
        rule="loss-rising",
        severity=Severity.error if lost else Severity.warning,
        title=title,
        detail="".join(_reasons(run, view, climb, fell)),
        remedy="Stop the run and go back to a checkpoint from before "
        f"{since}, with a lower learning rate." if fell else
        "Stop the run: lower the learning rate or the weight of the part that rises, then restart.",
        metric=view.name,
        steps=wording.steps(view, climb.best_index, climb.top_index),
        values=_values(view, climb),
        evidence=wording.evidence(view, climb.best_index, climb.top_index),
    )  # fmt: skip


def _reasons(run: RunView, view: SeriesView, climb: Climb, fell: bool) -> Iterator[str]:
    yield (
        f"Levels are medians; the {'highest' if climb.over else 'last'} one is "
        f"{climb.top - climb.best:.3g} above the best, where {climb.limit:.3g} would be noise."
    )
    if not fell and not climb.over:
        yield " It has not fallen at any time."
    for name, first, last in rising_with(run, view, climb.best_index):
        yield f" {name} rose with it, {wording.figure(first)} -> {wording.figure(last)}."
    yield f" A level back under {wording.figure(climb.best + climb.limit)} would refute it."


def _raised_weights(run: RunView, view: SeriesView, climb: Climb) -> bool:
    """Whether weights that were raised since the best level explain the rise."""
    factor = 1.0
    for weight in subject.weights(run).values():
        then, now = (subject.value_at(weight, int(view.offset[i]))
                     for i in (climb.best_index, climb.top_index))  # fmt: skip
        if now > then:
            factor = max(factor, now / then if then > 0 else math.inf)
    return factor > 1.0 and (climb.best <= 0 or climb.top <= factor * climb.best)


def _restarted_rate(run: RunView, view: SeriesView, climb: Climb) -> bool:
    """Whether the lr went back up to where the run had been well: a schedule with restarts."""
    rate = run.get("lr")
    if rate is None:
        return False
    then, now = (subject.value_at(rate, int(view.offset[i]))
                 for i in (climb.best_index, climb.top_index))  # fmt: skip
    before = rate.value[rate.offset <= view.offset[climb.best_index]]
    return bool(now > 2 * then > 0 and len(before) and now <= float(np.nanmax(before)))


def _passed(run: RunView, view: SeriesView, climb: Climb, died: bool) -> Finding:
    """A rise that is over: how high, and where it ended."""
    best, top = wording.figure(climb.best), wording.figure(climb.top)
    ending = (
        "before it became NaN" if died else f"and was over by {wording.at(view, climb.end_index)}"
    )
    return Finding(
        rule="loss-rising",
        severity=Severity.warning if died else Severity.info,
        title=(
            f"{view.name} rose {best} -> {top} ({wording.percent(climb.rise)}) in "
            f"{wording.between(view, climb.best_index, climb.top_index)} {ending}"
        ),
        detail="".join(_reasons(run, view, climb, fell=False)) if died else _aftermath(view, climb),
        remedy="Restart from before the rise with a lower learning rate." if died else "",
        metric=view.name,
        steps=wording.steps(view, climb.best_index, climb.end_index),
        values=_values(view, climb),
        evidence=wording.evidence(view, climb.best_index, climb.top_index, climb.end_index),
        active=died,
    )


def _aftermath(view: SeriesView, climb: Climb) -> str:
    now = float(np.median(view.value[-JUST_NOW:]))
    return f"It stands at {wording.figure(now)} now. The same again would be a pattern."


def _values(view: SeriesView, climb: Climb) -> dict[str, float]:
    return {
        "best": climb.best,
        "top": climb.top,
        "first": climb.first,
        "rise": climb.rise,
        "best_step": float(view.step[climb.best_index]),
    }
