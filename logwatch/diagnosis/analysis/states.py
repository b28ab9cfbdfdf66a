"""How a run stands: finished, failed, cancelled, preempted, running, stalled or unknown."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.analysis.ending import (
    DEATHS,
    INTERRUPTED,
    is_survived,
    went_on,
)
from logwatch.diagnosis.analysis.planned import find_planned_end, is_plan_open, main_view
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Event

SCHEDULED = {"preempted": "preempted", "time_limit": "failed", "node_fail": "failed"}
"""Kinds of events by which a scheduler says why it ended a job, and the state of the run."""

FATAL = {
    "crash": "failed",
    "oom_gpu": "failed",
    "oom_host": "failed",
    "nccl_timeout": "failed",
    "cancelled": "cancelled",
    "interrupted": "cancelled",
}
"""Other kinds of events that end a run. The first of them is the cause, later ones follow from it:
a cancelled job logs exceptions, and a launcher stops the other ranks of a run that crashed."""

ECHOES = ("task_failed", "thread_error")
"""Errors of a part of the job: a run that names its end has not failed by them, and other errors
explain them."""

REPORTS = ("closing", "totals")
"""Kinds of events that programs log once, after training. Totals of time also follow a training
that broke off (detectron2 logs them in any case), so they do not end a run short of its plan."""

TRAINING = ("train/", "lr")
"""Series that only training logs. Evaluations, summaries and rates may also follow it."""

LAST_WORDS = 2
"""Training samples that may follow the words of an end: a program repeats its last loss. Three
samples are more than one summary holds."""

STALL_FLOOR_S = 600.0
"""A log that has been silent for longer is stalled. Evaluations and checkpoints of minutes are
usual, and torch's NCCL watchdog itself waits ten minutes.
Source: https://docs.pytorch.org/docs/stable/distributed.html (default timeout of NCCL)."""

FORGOTTEN_S = 7 * 24 * 3600.0
"""A log that has been silent for longer is an old file whose end is unknown. Slurm's partitions
rarely allow a job of more than a week."""


@dataclass(frozen=True, slots=True)
class State:
    """How a run stands, in one word, and what that rests on: a line of the log, a plan, silence.

    `line` is the line of the event that it rests on, 0 without one.
    """

    name: str = "unknown"
    rests_on: str = "the log does not say how it ended"
    line: int = 0


def judge_state(run: RunView, silent_s: float | None) -> State:
    """The state of a run whose log has been silent for `silent_s` seconds, None if unknown.

    Events that no training follows come first, then silence: a log that still grows is running; one
    that has stopped has finished where the planned end or a closing report was reached.
    """
    told = find_told_end(run)
    if told.name in ("failed", "cancelled", "preempted", "finished"):
        return told
    if silent_s is None or silent_s <= STALL_FLOOR_S:
        is_training = silent_s is not None and bool(run.series)
        return State("running", "the log still grows") if is_training else State()
    planned, closing = find_planned_end(run), find_closing(run)
    if planned:
        return State("finished", planned)
    if closing:
        return closing
    if silent_s <= FORGOTTEN_S and run.series:
        return State("stalled", "no output, and no end in the log")
    return State("unknown", "no end in the log")


def is_over(run: RunView) -> bool:
    """Whether nothing more is to come: an end, a plan reached, a report."""
    told = find_told_end(run).name != "unknown"
    return told or bool(find_planned_end(run)) or find_closing(run) is not None


def find_told_end(run: RunView) -> State:
    """What the events after the last training sample say; `unknown` where they say nothing.

    A run of several processes has failed when one has, whatever the others log after it. An
    interrupt counts after the last end only: launchers also stop the processes of a first try.
    """
    ends = find_ends(run, "finished", "early_stop", "tally")
    over = max((event.offset for event in [*ends, *find_ends(run, *REPORTS)]), default=-1)
    said = [event for event in run.events if _is_fatal(event) and not _is_over(run, event)]
    for kind, name in SCHEDULED.items():
        known = [event for event in said if event.kind == kind]
        done = any(end.offset < known[-1].offset for end in ends) if known else True
        if not done and not (kind == "time_limit" and find_planned_end(run)):
            return _state_of(name, known[-1])
    others = [event for event in said if event.kind not in SCHEDULED]
    for event in sorted(others, key=lambda one: (one.kind in ECHOES, one.offset)):
        if event.kind in ECHOES and ends:
            continue
        is_stop = event.kind in ECHOES or event.kind == "interrupted"
        if event.offset >= over or not is_stop:
            by_hand = INTERRUPTED.search(event.title)
            return _state_of("cancelled" if by_hand else FATAL.get(event.kind, "failed"), event)
    return _state_of("finished", ends[-1]) if ends else State()


def find_closing(run: RunView) -> State | None:
    """A report that the log holds only after training: a test, totals, results; None without one.

    A test that also stands between training samples says nothing of the end.
    """
    kinds = REPORTS[:1] if is_plan_open(run) else REPORTS
    events = find_ends(run, *kinds)
    if events and not _bar_goes_on(run, events[-1].offset):
        return _state_of("finished", events[-1])
    start, end = attempt_start(run), last_training(run)
    if _bar_goes_on(run, end):
        return None
    tests = [view for name, view in run.series.items() if name.startswith("test/") and len(view)]
    between = [view for view in tests if ((view.offset >= start) & (view.offset < end)).any()]
    if end < 0 or not tests or between:
        return None
    last = max(tests, key=lambda view: int(view.offset[-1]))
    return State("finished", f"{last.name} follows the last training", int(last.line[-1]))


def find_ends(run: RunView, *kinds: str) -> list[Event]:
    """The events of some kinds at which training stopped, in the order of the log.

    Words that also stand between the samples of one training end an epoch or a stage, not the run.
    """
    start, end = attempt_start(run), last_training(run, LAST_WORDS)
    events = [event for event in run.events_of(*kinds) if _is_full(event)]
    usual = {_words(event) for event in events if start <= event.offset < end}
    return [event for event in events if event.offset >= end and _words(event) not in usual]


def _is_full(event: Event) -> bool:
    """Whether an event that counts towards a limit has reached it; others always have."""
    at, of = event.fields.get("at"), event.fields.get("of")
    return not (isinstance(at, float) and isinstance(of, float)) or at >= of


def last_training(run: RunView, after: int = 0) -> int:
    """Offset of the sample of training that at most `after` others follow, -1 without any."""
    ends = (int(view.offset[-1 - after]) for view in _training(run) if len(view) > after)
    return max(ends, default=-1)


def attempt_start(run: RunView) -> int:
    """Offset from which on the counters of training go forwards only."""
    starts = [0]
    for view in _training(run):
        back = np.flatnonzero(np.diff(view.step) < 0)
        if len(back):
            starts.append(int(view.offset[back[-1] + 1]))
    return max(starts)


def _is_fatal(event: Event) -> bool:
    return event.kind in SCHEDULED or event.kind in FATAL or event.kind in ECHOES


def _is_over(run: RunView, event: Event) -> bool:
    """Whether the run went on after an event: a death may also be outlived without training."""
    return is_survived(run, event) if event.kind in DEATHS else went_on(run, event)


def _state_of(name: str, event: Event) -> State:
    return State(name, " ".join(event.title.split()), event.line)


def _training(run: RunView) -> Iterator[SeriesView]:
    """The series that only training logs; what begins after the last loss is a report of it."""
    main = main_view(run)
    end = int(main.offset[-1]) if main is not None else 0
    for name, view in run.series.items():
        if name.startswith(TRAINING) and len(view) and (main is None or view.offset[0] <= end):
            yield view


def _bar_goes_on(run: RunView, offset: int) -> bool:
    """Whether a bar that is not full yet was drawn several times behind a place in the log."""
    step, total, view = run.progress.step, run.progress.total, run.get("steps_per_s")
    if view is None or step is None or not total or step >= total - 1:
        return False
    return len(view) - int(np.searchsorted(view.offset, offset, side="right")) > LAST_WORDS


def _words(event: Event) -> str:
    """The words of an event without its numbers."""
    return event.kind + "".join(sign for sign in event.title if not sign.isdigit())
