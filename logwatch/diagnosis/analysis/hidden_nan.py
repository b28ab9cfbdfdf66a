"""A NaN that hides: behind a loss of exactly 0, or in gradient norms alone."""

from collections.abc import Iterator

import numpy as np

from logwatch.diagnosis.analysis import wording
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.metrics.run import RunView

GRADIENT_RUN = 3
"""Gradient norms in a row that are NaN before it counts: a loss scaler that finds its scale skips
one or two, and logs them."""

GRADIENT_START = 20
"""Samples in which a loss scaler may still be finding its scale: from 2**32 down, the largest
initial scale in use, 2**16 is 16 halvings away.
Source: DeepSpeed `initial_scale_power` 16, Megatron-LM `--initial-loss-scale` 2**32."""

ZERO_RUN = 3
ZERO_BEFORE = 0.01
"""Losses in a row that are exactly 0, right after one above this part of the first: no training
ends so. transformers writes 0.0 for a window whose losses were all NaN.
Source: transformers `TrainingArguments.logging_nan_inf_filter`, on by default."""


def find_hidden(run: RunView, zeros: int = ZERO_RUN) -> Iterator[Finding]:
    """A loss that drops to exactly 0 and stays there."""
    view = run.get("train/loss")
    if view is None or view.value[-max(zeros, 1) :].any():
        return
    view = view.finite()
    nonzero = np.flatnonzero(view.value)
    start = int(nonzero[-1]) + 1 if len(nonzero) else 0
    if not start or len(view) - start < zeros:
        return
    if view.value[start - 1] <= ZERO_BEFORE * abs(view.value[0]):
        return
    grad = run.get("train/grad_norm")
    proven = grad is not None and not np.isfinite(grad.last)
    yield Finding(
        "non-finite",
        Severity.error if proven else Severity.warning,
        f"{view.name} is exactly 0 since {wording.at(view, start)}, after "
        f"{wording.figure(float(view.value[start - 1]))}",
        "Some trainers write 0 for a loss that is NaN"
        + ("; train/grad_norm is NaN, so it is." if proven else "; a grad_norm of NaN would tell."),
        "Turn off the trainer's NaN filter (logging_nan_inf_filter) and restart before this step.",
        view.name,
        wording.steps(view, start, -1),
        {"first_step": float(view.step[start]), "count": float(len(view) - start),
         "line": float(view.line[start])},
        wording.evidence(view, start - 1, start),
    )  # fmt: skip


def find_gradients(run: RunView, least: int = GRADIENT_RUN) -> Iterator[Finding]:
    """Gradient norms that are NaN to the end while the loss is still a number."""
    view = run.get("train/grad_norm")
    if view is None or len(view) <= GRADIENT_START or np.isfinite(view.last):
        return
    finite = np.flatnonzero(np.isfinite(view.value))
    start = int(finite[-1]) + 1 if len(finite) else 0
    if len(view) - start < least:
        return
    yield Finding(
        "non-finite",
        Severity.warning,
        f"train/grad_norm is not finite since {wording.at(view, start)}",
        f"{len(view) - start} values in a row; a loss scaler finding its scale skips one or two.",
        "Check whether steps are skipped, and train in bfloat16 or with a lower loss scale.",
        view.name,
        wording.steps(view, start, -1),
        {"first_step": float(view.step[start]), "count": float(len(view) - start),
         "line": float(view.line[start])},
        wording.evidence(view, start, -1),
    )  # fmt: skip
