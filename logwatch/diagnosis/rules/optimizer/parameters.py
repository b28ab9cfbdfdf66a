"""What the optimizer holds and does, as a probe sees it: what is left out, frozen, or skipped."""

from collections.abc import Iterable

import numpy as np

from logwatch.diagnosis.analysis import probe_parts, wording
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

STILL = 3
"""Newest probed steps without any movement: one may follow a skipped step, two a restart of lr."""

SKIPPED_SHARE = 0.05
SKIPPED_STEPS = 20
"""Part of the steps, and how many at least, whose gradients were thrown away. A loss scaler that
works tries a doubled scale every 2000 steps, one skip each; its search at the start costs 16.
Source: torch.amp.GradScaler, `growth_interval` 2000, `init_scale` 2**16."""


@rule("no-gradients")
def find_no_gradients(run: RunView, question: Question) -> Iterable[Finding]:
    """The optimizer steps, but none of the parameters that it holds has a gradient.

    Needs a probe.
    Values: `tensors` (that it holds), `probed` (newest steps in which it was so).
    """
    view = run.get("probe/gradless_tensors")
    held = _held(run)
    if view is None or len(view) < STILL or not held:
        return
    if not (probe_parts.newest(view, STILL) >= held).all():
        return
    probed = _count_last(view, held)
    yield Finding(
        rule="no-gradients",
        severity=Severity.error,
        title=(
            f"none of the {wording.counted(held)} tensors in the optimizer has a gradient: its"
            " steps change nothing"
        ),
        detail=(
            f"So in the newest {probed} probed steps. The loss is computed from other parameters"
            " than those that the optimizer holds, or from none."
        ),
        remedy=(
            "Build the optimizer from the parameters() of the model that is trained, after that is "
            "moved, wrapped, copied or loaded."
        ),
        metric=view.name,
        steps=wording.steps(view, -probed, -1),
        values={"tensors": float(held), "probed": float(probed)},
        evidence=wording.evidence(view, -probed, -1),
    )


def _held(run: RunView) -> int:
    """Tensors in all groups that the probe told of last."""
    groups = {
        str(event.fields.get("name")): event.fields.get("tensors")
        for event in run.events_of("probe_group")
    }
    return int(sum(count for count in groups.values() if isinstance(count, float)))


def _count_last(view: SeriesView, least: float) -> int:
    """How many of the newest samples are at least so large."""
    small = np.flatnonzero(view.value < least)
    return len(view) - (int(small[-1]) + 1 if len(small) else 0)


@rule("unheld-parameters")
def find_unheld(run: RunView, question: Question) -> Iterable[Finding]:
    """Parameters that ask for a gradient are in no optimizer, so that nothing trains them.

    Needs a probe.
    Values: `tensors`, `parameters` (numbers in them).
    """
    events = run.events_of("probe_orphans")
    if not events:
        return
    event = events[-1]
    tensors, numbers = (event.fields.get(name, 0.0) for name in ("tensors", "params"))
    if not (isinstance(tensors, float) and isinstance(numbers, float) and tensors):
        return
    be = "tensor is" if tensors == 1 else "tensors are"
    yield Finding(
        rule="unheld-parameters",
        severity=Severity.warning,
        title=(
            f"{wording.counted(tensors)} {be} in no optimizer and will never change: "
            f"{event.fields.get('names')}"
        ),
        detail=(
            f"They hold {wording.counted(numbers)} numbers and have requires_grad=True. An"
            " optimizer that has not made a step yet would explain it."
        ),
        remedy="Pass them to the optimizer, or set requires_grad=False if they are meant to stay.",
        metric=None,
        steps=None,
        values={"tensors": tensors, "parameters": numbers},
        evidence=(probe_parts.quote_event(event),),
    )


@rule("frozen-part")
def find_frozen_parts(run: RunView, question: Question) -> Iterable[Finding]:
    """Part of what the optimizer holds does not move while the rest does.

    Needs a probe.
    Values: `tensors` (that do not move), `without_gradient` (of them), `probed` (steps).
    """
    moving, still = probe_parts.own_series(run, "param_delta/max"), run.get("probe/unmoved_tensors")
    if moving is None or still is None or min(len(moving), len(still)) < STILL:
        return
    counts = probe_parts.newest(still, STILL)
    if not (probe_parts.newest(moving, STILL) > 0).all() or not (counts > 0).all():
        return
    gradless = run.get("probe/gradless_tensors")
    without = float(probe_parts.newest(gradless, STILL).max()) if gradless is not None else 0.0
    stuck = float(counts[-1]) - without
    frozen = _frozen_parts(run)
    if stuck > 0:
        yield _stuck(run, still, stuck, frozen)
    elif frozen:
        yield _left_out(run, still, float(counts[-1]), frozen)


def _frozen_parts(run: RunView) -> list[str]:
    """Groups and top modules none of whose tensors has moved in the newest probed steps."""
    return [
        name
        for name, view in probe_parts.parts_of(run, "param_delta").items()
        if len(view) >= STILL and not probe_parts.newest(view, STILL).any()
    ]


def _stuck(run: RunView, view: SeriesView, stuck: float, frozen: list[str]) -> Finding:
    """Tensors that get a gradient and do not move: rounding, or a rate of 0."""
    rates = probe_parts.parts_of(run, "lr")
    resting = [name for name in frozen if name in rates and rates[name].last == 0]
    names = ", ".join(probe_parts.name_worst(run, "unmoved_tensors").split(", ")[: int(stuck)])
    where = f" ({probe_parts.list_names(frozen)})" if frozen else ""
    why = (
        f"The lr of {probe_parts.list_names(resting)} is 0, which is cause enough."
        if resting
        else (
            "They have a gradient and a rate above 0: updates smaller than the last digit of a "
            "bfloat16 or float16 weight are lost in rounding. float32 weights would refute it."
        )
    )
    return Finding(
        rule="frozen-part",
        severity=Severity.info if resting else Severity.warning,
        title=(
            f"{wording.counted(stuck)} tensors do not move although they get a gradient{where}: "
            f"{names or 'not named'}"
        ),
        detail=why,
        remedy=(
            ""
            if resting
            else "Keep a float32 copy of the weights in the optimizer, or raise the lr."
        ),
        metric=view.name,
        steps=wording.steps(view, -STILL, -1),
        values={"tensors": stuck, "without_gradient": 0.0, "probed": float(STILL)},
        evidence=wording.evidence(view, -STILL, -1),
    )


def _left_out(run: RunView, view: SeriesView, count: float, frozen: list[str]) -> Finding:
    """Whole parts without a gradient: often meant so, and good to see confirmed."""
    names = probe_parts.name_worst(run, "gradless_tensors")
    return Finding(
        rule="frozen-part",
        severity=Severity.info,
        title=(
            f"{probe_parts.list_names(frozen)} {'does' if len(frozen) == 1 else 'do'} not train: "
            f"no gradient reaches {wording.counted(count)} tensors"
        ),
        detail=(
            f"They are in the optimizer: {names}. Right if they are meant to be frozen "
            "(requires_grad=False); else something between them and the loss is detached."
        ),
        remedy="",
        metric=view.name,
        steps=wording.steps(view, -STILL, -1),
        values={"tensors": count, "without_gradient": count, "probed": float(STILL)},
        evidence=wording.evidence(view, -STILL, -1),
    )


@rule("skipped-steps", share=SKIPPED_SHARE)
def find_skipped(run: RunView, question: Question) -> Iterable[Finding]:
    """Gradients are computed but many steps with them are not taken.

    Needs a probe.
    Values: `skipped` (steps, in the later half of those probed), `steps` (of that half), `share`.
    """
    view = run.get("probe/skipped_steps")
    if view is None or len(view) < 4:
        return
    late = view.where(slice(len(view) // 2, None))
    skipped = float(late.value[-1] - late.value[0])
    steps = float(late.step[-1] - late.step[0]) + skipped
    share = question.limit("skipped-steps", "share")
    if steps < SKIPPED_STEPS or skipped < share * max(steps, SKIPPED_STEPS):
        return
    yield Finding(
        rule="skipped-steps",
        severity=Severity.warning,
        title=(
            f"{wording.share(skipped / steps)} of the steps are not taken:"
            f" {wording.counted(skipped)} of {wording.counted(steps)} in"
            f" {wording.between(late, 0, -1)}"
        ),
        detail=(
            "backward ran and no step followed. A loss scaler does so when gradients overflow; so"
            " does code that leaves out bad batches. Gradient accumulation is not counted."
        ),
        remedy="Train in bfloat16, or find the layer whose gradients overflow.",
        metric=view.name,
        steps=wording.steps(late, 0, -1),
        values={"skipped": skipped, "steps": steps, "share": skipped / steps},
        evidence=wording.evidence(late, 0, -1),
    )
