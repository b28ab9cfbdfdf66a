"""Rules that look ahead: when a metric comes to a level."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.curves import forecast
from logwatch.diagnosis.finding import Evidence, Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.diagnosis.rules import wording
from logwatch.diagnosis.rules.course import (
    JUMP_SAMPLES,
    course,
    known_end,
    pace,
    reached,
    rises,
    split_at,
    stands_above,
)
from logwatch.diagnosis.rules.outlook import Outlook
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import noise
from logwatch.parsing.record import Event

LOSS_FIELD = re.compile(r"loss$", re.IGNORECASE)
HELD_OUT_FIELD = re.compile(r"val|eval|dev|test", re.IGNORECASE)
"""What logs call the loss of a checkpoint: `train_loss`, `loss`, `val_loss`, `best_eval_loss`."""

RETURNING = ("train/loss", "eval/loss")

NOISE_SAMPLES = 50
"""Samples beside a resume that tell how noisy the loss is there."""

SAME_RUN = 0.5
"""A run that goes on at less than half of its last step was started from scratch, not resumed."""

MOST_LOADS = 8
"""Loads looked at, the newest first: each rank of a large job may report its own."""


@dataclass(frozen=True)
class Goal:
    """How a finding words its goal: to come, come to, not approached, and too far to see."""

    rule: str
    ahead: str
    done: str
    lost: str
    far: str
    good: Severity


@rule("time-to-target")
def forecast_targets(run: RunView, question: Question) -> Iterable[Finding]:
    """When a metric reaches the level that was asked for (`--target METRIC=VALUE`).

    Values: `target`, `step`, `low`, `high` (80 % interval; Inf: no end), `points` (samples used),
    `probability` (of reaching it before the run's end), `eta_s` (seconds from now).
    """
    for name, target in ((name, float(value)) for name, value in question.targets.items()):
        view, fresh = _since_jump(run, name)
        if view is None or not len(view):
            yield _unknown(run, name, target)
            continue
        level, way = wording.figure(target), "rising" if rises(name) else "falling"
        goal = Goal(
            "time-to-target",
            f"{name} reaches {level}",
            f"{name} reached {level} at",
            f"{name} is not {way} towards {level}",
            f"{name} is far from {level}",
            Severity.info,
        )
        yield _tell(goal, look_ahead(run, view, target, rising=rises(name), fresh=fresh))


@rule("reconvergence")
def forecast_return(run: RunView, question: Question) -> Iterable[Finding]:
    """When a resumed run whose loss jumped up is back at its checkpoint's loss.

    Values: `target` (the checkpoint's loss), `step`, `low`, `high` (80 % interval; Inf: no end),
    `points` (samples used), `probability` (of being back before the run's end), `eta_s`.
    """
    loads = run.events_of("ckpt_load")
    for view in [found for name in RETURNING if loads and (found := run.get(name))]:
        kept = course(split_at(view, loads[-1].line)[1])
        anew = _initialised_anew(run, view, loads[-1].line)
        level = _checkpoint_level(loads, view)
        if math.isnan(level):
            level = _level_before(view, loads[-1].line)
        spread = 0.0 if anew else noise(kept.value[:NOISE_SAMPLES])
        if not stands_above(kept.value, level, spread):
            continue
        goal = f"back at {wording.figure(level)}"
        lost = f"{view.name} is not coming {goal}: it does not fall"
        far = f"{view.name} is far from being {goal}"
        words = Goal("reconvergence", goal, f"{goal} since", lost, far, Severity.ok)
        cause = "; ".join(event.title for event in anew)
        outlook = look_ahead(run, kept, level, fresh=True)
        yield _tell(words, outlook, cause, (loads[-1], *anew))


def look_ahead(
    run: RunView, view: SeriesView, target: float, *, rising: bool = False, fresh: bool = False
) -> Outlook:
    """Forecast when the series of kept samples comes to the target."""
    sign, end = -1.0 if rising else 1.0, known_end(run, view)
    found = forecast(view.step, sign * view.value, sign * target, end=end, fresh=fresh)
    since = reached(view, target, rising)
    return Outlook(view, target, found, end, pace(run, view), since, rising)


def _tell(goal: Goal, outlook: Outlook, cause: str = "", events: Sequence[Event] = ()) -> Finding:
    """The finding that words an outlook; `cause` leads its detail."""
    found, severity = outlook.forecast, Severity.info
    if outlook.is_reached:
        severity, title = Severity.ok, f"{goal.done} {outlook.place(outlook.since)}"
    elif found is None:
        title = f"too early to say when: {goal.ahead}"
    elif math.isinf(found.step):
        title = goal.lost
    elif found.far:
        title = f"{goal.far}: not before {outlook.place(found.low)} (90 %)"
    else:
        severity = goal.good
        title = f"{goal.ahead} near {outlook.place(found.step)} (80 %: {outlook.interval()})"
    view = outlook.view
    detail = f"{cause[:1].upper()}{cause[1:]}. {outlook.detail()}" if cause else outlook.detail()
    proof = tuple(Evidence(event.line, event.offset) for event in events)
    return Finding(
        goal.rule,
        severity,
        title,
        detail,
        "",
        view.name,
        wording.steps(view),
        outlook.values(),
        proof + wording.evidence(view, 0, -1),
    )


def _unknown(run: RunView, name: str, target: float) -> Finding:
    """A target for a metric that the log does not have."""
    names = ", ".join(sorted(name for name, view in run.series.items() if len(view)))
    title = f"no {name} in this log, so nothing says when it reaches {wording.figure(target)}"
    values = {"target": target, "step": math.nan, "low": math.nan, "high": math.inf}
    detail = f"It has {names}." if names else "It has no metrics yet."
    return Finding("time-to-target", Severity.info, title, detail, values=values)


def _since_jump(run: RunView, name: str) -> tuple[SeriesView | None, bool]:
    """The samples since a resume threw the loss up, and whether training began anew there."""
    view = run.get(name)
    if view is None:
        return None, False
    kept = course(view)
    for load in reversed(run.events_of("ckpt_load")[-MOST_LOADS:]):
        before, after = split_at(kept, load.line)
        if not len(before) and _initialised_anew(run, view, load.line):
            return after, True
        spread = noise(before.value[-NOISE_SAMPLES:])
        if not rises(name) and stands_above(after.value, _newest_level(before), spread):
            return after, True
    return kept, False


def _checkpoint_level(loads: Sequence[Event], view: SeriesView) -> float:
    """The checkpoint's loss as the log names it, NaN where it does not."""
    held_out = view.name.startswith("eval/")
    for load in reversed(loads):
        for name, value in load.fields.items():
            matches = LOSS_FIELD.search(name) and bool(HELD_OUT_FIELD.search(name)) == held_out
            if matches and isinstance(value, float):
                return value
    return math.nan


def _level_before(view: SeriesView, line: int) -> float:
    """The level that a resume at that line left, NaN where training began from scratch there."""
    before, after = split_at(view, line)
    before = course(before)
    if not len(before) or not len(after) or after.step[0] < SAME_RUN * before.step[-1]:
        return math.nan
    return _newest_level(before)


def _newest_level(view: SeriesView) -> float:
    return float(np.median(view.value[-JUMP_SAMPLES:])) if len(view) else math.nan


def _initialised_anew(run: RunView, view: SeriesView, line: int) -> tuple[Event, ...]:
    """What was initialised anew when the checkpoint of that line was loaded."""
    before, after = split_at(view, line)
    first = int(before.line[-1]) if len(before) else 0
    last = int(after.line[0]) if len(after) else run.lines
    events = run.events_of("missing_keys", "reinitialised")
    return tuple(event for event in events if first < event.line <= last)
