"""Losses that are sums: a total with the parts that the log prints of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
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
        parts = {name: _newest(view) for name, view in find_parts(run, phase)}
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


def find_parts(run: RunView, phase: str) -> Iterator[tuple[str, SeriesView]]:
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
