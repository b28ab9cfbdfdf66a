"""Parameters that do not move, and steps that are not taken."""

from collections.abc import Iterable, Iterator

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.finding import Evidence, Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

MIN_STILL = 2
"""Logs in a row that show a change of exactly 0. One may be a skipped step."""

MIN_STEPS = 20
"""Steps before skipped ones count: a scaler that starts at 2**32 halves about 16 times first.
Source: Megatron-LM `--initial-loss-scale` 2**32."""

SKIPPED_SHARE = 0.05
"""Part of the later half's steps that overflow. A dynamic scaler tries a doubled scale every 1000
to 2000 steps, which costs one skip each: 0.1 %.
Source: torch.amp.GradScaler `growth_interval` 2000; Megatron-LM `--loss-scale-window` 1000."""


@rule("frozen-parameters", logs=MIN_STILL)
def find_frozen_parameters(run: RunView, question: Question) -> Iterable[Finding]:
    """The logged change of the parameters is exactly 0.

    Values: `still` (samples with a change of 0), `samples`, `rates_above_zero` (of the lr logs).
    """
    view = run.get("param_delta/max") or run.get("param_delta/median")
    least = question.limit("frozen-parameters", "logs")
    if view is None or len(view) < max(least, 1):
        return
    moving = np.flatnonzero(view.value != 0)
    start = int(moving[-1]) + 1 if len(moving) else 0
    count = len(view) - start
    if count < max(least, 1):
        return
    above, rates = _positive_rates(run)
    yield Finding(
        rule="frozen-parameters",
        severity=Severity.error,
        title=(
            f"no parameter has moved in {wording.between(view, start, -1)}: "
            f"{view.name} is 0 in {count} of {len(view)} logs"
        ),
        detail="".join(_reasons(run, above, rates)),
        remedy=_remedy(above),
        metric=view.name,
        steps=wording.steps(view, start, -1),
        values={
            "still": float(count),
            "samples": float(len(view)),
            "rates_above_zero": float(above),
        },
        evidence=wording.evidence(view, start, -1),
    )


def _positive_rates(run: RunView) -> tuple[int, int]:
    """Logs with any lr above zero, and logs of the lr."""
    rates = [v for n, v in run.series.items() if (n == "lr" or n.startswith("lr/")) and len(v)]
    best = max(rates, key=lambda view: np.count_nonzero(view.value > 0), default=None)
    return (int(np.count_nonzero(best.value > 0)), len(best)) if best is not None else (0, 0)


def _reasons(run: RunView, above: int, rates: int) -> Iterator[str]:
    if above:
        axis = next(v.axis for n, v in run.series.items() if n == "lr" or n.startswith("lr/"))
        yield f"lr is above 0 in {above} of {rates} {axis}s, so the lr is not the whole cause. "
    elif rates:
        yield f"lr is 0 in all {rates} logs of it, which is cause enough. "
    yield "A change above 0 in any later log would refute it."


def _remedy(above: int) -> str:
    if not above:
        return "Give the optimizer a learning rate above zero."
    return (
        "Check that the optimizer holds this model's parameters, that none is under no_grad or "
        "detached, and that the loss scaler does not skip every step."
    )


@rule("loss-scale-overflow", paced=True, share=SKIPPED_SHARE)
def find_overflows(run: RunView, question: Question) -> Iterable[Finding]:
    """Many steps are skipped because gradients overflow in half precision.

    Values: `skipped` (steps, in the later half), `steps` (of the later half), `share`,
    `loss_scale` (the last one, NaN if not logged).
    """
    skipped, steps, proofs = _skipped_steps(run) or _overflow_events(run)
    if steps < MIN_STEPS or skipped < question.limit("loss-scale-overflow", "share") * steps:
        return
    scale = run.get("loss_scale")
    last_scale = scale.last if scale is not None else float("nan")
    scales = ""
    if scale is not None:
        scales = f" The loss scale is {wording.figure(last_scale)}."
    yield Finding(
        rule="loss-scale-overflow",
        severity=Severity.warning,
        title=(
            f"{wording.share(min(skipped / steps, 1.0))} of the later half's steps were skipped: "
            "gradients overflow"
        ),
        detail=(
            f"{wording.counted(skipped)} of {wording.counted(steps)} steps.{scales} A scaler that "
            "works skips about one in a thousand; fewer in the steps to come would refute it."
        ),
        remedy=(
            "Train in bfloat16, or lower the learning rate and find the layer that overflows first."
        ),
        metric=next((name for name in SKIPS if run.get(name)), None),
        steps=None,
        values={
            "skipped": skipped,
            "steps": steps,
            "share": skipped / steps,
            "loss_scale": last_scale,
        },
        evidence=proofs,
    )


SKIPS = ("train/skipped_steps", "train/skipped_total")
"""Steps skipped since the line before, and since the start.
Source: Megatron-LM `training_log`, which resets its count; DeepSpeed `_report_progress`."""

LEAST_COUNTS = 4
"""Counts of skipped steps that have a later half."""

Skips = tuple[float, float, tuple[Evidence, ...]]


def _skipped_steps(run: RunView) -> Skips | None:
    """Steps that the log counts as skipped in its later half."""
    view = next((view for name in SKIPS if (view := run.get(name))), None)
    if view is None or len(view) < LEAST_COUNTS:
        return None
    view = view.finite()
    half = len(view) // 2
    steps = float(np.diff(view.step)[half - 1 :].clip(min=0).sum())
    skips = view.value[half:]
    if view.name == SKIPS[-1]:
        skips = np.diff(view.value)[half - 1 :].clip(min=0)
    late = np.flatnonzero(skips > 0) + half
    proofs = wording.evidence(view, *(int(i) for i in late[[0, -1]])) if len(late) else ()
    return float(skips.sum()), steps, proofs


def _overflow_events(run: RunView) -> Skips:
    """Overflow lines of the later half against the train samples there."""
    view: SeriesView | None = subject.train_loss(run) or run.get("train/loss")
    events = run.events_of("overflow")
    if view is None or not events:
        return 0.0, 0.0, ()
    half = int(view.offset[len(view) // 2])
    late = [event for event in events if event.offset >= half]
    steps = float(np.ptp(view.step[len(view) // 2 :])) if view.axis == "step" else len(view) / 2
    proofs = tuple(Evidence(event.line, event.offset) for event in (*late[:1], *late[-1:]))
    return float(len(late)), steps, tuple(dict.fromkeys(proofs))
