"""Runs that say nothing any more, or that will not be done in time."""

import math
from collections.abc import Iterable

import numpy as np

from logwatch.diagnosis.analysis import wording
from logwatch.diagnosis.analysis.course import known_end, pace
from logwatch.diagnosis.analysis.ending import is_complete
from logwatch.diagnosis.analysis.states import FORGOTTEN_S, is_over
from logwatch.diagnosis.analysis.time_limit import (
    MOST_GAPS,
    find_rates,
    last_step_in_time,
    time_passed,
)
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.wording import rough_duration as duration

GAPS = 10.0
"""Times the longest usual gap (99 % of them are shorter) that a silence must last."""

LEAST_SILENCE_S = 60.0
UNKNOWN_SILENCE_S = 600.0
"""A shorter one is no news; where the log tells no times a checkpoint or an evaluation of minutes
must be allowed for. Source: torch's NCCL watchdog waits ten minutes
(https://docs.pytorch.org/docs/stable/distributed.html); torchtitan `train_timeout_seconds` 100."""


@rule("stalled", gaps=GAPS, least_s=LEAST_SILENCE_S, unknown_s=UNKNOWN_SILENCE_S)
def find_silence(run: RunView, question: Question) -> Iterable[Finding]:
    """The log has been silent for much longer than between its lines, and names no end.

    Needs a log that is followed.
    Asked only where the age of the newest line is known. A file alone does not tell a run that
    hangs from one that was killed without a word, so it is a remark.
    Values: `silent_s`, `usual_s` (longest usual gap, NaN where the log tells no times).
    """
    silent = question.silent_s
    if silent is None or not run.series or not silent <= FORGOTTEN_S or is_over(run):
        return
    usual, least = _usual_gap(run), question.limit("stalled", "unknown_s")
    if math.isnan(usual) and (run.progress.total is None or run.progress.step is None):
        return
    if usual > 0:
        least = max(question.limit("stalled", "gaps") * usual, question.limit("stalled", "least_s"))
    if silent <= least:
        return
    known = (
        f"usual gaps are up to {duration(max(usual, 1.0))}" if usual > 0 else "it tells no times"
    )
    view = max(run.series.values(), key=len)
    yield Finding(
        rule="stalled",
        severity=Severity.info,
        title=f"the log has been silent for {duration(silent)}; {known}",
        detail=(
            "A new line would refute it. One that hangs and one that was killed look alike from"
            " here."
        ),
        remedy=(
            "Ask the scheduler whether the job runs, and look where its ranks wait (py-spy dump)."
        ),
        metric=None,
        steps=None,
        values={"silent_s": silent, "usual_s": usual},
        evidence=wording.evidence(view, -1),
    )


def _usual_gap(run: RunView) -> float:
    """Seconds under which 99 % of the gaps between logged steps lie, NaN where unknown."""
    view = run.get("train/loss") or max(run.series.values(), key=len)
    times = view.time[-MOST_GAPS:]
    gaps = np.diff(times[np.isfinite(times)])
    gaps = gaps[gaps > 0]
    if len(gaps):
        return float(np.quantile(gaps, 0.99))
    rate, steps = pace(run, view), np.diff(view.step[-MOST_GAPS:])
    steps = steps[steps > 0]
    if view.axis != "step" or not rate > 0 or not len(steps):
        return math.nan
    return float(np.quantile(steps, 0.99)) / rate


@rule("out-of-time")
def find_late_end(run: RunView, question: Question) -> Iterable[Finding]:
    """The run will not be done before its time limit; asked only where the limit is known.

    Needs a time limit.
    A warning where even its fastest tenth of late would not suffice, else a remark.
    Values: `needed_s`, `needed_low_s`, `needed_high_s` (from the start), `walltime_s`, `step_then`
    (step reached at the limit).
    """
    limit, view = question.config.walltime_s, run.get("train/loss")
    if not limit or view is None or view.axis != "step" or is_complete(run):
        return
    end, now = known_end(run, view), float(view.step[-1])
    rates = find_rates(run, view)
    passed = time_passed(view, rates)
    if math.isnan(end) or not rates or not passed > 0 or now >= end:
        return
    slow, usual, fast = rates
    needed, least, most = (passed + (end - now) / rate for rate in (usual, fast, slow))
    if needed <= limit:
        return
    then = last_step_in_time(run, view, limit)
    yield Finding(
        rule="out-of-time",
        severity=Severity.warning if least > limit else Severity.info,
        title=f"it needs {duration(needed)} ({duration(least)} to {duration(most)}), and its limit "
        "is "
        f"{duration(limit)}: it will stop near step {then:.0f} of {wording.figure(end)}",
        detail=f"At {usual:.3g} steps a second (late stretches: {slow:.3g} to {fast:.3g}), "
        f"{duration(passed)} after its start. A faster stretch would refute it.",
        remedy="Save a checkpoint before the limit and let the job resume, or ask for more time.",
        metric=view.name,
        steps=(now, end),
        values={
            "needed_s": needed, "needed_low_s": least, "needed_high_s": most,
            "walltime_s": limit,
         "step_then": then},
        evidence=wording.evidence(view, -1),
    )  # fmt: skip
