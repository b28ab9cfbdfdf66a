"""Losses that are one number to the last digit, log after log."""

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

REPEATS, REPEATED_DIGITS = 5, 4
"""Logs in a row of the same number, to so many digits, that are worth a remark: by chance four
digits of a loss that scatters by a percent agree five times once in ten thousand times.
Example: Barber0/LLM-pretrain, 54.75 six times in a row in half precision, in three attempts."""


CHECK = "Check that the loss is computed from the batch, and that parameters move."


def find_repeats(run: RunView) -> list[Finding]:
    """A loss that is one number to the last digit for most of an attempt: of this one, or before.

    Attempts are told apart by their steps alone, so that each short one counts.
    """
    whole = subject.newest_train_loss(run)
    if whole is None:
        return []
    edges = [0, *(np.flatnonzero(np.diff(whole.step) < 0) + 1), len(whole)]
    for end, start in zip(edges[:0:-1], edges[-2::-1], strict=True):
        value = whole.value[start:end]
        changes = np.flatnonzero(np.diff(value)) + 1
        first = int(changes[-1]) if len(changes) else 0
        same = len(value) - first
        if (
            same >= REPEATS
            and 2 * same >= len(value)
            and wording.digits(float(value[-1])) >= REPEATED_DIGITS
        ):
            return [_same(whole.where(slice(start + first, end)), end == len(whole))]
    return []


def _same(view: SeriesView, now: bool) -> Finding:
    when = "" if now else "in an earlier attempt "
    return Finding(
        rule="flat-loss",
        severity=Severity.info,
        title=f"{when}{view.name} was {wording.figure(view.last)} to the last digit in "
        f"{len(view)} logs in a row ({wording.between(view, 0, -1)})",
        detail="Losses of different batches are not equal to the last digit. A value that the log "
        "rounds "
        "to few digits would explain it.",
        remedy=CHECK if now else "",
        metric=view.name,
        steps=wording.steps(view),
        values={"first": view.last, "last": view.last, "change": 0.0, "change_low": 0.0,
         "change_high": 0.0, "samples": float(len(view))},
        evidence=wording.evidence(view, 0, -1),
        active=now,
    )  # fmt: skip
