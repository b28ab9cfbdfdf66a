"""Losses that are made of parts: parts that are hidden, that should be zero, that do not learn."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.diagnosis.rules import subject, wording
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Floats

PART = re.compile(r"(?P<phase>train|eval|test)/(?:(?P<a>.+)_loss|loss_(?P<b>.+))")
"""A component as logs name it: `kd_loss`, `loss_mask`."""

NOT_A_PART = re.compile(
    r"total|sum|best|avg|mean|mini|min|max|nll|running|smooth|unscaled|step|epoch|ema|std|raw|final|"
    r"\d+$|base|valid|train|eval|test"
)
"""Words of totals, averages and second readings. fairseq's `nll_loss` is `loss` without smoothing,
DETR's `_unscaled` parts are printed beside the scaled ones, auxiliary heads are numbered.
Source: fairseq label_smoothed_cross_entropy.py; facebookresearch/detr engine.py."""

HIDDEN_SHARE = 0.05
"""Part of a total in no printed component that is worth a word; rounding and a weight decay term
stay under it."""

MAX_ROWS = 1000
"""Newest logs of a total that are held against its parts: an identity needs no more."""

FIT = 0.02
"""Largest misfit, relative to the total, at which constant weights explain it."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A total and its parts on the same lines: (n,) total and, by name, (n,) parts."""

    phase: str
    total: SeriesView
    parts: dict[str, Floats]

    @property
    def rest(self) -> Floats:
        """(n,) what the parts leave of the total, each counted once."""
        return np.asarray(self.total.value - sum(self.parts.values()), dtype=np.float64)


def sums(run: RunView) -> Iterator[Sum]:
    """Each phase's total with the components that are logged at all of its steps."""
    for phase in ("eval", "train", "test"):
        total = run.get(f"{phase}/total_loss") or run.get(f"{phase}/loss")
        parts = {name: _newest(view) for name, view in _parts(run, phase)}
        if total is None or not parts:
            continue
        total = _newest(total, min(int(view.offset[0]) for view in parts.values()))
        if phase == "train":  # components are often printed more rarely than the total
            steps = np.unique(np.concatenate([view.step for view in parts.values()]))
            total = total.where(np.isin(total.step, steps))
        shared = {name: _aligned(view, total) for name, view in parts.items()}
        known = {name: values for name, values in shared.items() if np.isfinite(values).all()}
        total_known = len(total) > 0 and bool(np.isfinite(total.value).all())
        if total_known and len(known) >= 2:
            yield Sum(phase, total, known)


def _newest(view: SeriesView, since: int | None = None) -> SeriesView:
    """The newest samples of a series: its last `MAX_ROWS`, or those since a byte offset."""
    start = len(view) - MAX_ROWS if since is None else int(np.searchsorted(view.offset, since))
    return view.tail(max(start, 0))


def _parts(run: RunView, phase: str) -> Iterator[tuple[str, SeriesView]]:
    for name, view in run.series.items():
        found = PART.fullmatch(name)
        if not found or found["phase"] != phase or not len(view):
            continue
        part = (found["a"] or found["b"]).lower()
        if not NOT_A_PART.search(part):
            yield part, view


def _aligned(view: SeriesView, total: SeriesView) -> Floats:
    """(n,) values of a part at the total's steps, NaN where it has none."""
    found = np.full(len(total), np.nan)
    index = np.searchsorted(view.step, total.step, side="right") - 1
    same = (index >= 0) & (view.step[index] == total.step)
    found[same] = view.value[index[same]]
    return found


@rule("hidden-component", paced=True, share=HIDDEN_SHARE)
def find_hidden_component(run: RunView, question: Question) -> Iterable[Finding]:
    """A total is larger than the sum of its printed components.

    Values: `total`, `parts` (their sum), `rest`, `share` (of the total).
    """
    least = question.limit("hidden-component", "share")
    for group in sums(run):
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
        "hidden-component",
        Severity.warning if declared else Severity.info,
        f"{wording.figure(round(rest, 4))} of {group.total.name} {wording.figure(total)} "
        f"({wording.share(share)}) is in no printed component",
        f"{parts} = {wording.figure(round(total - rest, 4))} at {wording.at(group.total, -1)}. "
        f"{several}{judged}{describe_weighting(run)}".strip(),
        "Print every term that the total is made of, with its weight.",
        group.total.name,
        wording.steps(group.total),
        {"total": total, "parts": total - rest, "rest": rest, "share": share},
        wording.evidence(group.total, -1),
    )


def describe_rest(run: RunView, held: SeriesView) -> str:
    """What an evaluation's total holds that no component shows, as one sentence or nothing."""
    group = next((g for g in sums(run) if g.total.name == held.name), None)
    share = float(group.rest[-1]) / group.total.last if group else 0.0
    if share < HIDDEN_SHARE:
        return describe_weighting(run)
    words = f"{wording.share(share)} of {held.name} is in no printed component. "
    return words + describe_weighting(run)


def describe_weighting(run: RunView) -> str:
    """Whether declared weights over the parts come near the train loss, as a sentence or nothing.

    Weights that are declared as 0 are tried at 0.1, the smallest round weight: a curriculum that is
    not applied adds its parts.
    """
    train, weights = run.get("train/loss"), subject.weights(run)
    group = next((g for g in sums(run) if g.phase == "eval"), None)
    if train is None or group is None or not weights:
        return ""
    terms, value = [], 0.0
    for name, values in group.parts.items():
        declared = weights[name].last if name in weights else 0.0
        weight = declared if declared > 0 else UNDECLARED
        terms.append(f"{wording.figure(weight)}*{name}")
        value += weight * float(values[-1])
    if abs(value / train.finite().last - 1) > NEAR:
        return ""
    return (
        f"{' + '.join(terms)} of the eval components is {value:.4g}, near train/loss "
        f"{wording.figure(train.finite().last)}: train may show a weighted sum, eval another one. "
    )


UNDECLARED = 0.1
NEAR = 0.1
"""How near such a sum must come, relative, to be worth the words: a hypothesis, said as one."""


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
        for part, view in _parts(run, phase):
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
        "component-should-be-zero",
        Severity.warning if roomy else Severity.info,
        f"the weight of {name} is 0 but {view.name} is {value}",
        f"Two readings: {value} is the raw loss before weighting, then it is harmless; or it is "
        f"already weighted, then the schedule is not applied. {holds}{excludes if narrow else ''}",
        f"Print {name} raw and weighted, and check that its weight multiplies it in the total.",
        view.name,
        wording.steps(view),
        {"component": view.last, "weight": 0.0, "total": max(roomy.values(), default=float("nan"))},
        (*wording.evidence(subject.weights(run)[name], -1), *wording.evidence(view, -1)),
    )


def _list(totals: dict[str, float]) -> str:
    return ", ".join(wording.figure(value) for value in totals.values())
