"""Restarts of a run: where its step counter went back for good."""

from collections.abc import Iterator

import numpy as np

from logwatch.diagnosis.analysis import subject
from logwatch.metrics.run import Restart, RunView

LOST_GAPS = 2
"""Gaps between logged steps that a counter must go back to be a restart: lines of several ranks
come one or two out of order."""

COUNTER_RESTARTS = 3
"""A counter that goes back this often, each time to the same start and with a loss that goes on at
its level, counts batches within an epoch."""

SCRATCH = 0.1
"""A counter that goes back below this part of where it stood starts from scratch."""


def real_restarts(run: RunView) -> Iterator[Restart]:
    """Restarts that are neither ranks out of order nor a counter within the epoch."""
    view = run.get("train/loss") or max(run.series.values(), key=len, default=None)
    if view is None or not run.restarts:
        return
    ahead = np.diff(view.step)
    gap = float(np.median(ahead[ahead > 0])) if (ahead > 0).any() else 0.0
    far = [r for r in run.restarts if r.from_step - r.to_step > LOST_GAPS * gap]
    same_start = len({restart.to_step for restart in far}) == 1
    began_anew = int(subject.attempt(view).offset[0]) > int(view.offset[0])
    if len(far) >= COUNTER_RESTARTS and same_start and not began_anew:
        return
    yield from far


def is_from_scratch(restart: Restart) -> bool:
    """Whether the counter went back to the start, not to a checkpoint."""
    return restart.to_step <= SCRATCH * restart.from_step
