"""Losses held against what guessing evenly costs."""

import math
import re
from collections.abc import Iterable

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.analysis.guessing import CHANCE, CHANCE_NEAR
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

MIN_SAMPLES, SURE_SAMPLES = 20, 30
"""Samples for a remark, and for a warning: those of `flat-loss`, for the same reason."""

NEAR = 0.01
"""How near the level must be to ln C of a declared C, relative: a cross-entropy over C classes that
is told apart from guessing has left it."""

LAST = 5
"""Samples whose median is the level now."""

HIGH = 1.5
"""A first loss over this many times ln C: a model whose outputs are near zero begins at ln C.
Source: karpathy.github.io/2019/04/25/recipe (verify loss at init)."""

LANGUAGE = re.compile(r"train/(?:lm|ce|nll|xent|cross_entropy|mlm|token)_?loss", re.IGNORECASE)
"""Names of the cross-entropy where the total holds other terms."""

PART = re.compile(r"train/.+_loss|train/(?:kl|kd)", re.IGNORECASE)

BEGINNING = 3
"""First samples whose median is the initial loss."""


def _classes(question: Question) -> float:
    return question.config.vocabulary or question.config.classes


def _entropy(run: RunView) -> SeriesView | None:
    """The train loss that is a cross-entropy: a part of that name, the total where it has none."""
    named = next((view for name, view in run.series.items() if LANGUAGE.fullmatch(name)), None)
    if named is not None and len(named):
        return subject.attempt(subject.sketch(named)).finite()
    if any(PART.match(name) for name in run.series):
        return None
    view = subject.train_loss(run)
    return view.finite() if view is not None and view.name == "train/loss" else None


@rule("chance-level", paced=True, near=NEAR, samples=SURE_SAMPLES)
def find_chance_level(run: RunView, question: Question) -> Iterable[Finding]:
    """The loss stays at the logarithm of the number of classes: the model guesses evenly.

    A warning where the number is known (`classes` or `vocabulary` in logwatch.toml), else a remark.
    Values: `level`, `chance` (ln C), `classes`, `samples`.
    """
    view = _entropy(run)
    if view is None or len(view) < MIN_SAMPLES or subject.falls(view):
        return
    level, known = float(np.median(view.value[-LAST:])), _classes(question)
    near = question.limit("chance-level", "near") if known else CHANCE_NEAR
    choices = [known] if known else list(CHANCE)
    classes = next((c for c in choices if abs(level / math.log(max(c, 1.001)) - 1) < near), None)
    if classes is None:
        return
    chance = math.log(classes)
    yield Finding(
        rule="chance-level",
        severity=(
            Severity.warning
            if known and len(view) >= question.limit("chance-level", "samples")
            else Severity.info
        ),
        title=(
            f"{view.name} is {wording.figure(level)}, and guessing evenly among "
            f"{wording.counted(classes)} classes costs ln {wording.counted(classes)} = {chance:.4g}"
        ),
        detail=f"It has not fallen in {wording.between(view, 0, -1)}. "
        + ("" if known else "The number of classes is a guess. ")
        + f"A loss under {chance * (1 - 3 * near):.4g} would refute it.",
        remedy=(
            "Check that labels belong to their inputs, and that gradients reach the first layers."
        ),
        metric=view.name,
        steps=wording.steps(view),
        values={
            "level": level,
            "chance": chance,
            "classes": float(classes),
            "samples": float(len(view)),
        },
        evidence=wording.evidence(view, 0, -1),
    )


@rule("high-initial-loss", times=HIGH)
def find_high_start(run: RunView, question: Question) -> Iterable[Finding]:
    """The first loss is far above that of guessing evenly; asked only where classes are declared.

    Needs the number of classes.
    Values: `first`, `chance` (ln C), `times`, `classes`.
    """
    classes, view = _classes(question), _entropy(run)
    if classes <= 1 or view is None or len(view) < BEGINNING:
        return
    first, chance = float(np.median(view.value[:BEGINNING])), math.log(classes)
    if first <= question.limit("high-initial-loss", "times") * chance:
        return
    over = float(np.median(view.value[-LAST:])) < chance
    yield Finding(
        rule="high-initial-loss",
        severity=Severity.info if over else Severity.warning,
        title=(
            f"{view.name} began at {wording.figure(first)}, {first / chance:.2g} times "
            f"ln {wording.counted(classes)} = {chance:.4g}"
        ),
        detail=f"A model that has learned nothing can guess evenly for {chance:.4g}. "
        + (
            "It is below that now."
            if over
            else "It is not below that yet; more classes, or a sum for a mean, would explain it."
        ),
        remedy=(
            ""
            if over
            else "Scale down the last layer at the start, and check that the loss is a mean."
        ),
        metric=view.name,
        steps=wording.steps(view, 0, BEGINNING - 1),
        values={"first": first, "chance": chance, "times": first / chance, "classes": classes},
        evidence=wording.evidence(view, 0),
        active=not over,
    )
