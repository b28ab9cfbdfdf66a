"""How a run ended, as its log says: killed, crashed, out of memory, out of time."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from logwatch.diagnosis.finding import Evidence, Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.diagnosis.rules import wording
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Event

FOLLOW_UP = re.compile(
    r"^Traceback|ChildFailedError|CalledProcessError|exitcode|SIGTERM|BrokenPipe|ConnectionReset|"
    r"connection closed|Terminated|RemoteError|NCCL communicator was aborted|DistBackendError|"
    r"task \d+: (?:Exited|Killed|Terminated)",
    re.IGNORECASE,
)
"""Errors that report another process's end: the cause is the first error that is none of them.
Source: torch.distributed.elastic `ChildFailedError`; srun's `task N: Exited with exit code`."""

OUT_OF_MEMORY = re.compile(r"out ?of ?memory|oom[- _]?kill|MemoryError", re.IGNORECASE)
INTERRUPTED = re.compile(r"KeyboardInterrupt|SIGINT")

NEARLY_ALL = 0.99
"""Part of the steps that makes a run as good as complete: the last log is rarely the last step."""

BURST_LINES = 200
"""Lines between two errors of one end: tracebacks of many ranks mix, and each has some fifty lines.
An error further up was survived, or belongs to another program of the same job."""

MAX_PROOFS = 3
"""Lines of evidence from events that each rank repeats."""


def _samples_after(run: RunView, event: Event) -> bool:
    """Whether training went on after an event."""
    views = [view for name, view in run.series.items() if name.startswith("train/") and len(view)]
    return any(int(view.offset[-1]) > event.offset and view.line[-1] > event.line for view in views)


def _main(run: RunView) -> SeriesView | None:
    return run.get("train/loss") or max(
        (view for name, view in run.series.items() if name.startswith("train/") and len(view)),
        key=len,
        default=None,
    )


def _complete(run: RunView) -> bool:
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


def _finding(
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
    went_on = _samples_after(run, last)
    again = f" {len(events)} lines say so." if len(events) > 1 else ""
    detail = "The run went on after it." if went_on else _worth(run, last)
    view = _main(run)
    return Finding(
        name,
        Severity.info if went_on else severity,
        title,
        f"{detail}{again}",
        "" if went_on else remedy,
        None,
        None,
        {"line": float(events[0].line), "events": float(len(events)),
         "last_step": float(view.step[-1]) if view is not None else float("nan")},
        tuple(Evidence(event.line, event.offset) for event in events[:MAX_PROOFS]),
        active=not went_on,
    )  # fmt: skip


MEMORIES = {
    "oom_gpu": (
        "the GPU",
        "Lower the batch size or the sequence length, or recompute activations.",
    ),
    "oom_host": ("the host", "Ask for more memory (--mem), or for fewer data-loader workers."),
}
"""Where the memory ran out, by kind of event, and what to do."""


def _text(event: Event, limit: int = 160) -> str:
    title = " ".join(event.title.split())
    if title.startswith("Traceback"):
        return "an exception"
    return title if len(title) <= limit else title[: limit - 3] + "..."


@rule("out-of-memory")
def find_out_of_memory(run: RunView, question: Question) -> Iterable[Finding]:
    """The GPU or the host ran out of memory.

    Values: `line` (of the first report), `events` (lines that report it), `last_step`.
    """
    for kind, (where, remedy) in MEMORIES.items():
        events = tuple(sorted(run.events_of(kind), key=lambda event: event.offset))
        if events:
            title = f"{where} ran out of memory (line {events[0].line}): {_text(events[0])}"
            yield _finding(run, "out-of-memory", events, title, remedy)


@rule("crashed")
def find_crash(run: RunView, question: Question) -> Iterable[Finding]:
    """An exception ended the run; of many ranks' errors the first that is no echo is the cause.

    Values: `line` (of the cause), `events` (errors logged), `last_step`.
    """
    crashes = [event for event in run.events_of("crash") if not _told_elsewhere(event)]
    tasks = run.events_of("task_failed")
    if not crashes:
        told = run.events_of("oom_gpu", "oom_host", "nccl_timeout", "time_limit", "cancelled",
                             "preempted", "node_fail", "crash")  # fmt: skip
        if tasks and not told:
            title = f"a task ended with an error (line {tasks[0].line}): {_text(tasks[0])}"
            yield _finding(run, "crashed", tasks, title, "Look for its error above this line.")
        return
    burst = _last_burst(run, crashes)
    waited = min((event.offset for event in run.events_of("nccl_timeout")), default=None)
    if waited is not None and waited < burst[0].offset:
        return
    cause = _cause(burst)
    if FOLLOW_UP.search(cause.title) and run.events_of("oom_gpu", "oom_host", "nccl_timeout"):
        return
    ranks = tuple(event for event in burst if event.title == cause.title)
    finding = _finding(
        run, "crashed", ranks,
        f"the run ended with {_text(cause)} (line {cause.line})",
        "Read the traceback above this line; it is the first error that no other one explains.",
        severity=Severity.warning if _complete(run) else Severity.error,
    )  # fmt: skip
    survived = f"an error was logged on line {cause.line}: {_text(cause)}"
    yield finding if finding.active else replace(finding, title=survived)


def _cause(burst: list[Event]) -> Event:
    """The first error that reports no other one's end."""
    return next((event for event in burst if not FOLLOW_UP.search(event.title)), burst[0])


def _told_elsewhere(event: Event) -> bool:
    """Whether a crash is another finding's: out of memory, or stopped by hand."""
    return bool(OUT_OF_MEMORY.search(event.title) or INTERRUPTED.search(event.title))


def _last_burst(run: RunView, crashes: list[Event]) -> list[Event]:
    """The errors that belong to the end: after the last sample if any are, and near one another."""
    crashes = sorted(crashes, key=lambda event: event.offset)
    late = [event for event in crashes if not _samples_after(run, event)] or crashes[-1:]
    start = len(late) - 1
    while start and late[start].line - late[start - 1].line <= BURST_LINES:
        start -= 1
    return late[start:]


@rule("time-limit")
def find_time_limit(run: RunView, question: Question) -> Iterable[Finding]:
    """Slurm ended the job at its time limit.

    Values: `line`, `events`, `last_step`.
    """
    events = run.events_of("time_limit")
    if events:
        yield _finding(
            run, "time-limit", events[-1:],
            f"the job was ended at its time limit (line {events[-1].line})",
            "Resume from the last checkpoint, and save one before the limit (#SBATCH --signal).",
            severity=Severity.info if _complete(run) else Severity.error,
        )  # fmt: skip


@rule("cancelled", "preempted", "requeued")
def find_cancellation(run: RunView, question: Question) -> Iterable[Finding]:
    """The job was cancelled or interrupted, preempted by another, or put back into the queue.

    Values: `line`, `events`, `last_step`.
    """
    interrupts = [event for event in run.events_of("crash") if INTERRUPTED.search(event.title)]
    cancelled = (*run.events_of("cancelled", "interrupted"), *interrupts)
    told = run.events_of("time_limit", "preempted", "node_fail")
    if cancelled and not told:
        yield _finding(
            run, "cancelled", tuple(sorted(cancelled, key=lambda e: e.offset))[-1:],
            f"the run was cancelled (line {cancelled[-1].line})",
            "Resume from the last checkpoint if this was not meant.", severity=Severity.warning,
        )  # fmt: skip
    yield from _queue_findings(run)


def _queue_findings(run: RunView) -> Iterator[Finding]:
    words = {
        "preempted": "the job was preempted",
        "requeued": "the job was put back into the queue",
    }
    for kind, words_of_kind in words.items():
        events = run.events_of(kind)
        if events:
            yield _finding(
                run, kind, events[-1:], f"{words_of_kind} (line {events[-1].line})",
                "Make the script resume from its last checkpoint, so that nothing is done twice.",
                severity=Severity.warning if kind == "preempted" else Severity.info,
            )  # fmt: skip


@rule("node-failure")
def find_node_failure(run: RunView, question: Question) -> Iterable[Finding]:
    """Slurm ended the job because a node failed.

    Values: `line`, `events`, `last_step`.
    """
    events = run.events_of("node_fail")
    if events:
        yield _finding(
            run, "node-failure", events[-1:], f"a node failed (line {events[-1].line})",
            "Resume from the last checkpoint, and exclude that node (--exclude).",
        )  # fmt: skip


@rule("nccl-timeout")
def find_nccl_timeout(run: RunView, question: Question) -> Iterable[Finding]:
    """A collective operation timed out: one rank stopped, and the others waited for it.

    Values: `line` (of the first report), `events`, `last_step`.
    """
    events = run.events_of("nccl_timeout")
    if events:
        first = min(events, key=lambda event: event.offset)
        before = [e for e in run.events_of("crash") if e.offset < first.offset]
        cause = _cause(_last_burst(run, before)) if before else None
        finding = _finding(
            run, "nccl-timeout", events,
            f"ranks waited in vain for one another (line {first.line}): {_text(first)}",
            "Find the rank that is missing from these reports: its own log holds the cause."
            if cause is None else f"Start from the error on line {cause.line}.",
        )  # fmt: skip
        earlier = f" Before it, on line {cause.line}: {_text(cause)}." if cause else ""
        yield replace(finding, detail=finding.detail + earlier)
