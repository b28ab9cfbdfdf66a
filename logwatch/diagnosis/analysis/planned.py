"""Where a run planned to end, and whether it got there."""

from collections.abc import Iterator

import numpy as np

from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Event, Floats

MAIN = ("train/loss", "train/total_loss", "train/perplexity")
"""Series whose counter tells how far training is, the first that the log has."""

FULL = 0.98
"""Part of an epoch's usual samples that makes it whole: not every program logs its last step."""

MOST_LEFT = 0.1
"""Part of a plan within which the step between two lines of the log may end it."""

LEAST_EPOCHS = 2
"""A plan of one epoch says nothing: programs call a trainer in a loop, one epoch each time."""


def find_planned_end(run: RunView) -> str:
    """What says that the planned steps or epochs were reached; "" where nothing says so."""
    progress, view = run.progress, main_view(run)
    if progress.epochs:
        if progress.epoch is None or progress.epochs < LEAST_EPOCHS:
            return ""
        if _is_last(progress.epoch, progress.epochs, run) and _is_whole(run):
            return f"epoch {progress.epoch:g} of {progress.epochs:g}"
        if progress.epoch < progress.epochs - 1 or not _counts_on(view):
            return ""
    step, total = _newest_step(run), progress.total
    if step is not None and total and _reaches(step, total, view):
        return f"step {step:g} of {total:g}"
    return next(_reached_settings(run, view), "")


def is_plan_open(run: RunView) -> bool:
    """Whether the run did not reach a plan that the log states."""
    progress = run.progress
    told = progress.total or (progress.epochs or 0.0) >= LEAST_EPOCHS or next(_plans(run), None)
    return bool(told) and not find_planned_end(run)


def main_view(run: RunView) -> SeriesView | None:
    """The series that counts how far training is, None where no training was logged."""
    found = next((view for name in MAIN if (view := run.get(name))), None)
    train = (view for name, view in run.series.items() if name.startswith("train/") and len(view))
    return found or max(train, key=len, default=None)


def _reached_settings(run: RunView, view: SeriesView | None) -> Iterator[str]:
    """Planned ends that the log states among its settings, and that training has reached."""
    if view is None:
        return
    for event in _plans(run):
        epochs, steps = event.fields.get("epochs"), event.fields.get("steps")
        if isinstance(epochs, float) and epochs >= LEAST_EPOCHS:
            last = _last_epoch(run)
            if last is not None and _is_last(last, epochs, run) and _is_whole(run):
                yield f"epoch {last:g} of {epochs:g} (line {event.line})"
        if not isinstance(steps, float) or view.axis != "step":
            continue
        if _reaches(float(view.step[-1]), steps, view):
            yield f"step {view.step[-1]:g} of {steps:g} (line {event.line})"


def _plans(run: RunView) -> Iterator[Event]:
    """The settings of a planned end, the newest first; they stand before the first training."""
    view = main_view(run)
    first = int(view.offset[0]) if view is not None else 0
    before = [event for event in run.events_of("plan") if event.offset < first]
    return reversed(before)


def _newest_step(run: RunView) -> float | None:
    """The newest step of a bar, of training or of an evaluation, None without any."""
    said = [] if run.progress.step is None else [run.progress.step]
    ends = [
        float(view.step[-1]) for view in run.series.values() if view.axis == "step" and len(view)
    ]
    return max(said + ends, default=None)


def _reaches(step: float, total: float, view: SeriesView | None) -> bool:
    """Whether the next line of the log would lie beyond the planned end."""
    gap = 1.0
    if view is not None and view.axis == "step" and len(view) > 2:
        gaps = np.diff(view.step[-20:])
        gap = float(np.median(gaps[gaps > 0])) if (gaps > 0).any() else 1.0
    gap = min(gap, MOST_LEFT * total)
    return total <= step + gap and step <= total + gap


def _counts_on(view: SeriesView | None) -> bool:
    """Whether the counter of training goes on over all epochs, and so does a total of steps."""
    return view is not None and view.axis == "step" and bool(view.step[-1] > view.step[0])


def _last_epoch(run: RunView) -> float | None:
    ends = [_epochs(view)[-1] for view in _counted(run)]
    return float(max(ends)) if ends else None


def _is_last(epoch: float, epochs: float, run: RunView) -> bool:
    """Whether an epoch is the last of `epochs`, which the log counts from 0 or from 1."""
    firsts = [float(np.floor(_epochs(view)[0])) for view in _counted(run)]
    base = 0.0 if firsts and min(firsts) <= 0 else 1.0
    fraction = epoch != np.floor(epoch)
    return epoch >= (FULL * epochs if fraction else epochs - 1 + base)


def _is_whole(run: RunView) -> bool:
    """Whether each series has as many samples in its last epoch as in the one before it."""
    counted = list(_counted(run))
    if not counted:
        return False
    last = max(np.floor(_epochs(view)[-1]) for view in counted)
    for view in counted:
        epoch = np.floor(_epochs(view))
        usual, now = int((epoch == last - 1).sum()), int((epoch == last).sum())
        if now < FULL * usual:
            return False
    return True


def _counted(run: RunView) -> Iterator[SeriesView]:
    """Series of training and evaluation that have an epoch."""
    for name, view in run.series.items():
        if name.startswith(("train/", "eval/")) and len(view) and np.isfinite(_epochs(view)).all():
            yield view


def _epochs(view: SeriesView) -> Floats:
    return view.step if view.axis == "epoch" else view.epoch
