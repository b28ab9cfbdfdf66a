"""Evaluations held against training, and against each other."""

import re
from collections.abc import Iterable, Iterator

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.analysis.sums import describe_rest
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Floats

EVAL_LOSS = re.compile(
    r"(?:eval|test)/(?!.*best).*(?:loss|nll|xent|perplexity|rmse|mse|mae|bpb)", re.IGNORECASE
)
"""Evaluations that no two states of a model share to the last digit. An accuracy over a small set
may."""

MIN_REPEATS = 3
MIN_DIGITS = 5
"""Repeats in a row, and significant digits, that make chance no explanation: two evaluations that
differ by 10 % of their level share five digits once in ten thousand times."""

STALE_FACTOR = 3
"""A log that prints its last evaluation again and again has a block of equal values for each; only
a block this many times as long as the longest before it is a model that stands still."""

GAP = 3.0
"""Evaluation over training, or the inverse, from the first evaluation on. Dropout and augmentation
make a few tens of percent; a model cannot have overfitted three times over by its first look."""

GAP_DRIFT = 0.25
"""Spread of the ratio, relative, under which it is the same throughout: two definitions."""

GAP_ELSE = 30.0
"""From here on the two are in other units: a sum over the set, a perplexity beside a loss."""


AT_REST = 1e-3
"""Part of its peak at which a rate moves no weight that four digits of a loss show."""


@rule("repeated-eval", repeats=MIN_REPEATS, digits=MIN_DIGITS)
def find_repeated_evals(run: RunView, question: Question) -> Iterable[Finding]:
    """Evaluations give the same number to the last digit, so what they look at does not change.

    Values: `value`, `repeats` (evaluations in a row), `samples`.
    """
    repeats, digits = (int(question.limit("repeated-eval", x)) for x in ("repeats", "digits"))
    held = [view for name, view in run.series.items() if EVAL_LOSS.match(name)]
    at_rest = _rate_rests(run)
    yield from [
        found for view in held for found in _repeat(view, max(repeats, 2), digits) if not at_rest
    ][:1]


def _rate_rests(run: RunView) -> bool:
    """Whether the learning rate came down to next to nothing: then weights stay as they are.

    A rate that was 0 all along is another finding's.
    """
    rates = [view for name, view in run.series.items() if name.split("/")[0] == "lr" and len(view)]
    return bool(rates) and all(view.last < AT_REST * float(np.nanmax(view.value)) for view in rates)


def _repeat(view: SeriesView, least: int, digits: int) -> Iterator[Finding]:
    view = view.finite()
    if len(view) < least or wording.digits(view.last) < digits:
        return
    starts = np.concatenate([[0], np.flatnonzero(np.diff(view.value) != 0) + 1, [len(view)]])
    blocks = np.diff(starts)
    repeats, start = int(blocks[-1]), int(starts[-2])
    if repeats < max(least, STALE_FACTOR * int(blocks[:-1].max(initial=0))):
        return
    yield Finding(
        rule="repeated-eval",
        severity=Severity.warning,
        title=(
            f"{view.name} is {wording.figure(view.last)} to the last digit in the last {repeats} "
            f"evaluations ({wording.between(view, start, -1)})"
        ),
        detail=(
            f"{wording.digits(view.last)} equal digits are no chance: the weights that are"
            " evaluated do not change, or the evaluation does not see them. Another next value"
            " would refute it."
        ),
        remedy="Check that the evaluated model is the trained one and that its parameters change.",
        metric=view.name,
        steps=wording.steps(view, start, -1),
        values={"value": view.last, "repeats": float(repeats), "samples": float(len(view))},
        evidence=wording.evidence(view, start, start + 1, -1),
    )


@rule("train-eval-gap", times=GAP)
def find_gap(run: RunView, question: Question) -> Iterable[Finding]:
    """Evaluation and training losses are several times apart from the first evaluation on.

    Then they are defined differently; that is no overfitting.
    Values: `ratio` (median of eval over train), `first_ratio`, `evals`, `train`, `eval`.
    """
    train, held = run.get("train/loss"), run.get("eval/loss")
    if train is None or held is None:
        return
    held = subject.sketch(held).finite()
    near = subject.levels_before(train, held.offset)
    known = np.isfinite(near) & (near > 0) & (held.value > 0)
    if not known.any():
        return
    held, near = held.where(known), near[known]
    ratios = held.value / near
    apart = ratios if float(ratios[0]) > 1 else 1 / ratios
    if float(apart.min()) < question.limit("train-eval-gap", "times"):
        return
    yield _gap(run, held, near, ratios)


def _gap(run: RunView, held: SeriesView, near: Floats, ratios: Floats) -> Finding:
    ratio = float(np.median(ratios))
    constant = bool(np.ptp(ratios) <= GAP_DRIFT * ratio)
    alien = ratio >= GAP_ELSE or ratio <= 1 / GAP_ELSE
    below = ratio < 1
    words = f"{1 / ratio:.2g} times smaller than" if below else f"{ratio:.2g} times"
    if alien:
        words = f"{wording.figure(float(f'{ratio:.1e}'))} times"
    return Finding(
        rule="train-eval-gap",
        severity=Severity.warning if constant and not alien and not below else Severity.info,
        title=f"{held.name} is {words} train/loss since the first eval: "
        "the two are defined differently",
        detail="".join(_gap_reasons(run, held, near, ratios, constant)),
        remedy="Log both as the same weighted sum, on the same scale, before comparing them.",
        metric=held.name,
        steps=wording.steps(held),
        values={"ratio": ratio, "first_ratio": float(ratios[0]), "evals": float(len(held)),
         "train": float(near[-1]), "eval": held.last},
        evidence=wording.evidence(held, 0, -1),
    )  # fmt: skip


def _gap_reasons(
    run: RunView, held: SeriesView, near: Floats, ratios: Floats, constant: bool
) -> Iterator[str]:
    pairs = f"{wording.figure(held.last)} against {wording.figure(float(near[-1]))}"
    yield f"{pairs} at {wording.at(held, -1)}, "
    if len(held) == 1:
        yield "in the only evaluation. "
    elif constant:
        yield f"and {ratios.min():.2g} to {ratios.max():.2g} in all {len(held)} evaluations. "
    else:
        yield f"{float(ratios[0]):.2g} at the first of {len(held)} evaluations. "
    if float(ratios[0]) > 1:
        yield "Not overfitting: no model overfits before its first evaluation. "
    yield describe_rest(run, held)
    yield "The same batch scored by both would refute it."
