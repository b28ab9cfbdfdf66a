"""Gradients of a model's parts as the optimizer gets them: none, too small, too large, unequal."""

from collections.abc import Iterable, Mapping

import numpy as np

from logwatch.diagnosis.analysis import probe_parts, wording
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

PROBED = 10
"""Newest probed steps that must agree: a batch without one class, or one of many tasks, may leave a
part without gradient; ten in a row do not, unless the part is never used."""

VANISHED = 1e-4
VANISHED_RATIO = 1e-3
"""Norm of a part's gradient, and its part of the largest one, under which it has vanished.
Source: AutoTrainer (ICSE 2021), utils/monitor.py: gradient under 1e-4 and its ratio to the other
end of the network under 1e-3."""

ALL_VANISHED = 1e-7
"""Norm of the whole gradient under which nothing is learned.
Source: Amazon SageMaker Debugger, VanishingGradient, default threshold 0.0000001."""

EXPLODED = 70.0
"""Times its own usual gradient at which a part's has exploded.
Source: AutoTrainer (ICSE 2021), utils/monitor.py: ratio of 70."""

EXPLODED_PROBED = 5
USUAL_PROBED = 20
"""Newest samples, and those before them, that are compared. One batch alone may be odd: OLMo and
BigScience log single gradients of 100 times the usual that harm nothing."""

STARVED = 0.25
"""Part of the other heads' gradient that is little. In the case that this rule is for a head that
learned nothing had 0.18 of the others'; of healthy runs of several heads see docs/attach.md."""

HEAD_WORDS = ("head", "classifier", "decoder", "predictor", "task")
"""Words in the names of parts that end a model side by side; other parts differ by their nature."""


@rule("vanishing-gradients", norm=VANISHED, ratio=VANISHED_RATIO, whole=ALL_VANISHED)
def find_vanishing(run: RunView, question: Question) -> Iterable[Finding]:
    """A part of the model gets a gradient next to nothing, or exactly 0, while another learns.

    Needs a probe.
    Values: `norm` (of its gradient, median of the newest 10), `largest` (the same of the part with
    the largest), `parts` (that have vanished).
    """
    whole = probe_parts.own_series(run, "train/grad_norm")
    found = {name: norm for name, norm in _medians(run).items() if np.isfinite(norm)}
    largest = max(found.values(), default=0.0)
    if whole is not None and len(whole) >= PROBED and probe_parts.parts_of(run, "param_delta"):
        norms = probe_parts.newest(whole, PROBED)
        if (norms < question.limit("vanishing-gradients", "whole")).all():
            yield _all_vanished(whole, float(np.median(norms)))
            return
    norm, ratio = (question.limit("vanishing-gradients", name) for name in ("norm", "ratio"))
    limit = min(norm, ratio * largest)
    gone = [name for name in found if _has_vanished(run, name, limit)]
    if gone and len(gone) < len(found):
        yield _vanished(run, gone, found, largest)


def _medians(run: RunView) -> Mapping[str, float]:
    """The usual gradient of each part that was probed often enough."""
    views = probe_parts.parts_of(run, "grad_norm")
    return {
        name: float(np.median(probe_parts.newest(view, PROBED)))
        for name, view in views.items()
        if len(view) >= PROBED
    }


def _has_vanished(run: RunView, name: str, limit: float) -> bool:
    norms = probe_parts.newest(probe_parts.parts_of(run, "grad_norm")[name], PROBED)
    return bool((norms < limit).all())


def _all_vanished(view: SeriesView, norm: float) -> Finding:
    return Finding(
        rule="vanishing-gradients",
        severity=Severity.warning,
        title=(
            f"the gradient has vanished: its norm is {wording.figure(norm)} in the newest "
            f"{PROBED} probed steps"
        ),
        detail="Nothing is learned at that. A loss that still falls would refute it.",
        remedy="Look for a loss that is detached, saturated or multiplied by 0.",
        metric=view.name,
        steps=wording.steps(view, -PROBED, -1),
        values={"norm": norm, "largest": norm, "parts": 0.0},
        evidence=wording.evidence(view, -PROBED, -1),
    )


def _vanished(run: RunView, gone: list[str], found: Mapping[str, float], largest: float) -> Finding:
    view = probe_parts.parts_of(run, "grad_norm")[gone[0]]
    norm = max(found[name] for name in gone)
    most = max(found, key=found.__getitem__)
    amount = "exactly 0" if norm == 0 else wording.figure(norm)
    return Finding(
        rule="vanishing-gradients",
        severity=Severity.warning,
        title=(
            f"{probe_parts.list_names(gone)} get{'s' if len(gone) == 1 else ''} next to no"
            f" gradient: {amount} where {most} gets {wording.figure(largest)}"
        ),
        detail=(
            f"Norms of the newest {PROBED} probed steps, after clipping. A part that is not used in"
            " this phase of training would explain it."
        ),
        remedy=(
            "Check what lies between that part and the loss: a detach, a saturated activation, a "
            "missing residual, a loss weight of 0."
        ),
        metric=view.name,
        steps=wording.steps(view, -PROBED, -1),
        values={"norm": norm, "largest": largest, "parts": float(len(gone))},
        evidence=wording.evidence(view, -PROBED, -1),
    )


@rule("exploding-gradients", times=EXPLODED)
def find_exploding(run: RunView, question: Question) -> Iterable[Finding]:
    """A part's gradient has grown to many times its usual size and stays there.

    Needs a probe.
    Values: `norm` (median of the newest 5 probed steps), `usual` (of those before), `times`.
    """
    grown, least = [], question.limit("exploding-gradients", "times")
    for name, view in probe_parts.parts_of(run, "grad_norm").items():
        if len(view) < USUAL_PROBED + EXPLODED_PROBED:
            continue
        late = view.value[-EXPLODED_PROBED:]
        early = view.value[:-EXPLODED_PROBED]
        early = early[np.isfinite(early)]
        usual = float(np.median(early)) if len(early) else 0.0
        if usual > 0 and np.isfinite(late).all() and late.min() > least * usual:
            grown.append((float(np.median(late)) / usual, name, view, usual))
    if not grown:
        return
    times, name, view, usual = max(grown, key=lambda one: one[0])
    norm = float(np.median(view.value[-EXPLODED_PROBED:]))
    rest = f" So have {len(grown) - 1} other parts, by less." if len(grown) > 1 else ""
    yield Finding(
        rule="exploding-gradients",
        severity=Severity.error,
        title=(
            f"the gradient of {name} has exploded: {wording.figure(norm)}, {times:.0f} times its "
            f"usual {wording.figure(usual)}"
        ),
        detail=(
            f"Norms of the newest {EXPLODED_PROBED} probed steps against those before.{rest} A"
            " phase of training with another loss would explain it."
        ),
        remedy=(
            "Clip the gradient, lower the learning rate, and look at the batches of these steps."
        ),
        metric=view.name,
        steps=wording.steps(view, -EXPLODED_PROBED, -1),
        values={"norm": norm, "usual": usual, "times": times},
        evidence=wording.evidence(view, -EXPLODED_PROBED - 1, -EXPLODED_PROBED, -1),
    )


@rule("starved-head", ratio=STARVED)
def find_starved_head(run: RunView, question: Question) -> Iterable[Finding]:
    """One of several heads gets a small part of the gradient that the others get.

    Needs a probe.
    Values: `norm` (of its gradient, median of the newest 10), `others` (median of the other heads),
    `ratio`.
    """
    limit = question.limit("starved-head", "ratio")
    heads = {name: norm for name, norm in _medians(run).items() if is_head(name)}
    if len(heads) < 2 or not all(np.isfinite(norm) and norm > 0 for norm in heads.values()):
        return
    name = min(heads, key=heads.__getitem__)
    others = float(np.median([norm for other, norm in heads.items() if other != name]))
    ratio = heads[name] / others
    views = {head: probe_parts.parts_of(run, "grad_norm")[head] for head in heads}
    if ratio >= limit or not _always_least(views, name, limit):
        return
    view = views[name]
    learns = _learns(run, name)
    yield Finding(
        rule="starved-head",
        severity=Severity.info if learns else Severity.warning,
        title=f"{name} gets {ratio:.2g} of the gradient that the other heads get: "
        f"{wording.figure(heads[name])} against {wording.figure(others)}",
        detail=f"Medians of the newest {PROBED} probed steps of "
        f"{probe_parts.list_names(sorted(heads))}. "
        + ("Its loss falls all the same." if learns else "A loss of its own that falls would "
           "refute that it matters."),
        remedy="Give its loss a larger weight, and check that it is not averaged over "
        "more outputs than "
        "the others.",
        metric=view.name,
        steps=wording.steps(view, -PROBED, -1),
        values={"norm": heads[name], "others": others, "ratio": ratio},
        evidence=wording.evidence(view, -PROBED, -1),
    )  # fmt: skip


def is_head(name: str) -> bool:
    """Whether a part's name says that it is one of several ends of the model."""
    return any(word in name.lower() for word in HEAD_WORDS)


def _always_least(views: Mapping[str, SeriesView], name: str, limit: float) -> bool:
    """Whether the head is far below the others in most of its newest probed steps."""
    rows = np.array([probe_parts.newest(view, PROBED) for view in views.values()])
    own = rows[list(views).index(name)]
    others = np.median(np.delete(rows, list(views).index(name), axis=0), axis=0)
    return bool(np.mean(own < limit * others) >= 0.8)


def _learns(run: RunView, name: str) -> bool:
    """Whether the log has a loss of the head's name that has fallen by a tenth."""
    words = [word for word in name.lower().replace("/", "_").split("_") if word not in HEAD_WORDS]
    for metric, view in run.series.items():
        last = metric.lower().rpartition("/")[2]
        if metric.startswith("train/") and words and all(word in last for word in words):
            values = view.finite().value
            if len(values) >= 4 and np.median(values[-3:]) < 0.9 * np.median(values[:3]):
                return True
    return False
