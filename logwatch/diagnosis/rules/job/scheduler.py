"""Runs that the cluster or a person ended: time limit, cancelled, preempted, node failure."""

from collections.abc import Iterable, Iterator

from logwatch.diagnosis.analysis.ending import INTERRUPTED, is_complete, tell
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView


@rule("time-limit")
def find_time_limit(run: RunView, question: Question) -> Iterable[Finding]:
    """Slurm ended the job at its time limit.

    Values: `line`, `events`, `last_step`.
    """
    events = run.events_of("time_limit")
    if events:
        yield tell(
            run, "time-limit", events[-1:],
            f"the job was ended at its time limit (line {events[-1].line})",
            "Resume from the last checkpoint, and save one before the limit (#SBATCH --signal).",
            severity=Severity.info if is_complete(run) else Severity.error,
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
        yield tell(
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
            yield tell(
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
        yield tell(
            run, "node-failure", events[-1:], f"a node failed (line {events[-1].line})",
            "Resume from the last checkpoint, and exclude that node (--exclude).",
        )  # fmt: skip
