"""What the end of a run was worth, and how it is told."""

import re

import numpy as np

from logwatch.diagnosis.analysis import wording
from logwatch.diagnosis.finding import Evidence, Finding, Severity
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Event

INTERRUPTED = re.compile(r"KeyboardInterrupt|SIGINT")
"""An error that is somebody's wish."""

NEARLY_ALL = 0.99
"""Part of the steps that makes a run as good as complete: the last log is rarely the last step."""

MAX_PROOFS = 3
"""Lines of evidence from events that each rank repeats."""


BUFFER_BYTES = 8192
"""Bytes of lines that a program may have printed before an error and that reach the log after it,
or that other ranks print until they stop. Source: CPython `io.DEFAULT_BUFFER_SIZE`."""
FLUSHED_S = 60.0
"""Seconds by the log's own clock after which steps are no longer what a buffer held."""
MANY = 20
"""Samples after an event that show that training goes on, where there were no more than twice as
many before it. Without a clock and within one buffer it cannot be told for sure."""
TASK_LINES = 200
"""Lines after a launcher's word about a task behind which the job is seen to have gone on."""
DEATH_LINES = 1000
"""Lines after the last error of a log behind which the job is seen to have gone on: tracebacks of
all ranks and what a tracker sums up are shorter."""
DEATHS = ("crash", "oom_gpu", "oom_host", "nccl_timeout", "task_failed", "thread_error")
"""Kinds of events that say that a process died."""


def went_on(run: RunView, event: Event) -> bool:
    """Whether training went on after an event: a late line out of a buffer does not show it."""
    offset, line = last_sample(run)
    if not (offset > event.offset and line > event.line):
        return False
    if offset - event.offset > BUFFER_BYTES:
        return True
    ends = [end.offset for end in run.events_of("finished", "early_stop")]
    starts = [restart.offset for restart in run.restarts]
    return any(at > event.offset for at in (*ends, *starts)) or _trained_on(run, event)


def _trained_on(run: RunView, event: Event) -> bool:
    """Whether the main series goes on for a minute by its clock, or for as long as it must."""
    view = _main(run)
    if view is None:
        return False
    after = view.offset > event.offset
    times, late = view.time[np.isfinite(view.time)], view.time[after & np.isfinite(view.time)]
    if len(late):
        before = times[: len(times) - len(late)]
        return bool(late[-1] - (before[-1] if len(before) else late[0]) > FLUSHED_S)
    count = int(after.sum())
    return count >= MANY and 2 * count >= len(view) - count


def is_survived(run: RunView, event: Event) -> bool:
    """Whether an event did not end the run: training went on, or the job did without an error."""
    if went_on(run, event):
        return True
    if event.kind == "task_failed":
        return run.lines - event.line > TASK_LINES
    last = max((one.line for one in run.events_of(*DEATHS)), default=event.line)
    return event.kind in DEATHS and run.lines - last > DEATH_LINES


def last_sample(run: RunView) -> tuple[int, int]:
    """Offset and line of the last train sample, (-1, 0) without any."""
    views = [view for name, view in run.series.items() if name.startswith("train/") and len(view)]
    return max(((int(view.offset[-1]), int(view.line[-1])) for view in views), default=(-1, 0))


def _main(run: RunView) -> SeriesView | None:
    return run.get("train/loss") or max(
        (view for name, view in run.series.items() if name.startswith("train/") and len(view)),
        key=len,
        default=None,
    )


def is_complete(run: RunView) -> bool:
    """Whether a run had done all that it meant to."""
    if run.events_of("finished"):
        return True
    step, total = run.progress.step, run.progress.total
    if step is None or not total or run.progress.epochs:
        return False
    return step >= NEARLY_ALL * total


def _worth(run: RunView, event: Event) -> str:
    """What a run had done when it ended: steps, and what was saved."""
    view = _main(run)
    if view is None:
        return "No training step is in the log."
    before = int(np.searchsorted(view.offset, event.offset, side="right"))
    if not before:
        return "No training step was logged before it."
    total = run.progress.total
    is_counted = view.axis == "step" and total and not run.progress.epochs
    of = f" of {wording.counted(total)}" if total and is_counted else ""
    done = f"It had reached {wording.at(view, before - 1)}{of}"
    saves = [save for save in run.events_of("ckpt_save") if save.offset <= event.offset]
    if not saves:
        return f"{done}; the log names no saved checkpoint."
    last = saves[-1]
    step = last.step if last.step is not None else None
    if step is not None and view.axis == "step":
        lost = max(float(view.step[before - 1]) - step, 0.0)
        saved = f"the last checkpoint is of step {wording.figure(step)}"
        return f"{done}; {saved}, so {lost:.0f} are lost."
    return f"{done}; the last checkpoint was saved on line {last.line}."


def tell(
    run: RunView,
    name: str,
    events: tuple[Event, ...],
    title: str,
    remedy: str,
    *,
    severity: Severity = Severity.error,
) -> Finding:
    """The finding for events of one kind; a remark where the run went on after them."""
    last = events[-1]
    over = is_survived(run, last)
    again = f" {len(events)} lines say so." if len(events) > 1 else ""
    detail = "The run went on after it." if over else _worth(run, last)
    view = _main(run)
    return Finding(
        rule=name,
        severity=Severity.info if over else severity,
        title=title,
        detail=f"{detail}{again}",
        remedy="" if over else remedy,
        metric=None,
        steps=None,
        values={"line": float(events[0].line), "events": float(len(events)),
         "last_step": float(view.step[-1]) if view is not None else float("nan")},
        evidence=tuple(Evidence(event.line, event.offset) for event in events[:MAX_PROOFS]),
        active=not over,
    )  # fmt: skip


def quote(event: Event, limit: int = 160) -> str:
    """An event's own words in one line."""
    title = " ".join(event.title.split())
    if title.startswith("Traceback"):
        return "an exception"
    return title if len(title) <= limit else title[: limit - 3] + "..."
