"""Losses that do not move."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from logwatch.diagnosis.analysis import flat_limits, guessing, subject, wording
from logwatch.diagnosis.analysis.flat_stretch import (
    FEWEST,
    FLAT_FALL,
    SURELY_FLAT,
    Rest,
    find_noisy_rest,
    find_rest,
    rest_of_few,
)
from logwatch.diagnosis.analysis.repeats import find_repeats
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

MIN_SAMPLES = 20
"""Fewer samples say nothing of a trend: on public curves stuck runs are told apart at 20 points."""

RECOVERED_PARTS = (0.5, 0.25)
"""Starts of a run, as parts of it, that are looked at for a rest before the learning began."""


@rule(
    "flat-loss",
    paced=True,
    fall=FLAT_FALL,
    surely=SURELY_FLAT,
    samples=flat_limits.SURE_SAMPLES,
    steps=flat_limits.SURE_STEPS,
    epochs=flat_limits.SURE_EPOCHS,
    guess_steps=flat_limits.GUESS_STEPS,
    longer=flat_limits.LONGER,
)
def find_flat_loss(run: RunView, question: Question) -> Iterable[Finding]:
    """The loss has not moved since the start, beyond what its noise allows to say.

    A warning after 30 samples, 500 steps or 12 epochs of mere noise, after 100 steps at the level
    of a language model that guesses, and after three times as long where the loss wanders.
    Values: `first`, `last` (levels), `change`, `change_low`, `change_high` (fractions of the level,
    95 % interval, NaN with fewer than five samples), `samples`.
    """
    view = subject.train_loss(run)
    if view is None:
        return
    view = view.finite()
    many = len(view) >= MIN_SAMPLES or (len(view) >= FEWEST and _suffice(view, question))
    if many and (found := _constant(run, view) or _flat(run, view, question)):
        yield from found
    elif not many and flat_limits.guesses(view, question):
        yield from _flat(run, view, question)
    else:
        yield from (_rested(run, view) if many else []) or find_repeats(run)


def _suffice(view: SeriesView, question: Question) -> bool:
    """Whether so much has passed between a few samples that they are enough for a word."""
    if flat_limits.span(view) >= question.limit("flat-loss", "steps"):
        return True
    return flat_limits.guesses(view, question) or flat_limits.rests_for_epochs(view, question)


def _constant(run: RunView, view: SeriesView) -> list[Finding]:
    value = float(view.value[0])
    if not (run.series[view.name].value == value).all():
        return []
    grad = run.get("train/grad_norm")
    no_gradient = grad is not None and not grad.value.any()
    detail = f"All {wording.counted(subject.counted(run, view))} samples are the same number"
    detail += ", and train/grad_norm is 0 in each: nothing is trained." if no_gradient else "."
    return [
        Finding(
            rule="flat-loss",
            severity=Severity.error if no_gradient else Severity.warning,
            title=f"{view.name} is exactly {wording.figure(value)} in "
            f"{wording.between(view, 0, -1)}",
            detail=f"{detail} A second value would refute it.",
            remedy="Check that the loss is computed from the batch and that its graph is "
            "not detached.",
            metric=view.name,
            steps=wording.steps(view),
            values={"first": value, "last": value, "change": 0.0,
            "change_low": 0.0, "change_high": 0.0,
             "samples": float(len(view))},
            evidence=wording.evidence(view, 0, -1),
        )
    ]  # fmt: skip


def _flat(run: RunView, view: SeriesView, question: Question) -> list[Finding]:
    fall, surely = (question.limit("flat-loss", name) for name in ("fall", "surely"))
    if flat_limits.guesses(view, question):
        fall, surely = max(fall, flat_limits.GUESS_FALL), max(surely, flat_limits.GUESS_SURELY)
    few = len(view) < FEWEST
    rest = rest_of_few(view) if few else find_rest(run, view, fall, surely)
    rest = rest or find_noisy_rest(view)
    if rest is None:
        return []
    loaded = flat_limits.is_loaded(run, view)
    resumed = flat_limits.is_resumed(view) or loaded
    sure = not loaded and flat_limits.is_sure(run, view, rest, question)
    levels = f"{wording.figure(rest.first)} -> {wording.figure(rest.last)}"
    error = flat_limits.error_of_level(view)
    words = guessing.name_classes(rest.last, flat_limits.declared(question), error)
    words += " The run goes on from an earlier one, where a flat loss is usual." * resumed
    words += flat_limits.why_unsure(run, view)
    return [
        Finding(
            rule="flat-loss",
            severity=Severity.warning if sure else Severity.info,
            title=(
                f"{view.name} has not moved in {wording.between(view, 0, -1)}: {levels} "
                f"({wording.percent(rest.changes[0])})"
            ),
            detail="".join(_reasons(subject.counted(run, view), rest, words, rest.surely)),
            remedy="" if resumed else _remedy(run),
            metric=view.name,
            steps=wording.steps(view),
            values=rest.values(subject.counted(run, view)),
            evidence=wording.evidence(view, 0, -1),
        )
    ]


def _reasons(count: int, rest: Rest, words: str, surely: float = SURELY_FLAT) -> Iterator[str]:
    _, low, high = rest.changes
    if math.isfinite(low):
        yield (
            f"The trend of {wording.counted(count)} samples is {wording.percent(low)} to "
            f"{wording.percent(high)} in all (95 %, Theil-Sen)."
        )
    else:
        yield f"Told by {wording.counted(count)} samples."
    yield words
    yield f" A fall of {wording.share(surely)} or more would refute it."


def _remedy(run: RunView) -> str:
    rates = [view for name, view in run.series.items() if name == "lr" or name.startswith("lr/")]
    if rates and not any(view.value.any() for view in rates if len(view)):
        return "Give the optimizer a learning rate above zero: the log shows 0 throughout."
    return "Check that the optimizer holds the model's parameters and that gradients reach them."


def _rested(run: RunView, view: SeriesView) -> list[Finding]:
    """A rest at the start that is over: worth knowing, nothing to do."""
    for part in RECOVERED_PARTS:
        end = int(part * len(view))
        start = view.where(np.arange(len(view)) < end)
        rest = find_rest(run, start) if end >= MIN_SAMPLES else None
        if rest is not None and subject.falls(view):
            last = wording.figure(float(np.median(view.value[-3:])))
            return [
                Finding(
                    rule="flat-loss",
                    severity=Severity.info,
                    title=(
                        f"{view.name} rested at {wording.figure(rest.last)} in "
                        f"{wording.between(start, 0, -1)}, then fell to {last}"
                    ),
                    detail="".join(_reasons(subject.counted(run, start), rest, _guess(rest))),
                    remedy="",
                    metric=view.name,
                    steps=wording.steps(start),
                    values=rest.values(subject.counted(run, start)),
                    evidence=wording.evidence(view, 0, end - 1),
                    active=False,
                )
            ]
    return []


def _guess(rest: Rest) -> str:
    return guessing.name_classes(rest.last)
