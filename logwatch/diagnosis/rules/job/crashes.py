"""Runs that their own errors ended: crashed, out of memory, ranks that waited in vain."""

import re
from collections.abc import Iterable
from dataclasses import replace

from logwatch.diagnosis.analysis.ending import INTERRUPTED, is_complete, last_sample, quote, tell
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
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
"""Words of errors that `out-of-memory` tells."""

BURST_LINES = 200
"""Lines between two errors of one end: tracebacks of many ranks mix, and each has some fifty lines.
An error further up was survived, or belongs to another program of the same job."""

MEMORIES = {
    "oom_gpu": (
        "the GPU",
        "Lower the batch size or the sequence length, or recompute activations.",
    ),
    "oom_host": ("the host", "Ask for more memory (--mem), or for fewer data-loader workers."),
}
"""Where the memory ran out, by kind of event, and what to do."""


@rule("out-of-memory")
def find_out_of_memory(run: RunView, question: Question) -> Iterable[Finding]:
    """The GPU or the host ran out of memory.

    Values: `line` (of the first report), `events` (lines that report it), `last_step`.
    """
    for kind, (where, remedy) in MEMORIES.items():
        events = tuple(sorted(run.events_of(kind), key=lambda event: event.offset))
        if events:
            title = f"{where} ran out of memory (line {events[0].line}): {quote(events[0])}"
            yield tell(run, "out-of-memory", events, title, remedy)


@rule("crashed")
def find_crash(run: RunView, question: Question) -> Iterable[Finding]:
    """An exception ended the run; of many ranks' errors the first that is no echo is the cause.

    Values: `line` (of the cause), `events` (errors logged), `last_step`.
    """
    crashes = [event for event in run.events_of("crash") if not _told_elsewhere(event)]
    if run.events_of(
        "time_limit"
    ):  # a traceback without its error did not end what went on so long
        crashes = [event for event in crashes if not event.title.startswith("Traceback")]
    tasks = run.events_of("task_failed")
    if not crashes:
        told = run.events_of("oom_gpu", "oom_host", "nccl_timeout", "time_limit", "cancelled",
                             "preempted", "node_fail", "crash")  # fmt: skip
        if tasks and not told:
            title = f"a task ended with an error (line {tasks[0].line}): {quote(tasks[0])}"
            yield tell(run, "crashed", tasks, title, "Look for its error above this line.")
        return
    burst = _last_burst(run, crashes)
    waited = min((event.offset for event in run.events_of("nccl_timeout")), default=None)
    if waited is not None and waited < burst[0].offset:
        return
    cause = _cause(burst)
    if FOLLOW_UP.search(cause.title) and run.events_of("oom_gpu", "oom_host", "nccl_timeout"):
        return
    ranks = tuple(event for event in burst if event.title == cause.title)
    finding = tell(
        run, "crashed", ranks,
        f"the run ended with {quote(cause)} (line {cause.line})",
        "Read the traceback above this line; it is the first error that no other one explains.",
        severity=Severity.warning if is_complete(run) else Severity.error,
    )  # fmt: skip
    survived = f"an error was logged on line {cause.line}: {quote(cause)}"
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
    end = last_sample(run)[0]
    late = [event for event in crashes if event.offset >= end] or crashes[-1:]
    start = len(late) - 1
    while start and late[start].line - late[start - 1].line <= BURST_LINES:
        start -= 1
    return late[start:]


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
        finding = tell(
            run, "nccl-timeout", events,
            f"ranks waited in vain for one another (line {first.line}): {quote(first)}",
            "Find the rank that is missing from these reports: its own log holds the cause."
            if cause is None else f"Start from the error on line {cause.line}.",
        )  # fmt: skip
        earlier = f" Before it, on line {cause.line}: {quote(cause)}." if cause else ""
        yield replace(finding, detail=finding.detail + earlier)
