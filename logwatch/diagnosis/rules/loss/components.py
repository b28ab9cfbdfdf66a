"""Losses that are made of parts: parts that are hidden, that should be zero, that do not learn."""

from collections.abc import Iterable, Iterator

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.analysis.sums import HIDDEN_SHARE, Sum, describe_weighting, find_parts, sums
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

FIT = 0.02
"""Largest misfit, relative to the total, at which constant weights explain it."""


@rule("hidden-component", paced=True, share=HIDDEN_SHARE)
def find_hidden_component(run: RunView, question: Question) -> Iterable[Finding]:
    """A total is larger than the sum of its printed components.

    Values: `total`, `parts` (their sum), `rest`, `share` (of the total).
    """
    least = question.limit("hidden-component", "share")
    for group in sums(run):
        with np.errstate(divide="ignore", invalid="ignore"):  # a total may be 0
            share = group.rest / group.total.value
        weights = {name: view.last for name, view in subject.weights(run).items()}
        declared = bool(weights) and max(weights.values()) <= 1
        if float(share.min()) < least or _explained(group, 1.0 if declared else np.inf):
            continue
        yield _hidden(run, group, float(share[-1]), declared)
        return


GREATEST = 1e150
"""Parts above it overflow when they are squared: no sum of losses is so large."""


def _explained(group: Sum, most: float) -> bool:
    """Whether constant weights between 0 and `most` make the total out of the parts."""
    matrix = np.column_stack(list(group.parts.values()))
    if len(matrix) < matrix.shape[1] + 2 or not np.abs(matrix).max() < GREATEST:
        return False
    weights, *_ = np.linalg.lstsq(matrix, group.total.value, rcond=None)
    misfit = np.abs(matrix @ weights - group.total.value)
    fits = bool((misfit <= FIT * np.abs(group.total.value)).all())
    return fits and bool((weights >= -FIT).all() and (weights <= most + FIT).all())


def _hidden(run: RunView, group: Sum, share: float, declared: bool) -> Finding:
    rest, total = float(group.rest[-1]), group.total.last
    parts = " + ".join(f"{name} {wording.figure(float(v[-1]))}" for name, v in group.parts.items())
    several = f"So in all {len(group.total)} logs of it. " if len(group.total) > 1 else ""
    judged = (
        "No declared weight is above 1, so weights do not explain it. "
        if declared
        else "Weights above 1 would explain it: the log declares none. "
    )
    return Finding(
        rule="hidden-component",
        severity=Severity.warning if declared else Severity.info,
        title=(
            f"{wording.figure(round(rest, 4))} of {group.total.name} {wording.figure(total)} "
            f"({wording.share(share)}) is in no printed component"
        ),
        detail=(
            f"{parts} = {wording.figure(round(total - rest, 4))} at {wording.at(group.total, -1)}. "
            f"{several}{judged}{describe_weighting(run)}".strip()
        ),
        remedy="Print every term that the total is made of, with its weight.",
        metric=group.total.name,
        steps=wording.steps(group.total),
        values={"total": total, "parts": total - rest, "rest": rest, "share": share},
        evidence=wording.evidence(group.total, -1),
    )


@rule("component-should-be-zero")
def find_component_of_weight_zero(run: RunView, question: Question) -> Iterable[Finding]:
    """A component whose declared weight is 0 is logged as more than 0.

    Needs weights declared as 0.
    Values: `component`, `weight`, `total` (the largest total that could hold it, NaN if none).
    """
    found = [row for name in subject.weights(run) for row in _weightless(run, name)]
    if found:
        yield _should_be_zero(run, *max(found, key=lambda row: row[1].last))


def _weightless(run: RunView, name: str) -> Iterator[tuple[str, SeriesView]]:
    weight = subject.weights(run)[name]
    for phase in ("eval", "train"):
        for part, view in find_parts(run, phase):
            if part != name and not part.startswith(name + "_"):
                continue
            now = subject.value_at(weight, int(view.offset[-1]))
            if now == 0 and view.last > 0:
                yield name, view


def _should_be_zero(run: RunView, name: str, view: SeriesView) -> Finding:
    phase = view.name.partition("/")[0]
    totals = {n: t.last for p in (phase, "eval", "train") if (t := run.get(n := f"{p}/loss"))}
    roomy = {n: t for n, t in totals.items() if t >= view.last}
    narrow = {n: t for n, t in totals.items() if t < view.last}
    value = wording.figure(view.last)
    holds = f"{', '.join(roomy)} ({_list(roomy)}) is large enough to hold it. " if roomy else ""
    excludes = f"It is not in {', '.join(narrow)} ({_list(narrow)}), which is smaller. "
    return Finding(
        rule="component-should-be-zero",
        severity=Severity.warning if roomy else Severity.info,
        title=f"the weight of {name} is 0 but {view.name} is {value}",
        detail=(
            f"Two readings: {value} is the raw loss before weighting, then it is harmless; or it is"
            " already weighted, then the schedule is not applied."
            f" {holds}{excludes if narrow else ''}"
        ),
        remedy=(
            f"Print {name} raw and weighted, and check that its weight multiplies it in the total."
        ),
        metric=view.name,
        steps=wording.steps(view),
        values={
            "component": view.last,
            "weight": 0.0,
            "total": max(roomy.values(), default=float("nan")),
        },
        evidence=(*wording.evidence(subject.weights(run)[name], -1), *wording.evidence(view, -1)),
    )


def _list(totals: dict[str, float]) -> str:
    return ", ".join(wording.figure(value) for value in totals.values())
