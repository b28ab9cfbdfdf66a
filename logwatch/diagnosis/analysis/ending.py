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


def went_on(run: RunView, event: Event) -> bool:
    """Whether training went on after an event."""
    offset, line = last_sample(run)
    return offset > event.offset and line > event.line


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
    of = f" of {wording.counted(total)}" if total and not run.progress.epochs else ""
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
    over = went_on(run, last)
    again = f" {len(events)} lines say so." if len(events) > 1 else ""
    detail = "The run went on after it." if over else _worth(run, last)
    view = _main(run)
    return Finding(
        name,
        Severity.info if over else severity,
        title,
        f"{detail}{again}",
        "" if over else remedy,
        None,
        None,
        {"line": float(events[0].line), "events": float(len(events)),
         "last_step": float(view.step[-1]) if view is not None else float("nan")},
        tuple(Evidence(event.line, event.offset) for event in events[:MAX_PROOFS]),
        active=not over,
    )  # fmt: skip


def quote(event: Event, limit: int = 160) -> str:
    """An event's own words in one line."""
    title = " ".join(event.title.split())
    if title.startswith("Traceback"):
        return "an exception"
    return title if len(title) <= limit else title[: limit - 3] + "..."
