"""Evaluations held against training, and against each other."""

import re
from collections.abc import Iterable, Iterator

import numpy as np

from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.diagnosis.rules import subject, wording
from logwatch.diagnosis.rules.components import describe_rest
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import decimate, level_error
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


@rule("repeated-eval")
def find_repeated_evals(run: RunView, question: Question) -> Iterable[Finding]:
    """Evaluations give the same number to the last digit, so what they look at does not change.

    Values: `value`, `repeats` (evaluations in a row), `samples`.
    """
    found = [f for name, view in run.series.items() if EVAL_LOSS.match(name) for f in _repeat(view)]
    yield from found[:1]


def _repeat(view: SeriesView) -> Iterator[Finding]:
    view = view.finite()
    if len(view) < MIN_REPEATS or wording.digits(view.last) < MIN_DIGITS:
        return
    starts = np.concatenate([[0], np.flatnonzero(np.diff(view.value) != 0) + 1, [len(view)]])
    blocks = np.diff(starts)
    repeats, start = int(blocks[-1]), int(starts[-2])
    if repeats < max(MIN_REPEATS, STALE_FACTOR * int(blocks[:-1].max(initial=0))):
        return
    yield Finding(
        "repeated-eval",
        Severity.warning,
        f"{view.name} is {wording.figure(view.last)} to the last digit in the last {repeats} "
        f"evaluations ({wording.between(view, start, -1)})",
        f"{wording.digits(view.last)} equal digits are no chance: the weights that are evaluated "
        "do not change, or the evaluation does not see them. Another next value would refute it.",
        "Check that the evaluated model is the trained one and that its parameters change.",
        view.name,
        wording.steps(view, start, -1),
        {"value": view.last, "repeats": float(repeats), "samples": float(len(view))},
        wording.evidence(view, start, start + 1, -1),
    )


@rule("train-eval-gap")
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
    if float(apart.min()) < GAP or float(apart[0]) < GAP:
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
        "train-eval-gap",
        Severity.warning if constant and not alien and not below else Severity.info,
        f"{held.name} is {words} train/loss since the first eval: the two are defined differently",
        "".join(_gap_reasons(run, held, near, ratios, constant)),
        "Log both as the same weighted sum, on the same scale, before comparing them.",
        held.name,
        wording.steps(held),
        {"ratio": ratio, "first_ratio": float(ratios[0]), "evals": float(len(held)),
         "train": float(near[-1]), "eval": held.last},
        wording.evidence(held, 0, -1),
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


@rule("overfitting", paced=True)
def find_overfitting(run: RunView, question: Question) -> Iterable[Finding]:
    """The evaluation loss rises above its best while the training loss goes on falling.

    Values: `best`, `now`, `rise` (fraction of the best), `best_step`, `train_then`, `train_now`.
    """
    held, train = subject.eval_loss(run), subject.train_loss(run)
    if held is None or train is None:
        return
    held, train = held.finite(), train.finite()
    if len(held) < MIN_EVALS or len(train) < MIN_EVALS:
        return
    best = int(np.argmin(held.value))
    late = held.value[-LATE_EVALS:]
    limit = _worse_limit(held, best)
    if best >= len(held) - LATE_EVALS or float(late.min()) - held.value[best] <= limit:
        yield from _standing(held, train)
        return
    near = subject.levels_before(train, held.offset[[best, -1]])
    if near[1] < near[0]:
        yield _overfitting(held, best, float(np.median(late)), near)


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
        "overfitting",
        Severity.info,
        f"{held.name} has gained {wording.share(max(gained, 0.0))} since "
        f"{wording.at(held, start)}, while {train.name} fell {wording.figure(float(near[0]))} -> "
        f"{wording.figure(float(near[1]))}",
        f"Its best was {wording.figure(before)} in the first half of {len(held)} evaluations and "
        f"{wording.figure(since)} in the second. A better one would refute it.",
        "Stop here, or regularise more: what training still learns does not carry over.",
        held.name,
        wording.steps(held, start, -1),
        {"best": min(before, since), "now": held.last, "rise": -gained,
         "best_step": float(held.step[int(np.argmin(held.value))]),
         "train_then": float(near[0]), "train_now": float(near[1])},
        wording.evidence(held, start, -1),
    )  # fmt: skip


def _worse_limit(held: SeriesView, best: int) -> float:
    error = level_error(decimate(held).value, 1)
    return max(WORSE * abs(float(held.value[best])), WORSE_ERRORS * error)


def _overfitting(held: SeriesView, best: int, now: float, near: Floats) -> Finding:
    value = float(held.value[best])
    rise = (now - value) / abs(value) if value else float("nan")
    return Finding(
        "overfitting",
        Severity.warning,
        f"{held.name} rises since {wording.at(held, best)}: {wording.figure(value)} -> "
        f"{wording.figure(now)} ({wording.percent(rise)}) while the train loss falls",
        f"Training fell {wording.figure(float(near[0]))} -> {wording.figure(float(near[1]))} "
        f"meanwhile; all of the last {LATE_EVALS} evaluations lie above the best. One back near it "
        "would refute it.",
        f"Use the checkpoint nearest to {wording.at(held, best)}; stop earlier or regularise more.",
        held.name,
        wording.steps(held, best, -1),
        {"best": value, "now": now, "rise": rise, "best_step": float(held.step[best]),
         "train_then": float(near[0]), "train_now": float(near[1])},
        wording.evidence(held, best, -1),
    )  # fmt: skip
