"""Evaluations that get worse, or no better, while training goes on."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.analysis.course import rises
from logwatch.diagnosis.analysis.shifts import Needs, find_rise, in_log_units
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import decimate, level_error
from logwatch.parsing.record import Floats

MIN_EVALS = 5
LATE_EVALS = 3
"""Evaluations for a trend, and the last ones that must all lie above the best."""

STANDING = 0.01
STANDING_TRAIN = 0.2
"""Gain of the best evaluation in the later half of a run, and what training fell meanwhile, that
are worth a remark: a fifth less loss for nothing."""

WORSE = 0.05
WORSE_ERRORS = 4.0
"""Rise of the evaluation over its best, relative, and in standard errors of one evaluation."""

TURN_ERRORS = (4.0, 2.4)
"""Standard errors of a noisy turn by level and by rank: a little fewer than of a rise, because the
train loss must not rise with it."""

ALONE = 0.25
"""Part of the evaluation's rise, in log units, that the train loss may rise by: noise near a floor
that it has reached."""

BETTER = 0.02
"""Gain of a score since the loss was best, relative, from which the model got better meanwhile.
Source: Guo et al. 2017, https://arxiv.org/abs/1706.04599, section 3: networks overfit to the
likelihood without overfitting to the accuracy."""


@rule("overfitting", paced=True, worse=WORSE, errors=WORSE_ERRORS)
def find_overfitting(run: RunView, question: Question) -> Iterable[Finding]:
    """The evaluation loss rises above its best while the training loss goes on falling.

    A remark where the scores of the same evaluations have got better meanwhile.

    Values: `best`, `now`, `rise` (fraction of the best), `best_step`, `train_then`, `train_now`.
    """
    held, train = subject.eval_loss(run), subject.train_loss(run)
    if held is None or train is None:
        return
    held, train = held.finite(), train.finite()
    if len(held) < MIN_EVALS or len(train) < MIN_EVALS:
        return
    worse, errors = (question.limit("overfitting", name) for name in ("worse", "errors"))
    turn = _plain_turn(held, worse, errors) or _noisy_turn(held, worse)
    if turn is None:
        yield from _standing(held, train)
        return
    near = _levels_of(train, held, turn)
    if near[1] < near[0] or _rises_alone(turn, near):
        yield _soften(_overfitting(held, turn, near), _better_scores(run, held, turn.best))


@dataclass(frozen=True, slots=True)
class Turn:
    """Where an evaluation turned: its best, that level and the one now, evaluations in a level."""

    best: int
    value: float
    now: float
    width: int


def _plain_turn(held: SeriesView, worse: float, errors: float) -> Turn | None:
    """A turn that the newest evaluations all show."""
    best = int(np.argmin(held.value))
    late, value = held.value[-LATE_EVALS:], float(held.value[best])
    limit = max(worse * abs(value), errors * level_error(held.value, 1))
    if best >= len(held) - LATE_EVALS or float(late.min()) - value <= limit:
        return None
    return Turn(best, value, float(np.median(late)), subject.NEAR)


def _noisy_turn(held: SeriesView, worse: float) -> Turn | None:
    """A turn of levels that are as long as the noise of the evaluations asks for."""
    curve = decimate(held)
    points, is_log = in_log_units(curve.value)
    found = find_rise(points, Needs(math.log1p(worse), *TURN_ERRORS)) if is_log else None
    if found is None or not found.is_sure:
        return None
    start, end = int(curve.index[found.start]), int(curve.index[found.end - 1]) + 1
    best = start + int(np.argmin(held.value[start:end]))
    return Turn(best, math.exp(found.before), math.exp(found.now), end - start)


def _levels_of(train: SeriesView, held: SeriesView, turn: Turn) -> Floats:
    """(2,) levels of the train loss at the turn and now, over as much of the run as the turn's."""
    width = max(subject.NEAR, turn.width * len(train) // len(held))
    return subject.levels_before(train, held.offset[[turn.best, -1]], width)


def _rises_alone(turn: Turn, near: Floats) -> bool:
    """Whether the train loss rose by so much less that it does not explain the evaluation."""
    if not (turn.value > 0 and near[0] > 0):
        return False
    return bool(np.log(near[1] / near[0]) < ALONE * np.log(turn.now / turn.value))


def _better_scores(run: RunView, held: SeriesView, best: int) -> list[str]:
    """Scores of the evaluations that gained since the loss was best; none if as many lost."""
    gained, lost = [], 0
    for name, view in run.series.items():
        if not (name.startswith("eval/") and rises(name)):
            continue
        scores = subject.sketch(view).finite()
        place = int(scores.offset.searchsorted(held.offset[best], "right"))
        then, now = scores.value[max(place - LATE_EVALS, 0) : place], scores.value[-LATE_EVALS:]
        if place < LATE_EVALS or len(scores) - place < LATE_EVALS:
            continue
        first, last = float(np.median(then)), float(np.median(now))
        if last > first * (1 + BETTER):
            gained.append(f"{name} {wording.figure(first)} -> {wording.figure(last)}")
        lost += last < first * (1 - BETTER)
    return gained if len(gained) > lost else []


def _soften(finding: Finding, scores: list[str]) -> Finding:
    """A remark instead of a warning where scores got better."""
    if not scores:
        return finding
    words = f" But scores got better meanwhile: {', '.join(scores[:2])}."
    remedy = "Choose the checkpoint by the score that counts, not by the loss."
    return replace(finding, severity=Severity.info, detail=finding.detail + words, remedy=remedy)


def _standing(held: SeriesView, train: SeriesView) -> Iterator[Finding]:
    """A remark where evaluations gain nothing from a train loss that goes on falling."""
    start = len(held) // 2
    if start < MIN_EVALS:
        return
    before, since = float(held.value[:start].min()), float(held.value[start:].min())
    near = subject.levels_before(train, held.offset[[start, -1]])
    gained = (before - since) / abs(before) if before else np.nan
    fell = (near[0] - near[1]) / abs(near[0]) if near[0] else np.nan
    if not (gained < STANDING and fell > STANDING_TRAIN):
        return
    yield Finding(
        rule="overfitting",
        severity=Severity.info,
        title=f"{held.name} has gained {wording.share(max(gained, 0.0))} since "
        f"{wording.at(held, start)}, while {train.name} fell {wording.figure(float(near[0]))} -> "
        f"{wording.figure(float(near[1]))}",
        detail=f"Its best was {wording.figure(before)} in the first half of {len(held)} "
        "evaluations and "
        f"{wording.figure(since)} in the second. A better one would refute it.",
        remedy="Stop here, or regularise more: what training still learns does not carry over.",
        metric=held.name,
        steps=wording.steps(held, start, -1),
        values={"best": min(before, since), "now": held.last, "rise": -gained,
         "best_step": float(held.step[int(np.argmin(held.value))]),
         "train_then": float(near[0]), "train_now": float(near[1])},
        evidence=wording.evidence(held, start, -1),
    )  # fmt: skip


def _overfitting(held: SeriesView, turn: Turn, near: Floats) -> Finding:
    best, value, now = turn.best, turn.value, turn.now
    rise = (now - value) / abs(value) if value else float("nan")
    return Finding(
        rule="overfitting",
        severity=Severity.warning,
        title=f"{held.name} rises since {wording.at(held, best)}: {wording.figure(value)} -> "
        f"{wording.figure(now)} ({wording.percent(rise)}) while the train loss falls",
        detail=f"Training fell {wording.figure(float(near[0]))} -> "
        f"{wording.figure(float(near[1]))} "
        f"meanwhile; all of the last {LATE_EVALS} evaluations lie above the best. One back near it "
        "would refute it.",
        remedy=f"Use the checkpoint nearest to {wording.at(held, best)}; stop earlier "
        "or regularise more.",
        metric=held.name,
        steps=wording.steps(held, best, -1),
        values={"best": value, "now": now, "rise": rise, "best_step": float(held.step[best]),
         "train_then": float(near[0]), "train_now": float(near[1])},
        evidence=wording.evidence(held, best, -1),
    )  # fmt: skip
