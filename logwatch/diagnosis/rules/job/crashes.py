"""Runs that their own errors ended: crashed, out of memory, ranks that waited in vain."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from logwatch.diagnosis.analysis.causes import (
    DEVICE,
    HOST,
    MEMORY,
    SHARED,
    find_cause,
    find_memory,
)
from logwatch.diagnosis.analysis.ending import (
    INTERRUPTED,
    is_complete,
    is_survived,
    quote,
    tell,
)
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.parsing.record import Event

FOLLOW_UP = re.compile(
    r"^Traceback|ChildFailedError|CalledProcessError|exit ?code|SIGTERM|BrokenPipe|EOFError|"
    r"ConnectionReset|connection (?:was )?closed|Terminated|RemoteError|"
    r"Process(?:Exited|Raised)Exception|NCCL communicator was aborted|DistBackendError|"
    r"SignalException|MPI_ABORT|has been shut down|"
    r"task \d+: (?:Exited|Killed|Terminated)|Caught \w+ in (?:replica|DataLoader|pin)|"
    r"exited unexpectedly|terminate called|Fatal Python error: Aborted|^Abort|core dumped|"
    r"returned non-zero|return code|Killing subprocess|one or more processes|Child process with|"
    r"BAD TERMINATION|ActorDied|SystemExit|cannot schedule new futures|Aborted!|following error",
    re.IGNORECASE,
)
"""Errors that report another process's end: the cause is the first error that is none of them.
Source: torch.distributed.elastic `ChildFailedError`; srun's `task N: Exited with exit code`."""

BURST_LINES = 200
"""Lines between two errors of one end: tracebacks of many ranks mix, and each has some fifty lines.
An error further up was survived, or belongs to another program of the same job."""

SCHEDULED = ("time_limit", "cancelled", "preempted", "node_fail")
"""Ends that a scheduler brings about."""

PLACES = {"oom_gpu": DEVICE, "oom_host": HOST}
"""Where memory ran out by kind of event, where its words do not say it."""


READ = "Read the traceback that begins on this line: no other error explains it."
"""What helps against an error of a kind that is not known."""


@rule("out-of-memory")
def find_out_of_memory(run: RunView, question: Question) -> Iterable[Finding]:
    """The GPU, the host or the shared memory ran out of memory.

    Values: `line` (of the first report), `events` (lines that report it), `last_step`.
    """
    events = (*run.events_of(*PLACES), *filter(_is_memory, run.events_of("crash")))
    places: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda event: event.offset):
        places.setdefault(_place(event), []).append(event)
    for place, reports in places.items():
        remedy = next(one.remedy for one in MEMORY if one.memory == place)
        title = f"{place} ran out of memory (line {reports[0].line}): {quote(reports[0])}"
        if place == SHARED:
            title = f"{place} ran out (line {reports[0].line}): {quote(reports[0])}"
        yield tell(run, "out-of-memory", tuple(reports), title, remedy)


def _place(event: Event) -> str:
    cause = find_memory(event.title)
    known = PLACES.get(event.kind, cause.memory if cause else HOST)
    return SHARED if cause and cause.memory == SHARED else known


def _is_memory(event: Event) -> bool:
    return find_memory(event.title) is not None


@rule("crashed")
def find_crash(run: RunView, question: Question) -> Iterable[Finding]:
    """An exception ended the run; of many ranks' errors the first that is no echo is the cause.

    Values: `line` (of the cause), `events` (errors logged), `last_step`.
    """
    crashes = [event for event in run.events_of("crash") if not _told_elsewhere(event)]
    crashes = [event for event in crashes if not _outlived(run, event)]
    if not crashes:
        yield from _failed_tasks(run)
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
        _remedy(cause),
        severity=Severity.warning if is_complete(run) else Severity.error,
    )  # fmt: skip
    survived = f"an error was logged on line {cause.line}: {quote(cause)}"
    yield finding if finding.active else replace(finding, title=survived)


def _failed_tasks(run: RunView) -> Iterator[Finding]:
    """A launcher's word that a process failed, or a thread's error, where no other says why."""
    told = run.events_of("oom_gpu", "oom_host", "nccl_timeout", "crash", "interrupted", *SCHEDULED)
    if any(not is_survived(run, event) for event in told):
        return
    tasks = run.events_of("task_failed") or run.events_of("thread_error")
    tasks = tuple(event for event in tasks if not is_survived(run, event)) or tasks[-1:]
    if not tasks:
        return
    cause = _cause(list(tasks))
    what = "a thread" if cause.kind == "thread_error" else "a task"
    finding = tell(
        run, "crashed", tasks, f"{what} ended with an error (line {cause.line}): {quote(cause)}",
        _remedy(cause, "Look for its error above this line, and in the logs of other ranks."),
        severity=Severity.warning if is_complete(run) else Severity.error,
    )  # fmt: skip
    yield finding


def _remedy(cause: Event, otherwise: str = READ) -> str:
    found = find_cause(cause.title)
    return found.remedy if found else otherwise


def _outlived(run: RunView, event: Event) -> bool:
    """Whether the job went on after an error until the scheduler ended it.

    A traceback whose error is unknown, which a library may log as a warning, ended no job at its
    time limit either.
    """
    ends = [end.line for end in run.events_of(*SCHEDULED) if end.line > event.line]
    if run.events_of("time_limit") and event.title.startswith("Traceback"):
        return True
    return bool(ends) and min(ends) - event.line > BURST_LINES


def _cause(burst: list[Event]) -> Event:
    """The first error that reports no other one's end, else the first whose kind is known."""
    first = (event for event in burst if not FOLLOW_UP.search(event.title))
    known = (event for event in burst if find_cause(event.title))
    return next(first, None) or next(known, burst[0])


def _told_elsewhere(event: Event) -> bool:
    """Whether a crash is another finding's: out of memory, or stopped by hand."""
    return _is_memory(event) or bool(INTERRUPTED.search(event.title))


def _last_burst(run: RunView, crashes: list[Event]) -> list[Event]:
    """The errors that belong to the end: after the last sample if any are, and near one another."""
    crashes = sorted(crashes, key=lambda event: event.offset)
    late = [event for event in crashes if not is_survived(run, event)] or crashes[-1:]
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
            f"ranks lost one another (line {first.line}): {quote(first)}",
            "Find the rank that is missing from these reports: its own log holds the cause."
            if cause is None else f"Start from the error on line {cause.line}.",
        )  # fmt: skip
        earlier = f" Before it, on line {cause.line}: {quote(cause)}." if cause else ""
        yield replace(finding, detail=finding.detail + earlier)
