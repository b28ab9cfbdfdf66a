"""A NaN that hides: behind a loss of exactly 0, a loss left out, or in gradient norms alone."""

from collections.abc import Iterator

import numpy as np

from logwatch.diagnosis.analysis import wording
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

GRADIENT_RUN = 3
"""Gradient norms in a row that are NaN before it counts: a loss scaler that finds its scale skips
one or two, and logs them."""

GRADIENT_START = 16
"""Samples in which a loss scaler may still be finding its scale: from 2**32 down, the largest
initial scale in use, 2**16 is 16 halvings away.
Source: DeepSpeed `initial_scale_power` 16, Megatron-LM `--initial-loss-scale` 2**32."""

ZERO_RUN = 3
ZERO_BEFORE = 0.01
"""Losses in a row that are exactly 0, right after one above this part of the first: no training
ends so. transformers writes 0.0 for a window whose losses were all NaN.
Source: transformers `TrainingArguments.logging_nan_inf_filter`, on by default."""


PROVEN_RUN = 2
"""The same beside gradient norms that are NaN all along, which prove it."""


def find_hidden(run: RunView, zeros: int = ZERO_RUN) -> Iterator[Finding]:
    """A loss that is exactly 0 to the end: after values that no training leaves so, or from the
    first one on beside gradient norms that are all NaN."""
    view = run.get("train/loss")
    if view is None or view.value[-1] != 0:
        return
    view = view.finite()
    nonzero = np.flatnonzero(view.value)
    start = int(nonzero[-1]) + 1 if len(nonzero) else 0
    grad = run.get("train/grad_norm")
    proven = (
        grad is not None and not np.isfinite(grad.value[grad.offset >= view.offset[start]]).any()
    )
    if len(view) - start < (PROVEN_RUN if proven else zeros) or not (start or proven):
        return
    if start and view.value[start - 1] <= ZERO_BEFORE * abs(view.value[0]):
        return
    since = (
        f"since {wording.at(view, start)}, after {wording.figure(float(view.value[start - 1]))}"
        if start
        else "from the first sample on"
    )
    yield Finding(
        rule="non-finite",
        severity=Severity.error if proven else Severity.warning,
        title=f"{view.name} is exactly 0 {since}",
        detail="Some trainers write 0 for a loss that is NaN"
        + ("; train/grad_norm is NaN, so it is." if proven else "; a grad_norm of NaN would tell."),
        remedy="Turn off the trainer's NaN filter (logging_nan_inf_filter) and "
        + ("restart before this step." if start else "find the first batch that gives NaN: try "
           "float32 or bfloat16, and check labels that are all masked."),
        metric=view.name,
        steps=wording.steps(view, start, -1),
        values={"first_step": float(view.step[start]), "count": float(len(view) - start),
         "line": float(view.line[start])},
        evidence=wording.evidence(view, max(start - 1, 0), start),
    )  # fmt: skip


def find_gradients(run: RunView, least: int = GRADIENT_RUN) -> Iterator[Finding]:
    """Gradient norms that are NaN to the end, while the loss is a number or is left out."""
    view = run.get("train/grad_norm")
    if view is None or np.isfinite(view.last):
        return
    finite = np.flatnonzero(np.isfinite(view.value))
    start = int(finite[-1]) + 1 if len(finite) else 0
    missing = _left_out(run, view, start)
    if len(view) - start < least or (len(view) <= GRADIENT_START and not missing):
        return
    since = f"since {wording.at(view, start)}" if start else "from the first sample on"
    loss = "; the line leaves train/loss out from there on" if missing else ""
    yield Finding(
        rule="non-finite",
        severity=Severity.error if missing else Severity.warning,
        title=f"train/grad_norm is not finite {since}{loss}",
        detail=f"{len(view) - start} values in a row; a loss scaler finding its scale "
        "skips one or two.",
        remedy=_gradient_remedy(run, start),
        metric=view.name,
        steps=wording.steps(view, start, -1),
        values={"first_step": float(view.step[start]), "count": float(len(view) - start),
         "line": float(view.line[start])},
        evidence=wording.evidence(view, start, -1),
    )  # fmt: skip


def _left_out(run: RunView, grad: SeriesView, start: int) -> bool:
    """Whether lines that named a loss beside the norm name none where the norm is NaN.

    Source: Megatron-LM `training_log`, which averages the losses that are numbers.
    """
    loss = run.get("train/loss")
    if loss is None or not start:
        return False
    return bool(loss.line[-1] == grad.line[start - 1])


def _gradient_remedy(run: RunView, start: int) -> str:
    """What helps: a scaler is named only where the log shows one at work."""
    scale = run.get("loss_scale")
    if run.events_of("overflow") or (scale is not None and (scale.value != 1).any()):
        return "Check whether steps are skipped, and train in bfloat16 or with a lower loss scale."
    if not start:
        return (
            "Nothing is learned so: find the first batch or layer that gives it (detect_anomaly)."
        )
    return "Stop the run and restart from a checkpoint before it with a lower lr or clipping."
