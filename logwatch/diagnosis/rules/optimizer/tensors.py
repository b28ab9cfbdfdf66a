"""Tensors that are not finite, by their names, and where a training stands that makes no step."""

from collections.abc import Iterable

import numpy as np

from logwatch.diagnosis.analysis import probe_parts, wording
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

GRADIENT_ROW = 3
"""Probed steps in a row with bad gradients before it counts: a loss scaler that finds its scale has
one or two, and skips them."""

STALLED_S = 600.0
"""Silence from which a step that does not come is a warning: an evaluation or a checkpoint takes
minutes. Source: torch's NCCL watchdog waits ten minutes (default timeout)."""

SHOWN_FRAMES = 3
"""Innermost frames of a stack that a sentence names."""


@rule("non-finite-tensors")
def find_bad_tensors(run: RunView, question: Question) -> Iterable[Finding]:
    """Parameters or gradients hold NaN or infinity; says in which tensors.

    Needs a probe.
    Values: `parameters`, `gradients` (tensors that do, at the newest probed step), `first_step`.
    """
    weights, gradients = run.get("nonfinite/param"), run.get("nonfinite/grad")
    if weights is not None and weights.last > 0:
        yield _bad_weights(run, weights, gradients)
    elif gradients is not None and (gradients.value > 0).any():
        yield _bad_gradients(run, gradients)


def _since(view: SeriesView) -> int:
    """Index from which on all samples are above 0."""
    good = np.flatnonzero(~(view.value > 0))
    return int(good[-1]) + 1 if len(good) else 0


def _bad_weights(run: RunView, view: SeriesView, gradients: SeriesView | None) -> Finding:
    start = _since(view)
    count = int(view.last)
    first = float(view.step[start])
    names = probe_parts.name_worst_at(run, "nonfinite/param", first)
    by_now = f"; {count} tensors by now" if count > view.value[start] else ""
    bad = gradients.last if gradients is not None else 0.0
    return Finding(
        rule="non-finite-tensors",
        severity=Severity.error,
        title=(
            f"parameters hold NaN or infinity since {wording.at(view, start)}: "
            f"{names or 'not named'}{by_now}"
        ),
        detail="A weight that is NaN stays so: every step from here on is lost. "
        + (f"{int(bad)} gradients are not finite either." if bad else ""),
        remedy=(
            "Stop the run and restart from a checkpoint before it; skip steps whose gradient norm"
            " is not finite."
        ),
        metric=view.name,
        steps=wording.steps(view, start, -1),
        values={"parameters": float(count), "gradients": bad, "first_step": first},
        evidence=wording.evidence(view, start, -1),
    )


def _bad_gradients(run: RunView, view: SeriesView) -> Finding:
    lasting = len(view) >= GRADIENT_ROW and bool((probe_parts.newest(view, GRADIENT_ROW) > 0).all())
    bad = np.flatnonzero(view.value > 0)
    start = _since(view) if lasting else int(bad[0])
    count = int(view.value[bad].max())
    names = probe_parts.name_worst_at(run, "nonfinite/grad", float(view.step[start]))
    since = "since" if lasting else "at"
    return Finding(
        rule="non-finite-tensors",
        severity=Severity.error if lasting else Severity.info,
        title=f"{count} gradient{'s are' if count > 1 else ' is'} not finite {since} "
        f"{wording.at(view, start)}: {names or 'not named'}",
        detail=f"{len(bad)} of {len(view)} probed steps. "
        + ("" if lasting else "A loss scaler that looks for its scale skips such steps."),
        remedy="Find the first of these tensors in the model: what feeds it divides by 0, takes "
        "a log of "
        "0 or overflows." if lasting else "",
        metric=view.name,
        steps=wording.steps(view, start, int(bad[-1])),
        values={
            "parameters": 0.0, "gradients": float(count), "first_step": float(view.step[start]),
        },
        evidence=wording.evidence(view, start, int(bad[-1])),
        active=lasting,
    )  # fmt: skip


@rule("step-stall", silent_s=STALLED_S)
def find_step_stall(run: RunView, question: Question) -> Iterable[Finding]:
    """The process lives but makes no optimizer step; says in which line of Python it stands.

    Needs a probe.
    Values: `silent_s` (since the last step).
    """
    stalls = run.events_of("probe_stall")
    if not stalls:
        return
    event = stalls[-1]
    steps = run.get("step_time_s")
    over = steps is not None and int(steps.offset[-1]) > event.offset
    silent, frames = event.fields.get("silent_s"), str(event.fields.get("frames", ""))
    if not isinstance(silent, float):
        return
    shown, least = frames.split(" < "), question.limit("step-stall", "silent_s")
    yield Finding(
        rule="step-stall",
        severity=Severity.warning if silent >= least and not over else Severity.info,
        title=f"no step for {silent:.0f} s: the training is in {shown[0] or 'an unknown place'}",
        detail=f"Called from {'; from '.join(shown[1 : 1 + SHOWN_FRAMES])}. An evaluation "
        "or a checkpoint "
        "that goes on would explain it." if shown[1:] else "",
        remedy="" if over else "If it stands in a collective, look at the other ranks; if in "
        "a data "
        "loader, at the disk and the workers.",
        metric=None,
        steps=None,
        values={"silent_s": silent},
        evidence=(probe_parts.quote_event(event),),
        active=not over,
    )  # fmt: skip
