"""Several tasks trained together, one of which does not learn."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from logwatch.diagnosis.analysis import flat_limits, subject, wording
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import decimate, theil_sen
from logwatch.parsing.record import Floats

NOT_A_TASK = re.compile(
    r"(?:^|[/_ .-])(?:acc\w*|top\d?|grad\w*|g?norm|time|lr|mem\w*|tokens?|entropy|rewards?|kl|"
    r"perplexity|ppl|iou|miou|map|f1|bleu|wer|cer|auc|score|rate|scale|align|sum|total|count|steps?|"
    r"epochs?|size|length|speed|sec|util|aux|z|balanc\w*|commit\w*|reg\w*|margins?|logps?|logits?|"
    r"weight|beta|temp\w*|std|mean|max|min|ratio|frac|clip\w*|num|ups|wps|mfu|tflops?|best|ema)"
    r"(?:$|[/_ .-])",
    re.IGNORECASE,
)
"""Words of what is no task: scores, rates, and regularisers that stay level by design (a router's
balance loss is 1 when all is well). Source: Fedus et al. 2021, arXiv 2101.03961, section 2.2."""

SETTLED = 0.2
"""Part of the run left out at its start, where every loss falls as the outputs find their scale."""

MIN_SAMPLES = 12
"""Samples after it; fewer are no trend."""

FEWEST, FEW = 3, 6
"""Samples of a whole run that suffice where much lies between them, and for a remark elsewhere."""

SURE_SAMPLES, SURE_STEPS = 30, 250
"""So many samples, or steps of the optimizer, of a task that is mere noise are worth a warning, or
12 epochs as for `flat-loss`. While other losses fall, no rate warms up: then the longest rest at
the start of 33 logs and 52 curves of runs that learned was of 8 steps."""

FEW_LEARN = 0.3
"""What the others must have lost of their level where fewer than `FEW` samples tell."""

WANDERER_LEARN = 0.25
"""The same for a task that wanders about its level, as one does that is slower than the others and
learns later. The case that this rule is for wandered, and the others had lost 28 % and more."""

STUDENT = {3: 6.314, 4: 2.920, 5: 2.353, 6: 2.132, 7: 2.015}
"""One-sided 95 % quantiles of Student's t for the slope of so few samples (two less of freedom);
of fewer than eight, Sen's interval is that of all slopes.
Source: Student 1908, https://doi.org/10.1093/biomet/6.1.1."""

STILL = 0.02
STILL_OF_OTHERS = 0.1
"""A fall surely under this part of the level, or under a tenth of the others' median fall."""

OWN_FALL = 0.2
"""A task that fell so far does not stand still, whatever its trend: a tenth of all that the others
could fall is half of it. Where it did so in the first part of the run, it is a remark: it may have
converged before the others."""

OTHERS_LEARN = 0.1
"""What the others must have lost of their level for one task to stand out."""


@rule(
    "task-not-learning",
    paced=True,
    still=STILL,
    others=OTHERS_LEARN,
    own=OWN_FALL,
    samples=SURE_SAMPLES,
    steps=SURE_STEPS,
)
def find_still_task(run: RunView, question: Question) -> Iterable[Finding]:
    """One of several training losses stays level while the others fall.

    A warning from 12 samples after the first fifth of the run on, or where the task is mere noise
    about its level for 250 steps, 30 samples or 12 epochs; before, and where it had fallen in that
    first fifth or wanders while the others have learned little, a remark.
    Values: `change` (of that task, fraction), `others` (median change of the others), `first`,
    `last` (its levels), `share` (of the sum of all tasks at the end).
    """
    if subject.plays_a_game(run):
        return
    least, learn, own = (
        question.limit("task-not-learning", name) for name in ("still", "others", "own")
    )
    whole = {view.name: view for view in _tasks(run)}
    for settled, fewest in ((SETTLED, MIN_SAMPLES), (0.0, FEWEST)):
        tasks = [
            view.tail(int(settled * len(view)))
            for view in whole.values()
            if len(view) * (1 - settled) >= fewest
        ]
        found = [
            _not_learning(view, changes, tasks, _still(usual, least), severity)
            for view, changes, usual in _stand_still(tasks, least, learn, own)
            if (severity := _severity(whole[view.name], changes, settled, question)) is not None
        ]
        if found:
            yield from (_leave_out(finding, settled) for finding in found)
            return


def _severity(
    whole: SeriesView, changes: dict[str, float], settled: float, question: Question
) -> Severity | None:
    """How sure it is: None where so few samples are worth no word."""
    others = max(fall for name, fall in changes.items() if name != whole.name)
    if settled:
        converged = change(whole) < -question.limit("task-not-learning", "own")
        early = others > -WANDERER_LEARN and flat_limits.wanders(whole)
        return Severity.info if converged or early else Severity.warning
    if len(whole) < FEW and (others > -FEW_LEARN or not _is_long(whole, question)):
        return None
    return Severity.warning if _is_long(whole, question) else Severity.info


def _is_long(view: SeriesView, question: Question) -> bool:
    """Whether it was mere noise for longer than losses rest while others learn."""
    samples, steps = (question.limit("task-not-learning", name) for name in ("samples", "steps"))
    enough = len(view) >= samples or flat_limits.span(view) >= steps
    calm = enough and not flat_limits.wanders(view)
    return calm or flat_limits.rests_for_epochs(view, question)


def _leave_out(finding: Finding, settled: float) -> Finding:
    words = f" The first {wording.share(settled)} of the run are left out." if settled else ""
    return replace(finding, detail=finding.detail + words)


def _stand_still(
    tasks: list[SeriesView], least: float, learn: float, own: float
) -> Iterator[tuple[SeriesView, dict[str, float], float]]:
    """Tasks that stand still where all others learn: the changes of all, the others' median."""
    changes = {view.name: change(view) for view in tasks} if len(tasks) >= 3 else {}
    for view in tasks if changes else ():
        others = [c for name, c in changes.items() if name != view.name]
        usual = float(np.median(others))
        if changes[view.name] < -own:
            continue
        if max(others) <= -learn and _least_fall(view) < _still(usual, least):
            yield view, changes, usual


def _tasks(run: RunView) -> list[SeriesView]:
    """Each train loss that is a task, all over the same samples."""
    names = [n for n in run.series if n.startswith("train/") and n != "train/loss"]
    names = [n for n in names if not NOT_A_TASK.search(n.removeprefix("train/"))]
    if any("loss" in name for name in names) or run.get("train/loss"):
        names = [name for name in names if "loss" in name]
    views = [subject.sketch(run.series[name]).finite() for name in names]
    longest = max((len(view) for view in views), default=0)
    return [v for v in views if len(v) > 0.9 * longest and len(v) >= FEWEST and v.value.min() > 0]


def change(view: SeriesView) -> float:
    """Change of a positive series from its first level to its last, as a fraction of the first."""
    first, last = subject.ends(view)
    return last / first - 1


def _still(usual: float, least: float) -> float:
    """The fall under which a task stands still, as a fraction, by the others' median change."""
    return max(least, -STILL_OF_OTHERS * usual)


def _least_fall(view: SeriesView) -> float:
    """The fall of the levels, or the largest that the trend allows (95 %), as a fraction."""
    curve = decimate(view)
    width = subject.window(curve)
    low = _lowest(curve.value)
    first, last = (float(np.median(p)) for p in (curve.value[:width], curve.value[-width:]))
    return max(-low, first - last) / first


def _lowest(values: Floats) -> float:
    """The lowest change over three values or more that their trend allows (95 %)."""
    count = len(values)
    if count not in STUDENT:
        return theil_sen(values).over_span()[1]
    place = np.arange(count) - (count - 1) / 2
    slope = float(place @ values / (place @ place))
    rest = values - values.mean() - slope * place
    error = math.sqrt(float(rest @ rest) / (count - 2) / float(place @ place))
    return (count - 1) * (slope - STUDENT[count] * error)


def _not_learning(
    view: SeriesView,
    changes: dict[str, float],
    tasks: list[SeriesView],
    still: float,
    severity: Severity,
) -> Finding:
    first, last = subject.ends(view)
    short = {name: name.removeprefix("train/") for name in changes}
    mine = changes[view.name]
    others = ", ".join(
        f"{short[name]} {wording.percent(c)}" for name, c in changes.items() if name != view.name
    )
    usual = float(np.median([c for name, c in changes.items() if name != view.name]))
    part = last / sum(subject.ends(task)[1] for task in tasks)
    heavy = f" It is {wording.share(part)} of the sum of all." if part > 0.5 else ""
    return Finding(
        rule="task-not-learning",
        severity=severity,
        title=f"{short[view.name]} does not learn: {wording.percent(mine)} since "
        f"{wording.at(view, 0)}, against {others}",
        detail=f"{wording.figure(first)} -> {wording.figure(last)}.{heavy} A fall of "
        f"{wording.share(still)} would refute it.",
        remedy=f"Compare the gradient norm of {short[view.name]} with the others': its loss may be "
        "averaged over too much, or its head detached.",
        metric=view.name,
        steps=wording.steps(view),
        values={"change": mine, "others": usual, "first": first, "last": last, "share": part},
        evidence=wording.evidence(view, 0, -1),
    )
