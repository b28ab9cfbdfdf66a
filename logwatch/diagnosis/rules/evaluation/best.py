"""Which evaluation was the best, and how many have come since without a better one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.analysis.course import rises
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

FEWEST = 3
"""Evaluations of which one can be the best."""

SCORE = re.compile(
    r"(?:^|[/_.@-])(?:acc(?:uracy)?\d*|top[_-]?\d+|bleu\w*|rouge\w*|f1\w*|m?ap(?:\d+|50-95)?\w*|auc|"
    r"auroc|dice|m?iou|psnr|ssim|em|ndcg\w*|mean_reward|wer|cer|fid|rmse|mae)(?:$|[/_.@()-])",
    re.IGNORECASE,
)
"""Names of scores. Source: torchmetrics 1.x and evaluate 0.4, the metrics' names."""

STAGE = ("eval/", "test/")


@dataclass(frozen=True, slots=True)
class Best:
    """The best of (n,) evaluations: its index, whether higher is better, how many came since."""

    view: SeriesView
    index: int
    higher: bool

    @property
    def since(self) -> int:
        """Evaluations after the best."""
        return len(self.view) - 1 - self.index

    @property
    def value(self) -> float:
        """The best value."""
        return float(self.view.value[self.index])


@rule("best-evaluation")
def find_best_evaluation(run: RunView, question: Question) -> Iterable[Finding]:
    """The best evaluation, its step, and how many have come since without a better one.

    One of the loss and one of a score. Values: `best`, `now`, `best_step`, `since` (evaluations
    after the best), `evals`.
    """
    found = [best for view in _judged(run) if (best := _find_best(view)) is not None]
    for best in found:
        others = [other for other in found if other is not best]
        yield _best(run, best, others)


def _judged(run: RunView) -> list[SeriesView]:
    """The evaluation loss, and the score with the most evaluations."""
    loss = subject.eval_loss(run)
    scores = [
        view for name, view in run.series.items() if name.startswith(STAGE) and SCORE.search(name)
    ]
    scores = [view for view in scores if "best" not in view.name and "loss" not in view.name]
    score = max(scores, key=len, default=None)
    kept = [loss] if loss is not None else []
    return kept + ([subject.sketch(score)] if score is not None else [])


def _find_best(view: SeriesView) -> Best | None:
    view = view.finite()
    if len(view) < FEWEST or not np.ptp(view.value):
        return None
    higher = rises(view.name)
    return Best(view, int(np.argmax(view.value) if higher else np.argmin(view.value)), higher)


TITLE = "{name} was best at {place}: {best}"
SINCE = ", {now} now; {count} since without a better one"
LAST = ", in the newest of {count} evaluations"
OTHER = (
    "{name} was best at {place}, where it was {best}: the two disagree on the checkpoint to keep."
)
SAVED = "A checkpoint was saved near it, at step {step}."


def _best(run: RunView, best: Best, others: list[Best]) -> Finding:
    view = best.view
    title = TITLE.format(
        name=view.name, place=wording.at(view, best.index), best=wording.figure(best.value)
    )
    ending = SINCE.format(now=wording.figure(view.last), count=_evaluations(best.since))
    if not best.since:
        ending = LAST.format(count=len(view))
    return Finding(
        rule="best-evaluation",
        severity=Severity.info,
        title=title + ending,
        detail=" ".join(_details(run, best, others)),
        remedy="",
        metric=view.name,
        steps=wording.steps(view, best.index, -1),
        values={
            "best": best.value,
            "now": view.last,
            "best_step": float(view.step[best.index]),
            "since": float(best.since),
            "evals": float(len(view)),
        },
        evidence=wording.evidence(view, best.index, -1),
    )


def _evaluations(count: int) -> str:
    return "one evaluation" if count == 1 else f"{wording.counted(count)} evaluations"


def _details(run: RunView, best: Best, others: list[Best]) -> Iterable[str]:
    """What else is known of the best: a checkpoint near it, another measure that disagrees."""
    place = int(best.view.offset[best.index])
    after = best.view.offset[best.index + 1 :]
    end = int(after[0]) if len(after) else np.inf
    saved = [event for event in run.events_of("ckpt_save") if place <= event.offset < end]
    if saved and saved[0].step is not None:
        yield SAVED.format(step=wording.figure(saved[0].step))
    for other in others:
        if min(best.since, other.since) == 0 or best.view.axis != other.view.axis:
            continue
        if abs(float(best.view.step[best.index] - other.view.step[other.index])) > 0:
            yield OTHER.format(
                name=other.view.name,
                place=wording.at(other.view, other.index),
                best=wording.figure(other.value),
            )
