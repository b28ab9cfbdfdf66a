"""Which samples tell something new, and at which step of the whole run they stand."""

from dataclasses import dataclass

import numpy as np
import regex

from logwatch.parsing.record import Floats, Mask, Samples

STAYING = regex.compile(r"^(?:eval|test)/|_epoch$")
"""Figures that stay in a bar until the next evaluation or epoch: only a new value is a sample."""
FULL = 0.98
"""A bar that was drawn so far had come to its end; not every bar draws its last step."""


@dataclass(slots=True)
class Counter:
    """Where the step counter of one series stands: the raw last step, and what to add to it.

    `said` are value and step of the last sample in the log, kept or not; `redrawn` tells that a bar
    has shown the metric, `is_set` that its value is newer than the counter beside it.
    """

    step: float = np.nan
    epoch: float = np.nan
    total: float = np.nan
    shift: float = 0.0
    said: tuple[float, float] | None = None
    bar: tuple[float, float] = (np.nan, np.nan)
    """Step and epoch of the newest drawing of a headed bar; NaN where it was not kept."""
    told: float = np.nan
    """Epoch of the last sample in the log, kept or not."""
    redrawn: bool = False
    is_set: bool = True


def find_fresh(samples: Samples, counter: Counter) -> Mask | slice:
    """Which samples say something that the one before did not: (n,) bool, or all of them.

    A bar draws the same figures again; what stays in it says nothing new on later lines either.
    """
    redrawn = np.broadcast_to(np.asarray(samples.redraw, bool), len(samples.value))
    stays = bool(STAYING.search(samples.metric))
    headed = np.broadcast_to(np.asarray(samples.headed, bool), len(samples.value))
    if stays:
        redrawn = np.logical_or.accumulate(redrawn) | counter.redrawn
    before, counter.said = counter.said, (float(samples.value[-1]), float(samples.step[-1]))
    told, counter.told = counter.told, float(samples.epoch[-1])
    if not redrawn.any():
        if not stays:
            _note_end(samples, before, counter)
        return slice(None)
    counter.redrawn = True
    fresh = _differs(samples.value, before[0] if before else np.nan)
    if not stays:
        fresh |= _moves_on(fresh, samples, before, counter)
    fresh |= ~redrawn
    fresh[0] |= before is None
    if headed.any():
        fresh |= headed & _differs(samples.epoch, told)
        fresh &= ~_superseded(samples, headed & fresh)
    return np.asarray(fresh)


def _superseded(samples: Samples, drawn: Mask) -> Mask:
    """Which drawings another one of the same step and epoch follows: (n,) bool.

    Keras draws a full bar twice: with the last batch, then with the means of the epoch.
    """
    rows = np.flatnonzero(drawn)
    same = (np.diff(samples.step[rows]) == 0) & (np.diff(samples.epoch[rows]) == 0)
    same &= np.diff(rows) == 1  # nothing else stands between two drawings of one bar
    over = np.zeros(len(drawn), bool)
    over[rows[:-1][same]] = True
    return over


def supersedes(samples: Samples, keep: Mask | slice, counter: Counter) -> bool:
    """Whether the first sample is a new drawing of the newest one before it, which was kept.

    A drawing between the two that was not kept tells them apart.
    """
    kept = np.zeros(len(samples.value), bool)
    kept[keep] = True
    headed = np.broadcast_to(np.asarray(samples.headed, bool), len(kept)) & kept
    step, epoch = samples.step, samples.epoch
    newest = (float(step[-1]), float(epoch[-1])) if headed[-1] else (np.nan, np.nan)
    last, counter.bar = counter.bar, newest
    return bool(headed[0]) and last == (float(step[0]), float(epoch[0]))


def _note_end(samples: Samples, before: tuple[float, float] | None, counter: Counter) -> None:
    """Note for the drawings that follow what was told last; mostly the last line tells it alone."""
    value, step = samples.value, samples.step
    if len(value) > 1:
        last = float(step[-2])
        if _differs(value[-1:], float(value[-2]))[0]:
            counter.is_set = bool(not _differs(step[-1:], last)[0] or step[-1] < last)
            return
        if _differs(step[-1:], last)[0]:
            counter.is_set = False
            return
    _moves_on(_differs(value, before[0] if before else np.nan), samples, before, counter)


def _moves_on(
    changed: Mask, samples: Samples, before: tuple[float, float] | None, counter: Counter
) -> Mask:
    """Which samples have another step and are no echo: (n,) bool."""
    last = before[1] if before else samples.step[0]  # a first value was set in a bar
    moved = _differs(samples.step, last)
    went_back = samples.step < np.concatenate([[last], samples.step[:-1]])
    return moved & ~_echoes(changed, moved, went_back, counter)


def _echoes(changed: Mask, moved: Mask, went_back: Mask, counter: Counter) -> Mask:
    """Which drawings show a value that was told before, beside another count: (n,) bool.

    tqdm's `set_postfix` and `set_description` draw the new value at the old count; the next count
    is then drawn with that value once more. A bar that begins anew shows what the one before it
    had. Source: `refresh`, `update` and `reset` in tqdm/std.py.
    """
    is_set = np.concatenate([[counter.is_set], changed & (~moved | went_back)])
    moves = np.concatenate([[0], np.cumsum(moved)])
    at = np.concatenate([[0], np.where(changed, np.arange(1, len(moved) + 1), 0)])
    at = np.maximum.accumulate(at)
    since = moves - moves[at]
    counter.is_set = bool(is_set[at[-1]] and since[-1] == 0)
    return np.asarray((moved & ~changed) & ((is_set[at] & (since == 1))[1:] | went_back))


def _differs(values: Floats, before: float) -> Mask:
    """Which of (n,) values is not the one before it; NaN is NaN."""
    joined = np.concatenate([[before], values])
    both_nan = np.isnan(joined[1:]) & np.isnan(joined[:-1])
    return np.asarray((joined[1:] != joined[:-1]) & ~both_nan)


def fill(raw: Floats, last: float) -> Floats:
    """`raw` with NaN replaced by the value before it, `last` at the start."""
    missing = np.isnan(raw)
    if not missing.any():
        return raw
    known = np.concatenate([[0.0 if np.isnan(last) else last], raw])
    said = np.where(np.concatenate([[False], missing]), 0, np.arange(len(known)))
    return np.asarray(known[np.maximum.accumulate(said)][1:])


def unroll(step: Floats, epoch: Floats, total: Floats, whole: Mask, counter: Counter) -> Floats:
    """Make a counter that starts anew each epoch go on: (n,) steps of the whole run.

    A step that goes back while the epoch goes up is a new epoch, not a restart; so is a bar that
    begins anew when it had come to the same total. What is added is the epoch's total where the
    log tells it, else the last step that was seen. Where `whole`, the log did so itself.
    """
    before_step = np.concatenate([[counter.step], step])[:-1]
    before_epoch = np.concatenate([[counter.epoch], epoch])[:-1]
    before_total = np.concatenate([[counter.total], total])[:-1]
    counter.step, counter.epoch, counter.total = float(step[-1]), float(epoch[-1]), float(total[-1])
    back = step < before_step
    if not counter.shift and not back.any():
        return step
    again = np.isnan(epoch) & (total == before_total) & (before_step >= FULL * total)
    rolled = back & ((epoch > before_epoch) | again) & ~whole
    jump = np.where(np.isfinite(total), total, before_step + (step == 0))
    shift = counter.shift + np.cumsum(np.where(rolled, jump, 0.0))
    counter.shift = float(shift[-1])
    return np.asarray(np.where(whole, step, step + shift))
