"""Perplexities: beyond any vocabulary, or not perplexities at all."""

import re
from collections.abc import Iterable, Iterator

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

VOCABULARY = 300_000
"""Above any vocabulary in use, so worse than guessing evenly among all tokens.
Source: the largest are Gemma 3 (262,144, arXiv 2503.19786) and mT5 (250,112, arXiv 2010.11934)."""

START_SHARE = 0.1
"""Part of the run at whose start a perplexity may be anything."""

MIN_TRAIN = 20
"""Train samples for the start to be over."""

MAX_ROWS = 1000
"""Newest evaluations that an identity is tried on."""

MIN_ROWS = 3
IDENTITY = 0.01
"""Evaluations on which ln(perplexity) equals the total, and how exactly, beside the perplexity's
own rounding. Different quantities do not agree to 0.01 thrice."""

COMPOSITE = re.compile(
    r"(?:train|eval)(?=/).*(?:[/_]kl(?:$|[/_])|kd|distil|feature|attention)", re.IGNORECASE
)
"""Names of terms that say that the total is no plain cross-entropy."""

DIVERGENCE = re.compile(r"(?:^|[/_])(?:kl|kd|distil\w*)", re.IGNORECASE)
"""Names of the divergence from a teacher, and of its weight."""

CLOSE = 0.1
"""How near an evaluation's total must lie to the train loss, relative, to be the same sum."""


@rule("perplexity-explosion", vocabulary=VOCABULARY)
def find_explosion(run: RunView, question: Question) -> Iterable[Finding]:
    """A perplexity is larger than any vocabulary, after the start of the run.

    Values: `perplexity` (the last), `largest`, `step`.
    """
    least = question.config.vocabulary or question.limit("perplexity-explosion", "vocabulary")
    for name in ("eval/perplexity", "train/perplexity"):
        view = run.get(name)
        if view is None or not np.isfinite(view.value).any():
            continue
        view = subject.sketch(view).finite()
        huge = np.flatnonzero((view.value > least) & _is_late(run, view))
        if len(huge) and huge[-1] == len(view) - 1:
            yield _explosion(view, int(huge[-1]), least)
            return


def _is_late(run: RunView, view: SeriesView) -> np.ndarray:
    """(n,) which samples lie after the start of the run."""
    train = run.get("train/loss")
    if train is None:
        return np.arange(len(view)) >= max(START_SHARE * len(view), 3)
    seen = np.searchsorted(train.offset, view.offset, side="right")
    return np.asarray(seen >= max(START_SHARE * len(train), MIN_TRAIN))


def _explosion(view: SeriesView, index: int, least: float) -> Finding:
    value = float(view.value[index])
    return Finding(
        rule="perplexity-explosion",
        severity=Severity.warning,
        title=(
            f"{view.name} is {wording.figure(value)} at {wording.at(view, index)}: worse than"
            " guessing"
        ),
        detail=(
            "Guessing evenly among all tokens gives the size of the vocabulary, under"
            f" {least:,.0f}. ln {wording.figure(value)} = {np.log(value):.4g}: if that is a sum"
            f" with other terms, it is no perplexity. A value under {least:,.0f} would refute it."
        ),
        remedy=(
            "Lower the learning rate, or compute the perplexity from the language-model loss alone."
        ),
        metric=view.name,
        steps=(float(view.step[index]), float(view.step[index])),
        values={
            "perplexity": value,
            "largest": float(view.value.max()),
            "step": float(view.step[index]),
        },
        evidence=wording.evidence(view, index),
    )


@rule("not-a-perplexity", rows=MIN_ROWS, apart=IDENTITY)
def find_false_perplexity(run: RunView, question: Question) -> Iterable[Finding]:
    """A perplexity is exp of a total that holds more than the language-model loss.

    Values: `rows` (evaluations that agree), `largest_difference` (of ln perplexity and total).
    """
    rows, most = (question.limit("not-a-perplexity", name) for name in ("rows", "apart"))
    for phase in ("eval", "train"):
        total, view = run.get(f"{phase}/loss"), run.get(f"{phase}/perplexity")
        if total is None or view is None:
            continue
        total, view = total.tail(-MAX_ROWS), view.tail(-MAX_ROWS)
        total = total.where(np.isin(total.step, view.step)).finite()
        view = view.where(np.isin(view.step, total.step)).finite()
        if len(view) < rows or len(view) != len(total) or (view.value <= 0).any():
            continue
        apart = np.abs(np.log(view.value) - total.value)
        if not (apart <= most + 0.5 / view.value).all():
            continue
        term = next((name for name, part in _terms(run) if _holds(run, total, part)), None)
        if term is not None:
            yield _not_one(view, total, term, float(apart.max()))
            return


def _terms(run: RunView) -> Iterator[tuple[str, tuple[SeriesView, SeriesView | None]]]:
    """Logged terms of the train loss that are no cross-entropy, each with its declared weight."""
    weights = subject.weights(run)
    for name, view in run.series.items():
        if not COMPOSITE.match(name) or not len(view):
            continue
        weight = next((w for key, w in weights.items() if _weighs(key, name)), None)
        if weight is not None or not weights:
            yield name, (view, weight)


def _weighs(key: str, name: str) -> bool:
    """Whether the weight `key` is that of a series: `kd` and `kl` are two words for one term."""
    return key in name or (bool(DIVERGENCE.search(key)) and bool(DIVERGENCE.search(name)))


def _holds(run: RunView, total: SeriesView, part: tuple[SeriesView, SeriesView | None]) -> bool:
    """Whether a total holds a term: it is nearer to the train total than to that without the term.

    The total of the train phase itself holds what it logs.
    """
    train, (view, weight) = run.get("train/loss"), part
    if train is None:
        return False
    if total.name == "train/loss":
        return True
    term = subject.values_at(view, total.offset)
    if weight is not None:
        term = term * subject.values_at(weight, total.offset)
    whole = subject.levels_before(train, total.offset)
    with_it, without = np.abs(total.value - whole), np.abs(total.value - (whole - term))
    close = float(np.median(with_it / np.abs(whole))) < CLOSE
    return bool((with_it < without).all() and close)


def _not_one(view: SeriesView, total: SeriesView, term: str, apart: float) -> Finding:
    rows = ", ".join(
        f"ln {wording.figure(float(p))} = {np.log(p):.2f} against {wording.figure(float(t))}"
        for p, t in list(zip(view.value, total.value, strict=True))[:3]
    )
    return Finding(
        rule="not-a-perplexity",
        severity=Severity.warning,
        title=(
            f"{view.name} is exp({total.name}) in all {len(view)} evaluations, and that total holds"
            f" {term} beside the language-model loss"
        ),
        detail=(
            f"{rows}. The total lies nearer to the train loss than to that loss without {term}. "
            "A perplexity that is not exp of the total would refute it."
        ),
        remedy="Compute the perplexity from the cross-entropy of the tokens alone.",
        metric=view.name,
        steps=wording.steps(view),
        values={"rows": float(len(view)), "largest_difference": apart},
        evidence=wording.evidence(view, *range(min(len(view), 3))),
    )
