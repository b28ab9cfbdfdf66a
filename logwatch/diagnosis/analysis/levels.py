"""Levels to come back to, and the samples that lead there: what resumes and other runs left."""

import math
import re
from collections.abc import Sequence

import numpy as np

from logwatch.diagnosis.analysis.course import (
    JUMP_SAMPLES,
    SMOOTHED,
    course,
    rises,
    split_at,
    stands_above,
)
from logwatch.diagnosis.analysis.subject import sketch
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import decimate, noise, rolling_median
from logwatch.parsing.record import Event

LOSS_FIELD = re.compile(r"loss$", re.IGNORECASE)
HELD_OUT_FIELD = re.compile(r"val|eval|dev|test", re.IGNORECASE)
"""What logs call the loss of a checkpoint: `train_loss`, `loss`, `val_loss`, `best_eval_loss`."""

NOISE_SAMPLES = 50
"""Samples beside a resume that tell how noisy the loss is there."""

SAME_RUN = 0.5
"""A run that goes on at less than half of its last step was started from scratch, not resumed."""

MOST_LOADS = 8
"""Loads looked at, the newest first: each rank of a large job may report its own."""


def since_jump(run: RunView, name: str) -> tuple[SeriesView | None, bool]:
    """The samples since a resume threw the loss up, and whether training began anew there."""
    view = run.get(name)
    if view is None:
        return None, False
    kept = course(sketch(view))
    for load in reversed(run.events_of("ckpt_load")[-MOST_LOADS:]):
        before, after = split_at(kept, load.line)
        if not len(before) and initialised_anew(run, view, load.line):
            return after, True
        spread = noise(before.value[-NOISE_SAMPLES:])
        if not rises(name) and stands_above(after.value, _newest_level(before), spread):
            return after, True
    return kept, False


def checkpoint_level(loads: Sequence[Event], view: SeriesView) -> float:
    """The checkpoint's loss as the log names it, NaN where it does not."""
    held_out = view.name.startswith("eval/")
    for load in reversed(loads):
        for name, value in load.fields.items():
            matches = LOSS_FIELD.search(name) and bool(HELD_OUT_FIELD.search(name)) == held_out
            if matches and isinstance(value, float):
                return value
    return math.nan


def level_before(view: SeriesView, line: int) -> float:
    """The level that a resume at that line left, NaN where training began from scratch there."""
    before, after = split_at(view, line)
    before = course(before)
    if not len(before) or not len(after) or after.step[0] < SAME_RUN * before.step[-1]:
        return math.nan
    return _newest_level(before)


def _newest_level(view: SeriesView) -> float:
    return float(np.median(view.value[-JUMP_SAMPLES:])) if len(view) else math.nan


def initialised_anew(run: RunView, view: SeriesView, line: int) -> tuple[Event, ...]:
    """What was initialised anew when the checkpoint of that line was loaded."""
    before, after = split_at(view, line)
    first = int(before.line[-1]) if len(before) else 0
    last = int(after.line[0]) if len(after) else run.lines
    events = run.events_of("missing_keys", "reinitialised")
    return tuple(event for event in events if first < event.line <= last)


def best_level(view: SeriesView | None) -> float:
    """The lowest level that a series held for a while, NaN where it has none."""
    kept = course(sketch(view)) if view is not None else None
    if kept is None or not len(kept):
        return math.nan
    curve = decimate(kept)
    level = rolling_median(curve.value, 2 * int(SMOOTHED * len(curve)) + 1)
    return float(level.min())
