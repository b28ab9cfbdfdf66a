"""Rules that look ahead: when a metric comes to a level."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from logwatch.diagnosis.analysis import wording
from logwatch.diagnosis.analysis.course import (
    course,
    known_end,
    pace,
    reached,
    rises,
    split_at,
    stands_above,
)
from logwatch.diagnosis.analysis.ending import is_complete
from logwatch.diagnosis.analysis.levels import (
    NOISE_SAMPLES,
    best_level,
    checkpoint_level,
    initialised_anew,
    level_before,
    since_jump,
)
from logwatch.diagnosis.analysis.subject import sketch
from logwatch.diagnosis.analysis.time_limit import last_step_in_time
from logwatch.diagnosis.finding import Evidence, Finding, Severity
from logwatch.diagnosis.forecast.curves import forecast
from logwatch.diagnosis.forecast.outlook import Outlook
from logwatch.diagnosis.forecast.schedule import scheduled_end
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import noise
from logwatch.parsing.record import Event

RETURNING = ("train/loss", "eval/loss")

UNLIKELY = 0.2
"""Probability below which a goal that a person named is a warning. Of what is told below it 17 %
came true on real curves, collections held out.
Source: benchmarks/time_to_target.py, `Whether it is reached before the end`."""


@dataclass(frozen=True)
class Goal:
    """How a finding words its goal: to come, come to, not approached, and too far to see.

    `good` is the severity of coming to it, `missed` that of being unlikely to.
    """

    rule: str
    ahead: str
    done: str
    lost: str
    far: str
    good: Severity
    missed: Severity = Severity.info


@rule("time-to-target", "target-unlikely", unlikely=UNLIKELY)
def forecast_targets(run: RunView, question: Question) -> Iterable[Finding]:
    """When a metric reaches the level that was asked for (`--goal METRIC=VALUE`).

    Needs a goal.
    A second finding, `target-unlikely`, where it rather does not get there before the run ends or
    its time is over: a warning below the threshold `unlikely`, else a remark below one half.
    Values: `target`, `step`, `low`, `high` (80 % interval; Inf: no end), `points` (samples used),
    `probability` (of reaching it before the run stops), `eta_s` (seconds from now); of
    `target-unlikely` also `last_step`, at which the run stops.
    """
    for name, target in ((name, float(value)) for name, value in question.targets.items()):
        view, fresh = since_jump(run, name)
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
            Severity.warning,
        )
        outlook = look_ahead(run, view, target, question, rising=rises(name), fresh=fresh)
        yield _tell(goal, outlook)
        yield from _doubt(goal, outlook, question)


@rule("time-to-baseline")
def forecast_overtaking(run: RunView, question: Question) -> Iterable[Finding]:
    """When a loss comes to the best level of the baseline (`--baseline FILE`).

    Needs a baseline.
    Values: `target` (the baseline's best level), `step`, `low`, `high` (80 % interval; Inf: no
    end), `points` (samples used), `probability` (of reaching it before the run stops), `eta_s`.
    """
    for name in RETURNING if question.baseline is not None else ():
        best = best_level(question.baseline.get(name) if question.baseline else None)
        view, fresh = since_jump(run, name)
        if math.isnan(best) or name in question.targets or view is None or not len(view):
            continue
        level = wording.figure(best)
        words = f"the baseline's best {name} of {level}"
        goal = Goal(
            "time-to-baseline",
            f"comes to {words}",
            f"at {words} since",
            f"not coming to {words}: it does not fall",
            f"far from {words}",
            Severity.info,
        )
        outlook = look_ahead(run, view, best, question, fresh=fresh)
        if outlook.is_reached or not is_complete(run):
            yield _tell(goal, outlook)


@rule("reconvergence")
def forecast_return(run: RunView, question: Question) -> Iterable[Finding]:
    """When a resumed run whose loss jumped up is back at its checkpoint's loss.

    Values: `target` (the checkpoint's loss), `step`, `low`, `high` (80 % interval; Inf: no end),
    `points` (samples used), `probability` (of being back before the run stops), `eta_s`.
    """
    loads = run.events_of("ckpt_load")
    for view in [found for name in RETURNING if loads and (found := run.get(name))]:
        kept = course(sketch(split_at(view, loads[-1].line)[1]))
        anew = initialised_anew(run, view, loads[-1].line)
        level = checkpoint_level(loads, view)
        if math.isnan(level):
            level = level_before(view, loads[-1].line)
        spread = 0.0 if anew else noise(kept.value[:NOISE_SAMPLES])
        if not stands_above(kept.value, level, spread):
            continue
        goal = f"back at {wording.figure(level)}"
        lost = f"{view.name} is not coming {goal}: it does not fall"
        far = f"{view.name} is far from being {goal}"
        words = Goal("reconvergence", goal, f"{goal} since", lost, far, Severity.ok)
        cause = "; ".join(event.title for event in anew)
        outlook = look_ahead(run, kept, level, question, fresh=True)
        yield _tell(words, outlook, cause, (loads[-1], *anew))


def look_ahead(
    run: RunView,
    view: SeriesView,
    target: float,
    question: Question,
    *,
    rising: bool = False,
    fresh: bool = False,
) -> Outlook:
    """Forecast when the series of kept samples comes to the target."""
    sign, end = -1.0 if rising else 1.0, known_end(run, view)
    rates, scheduled = run.get("lr"), False
    if math.isnan(end) and rates is not None and rates.axis == view.axis:
        end = scheduled_end(sketch(rates))
        scheduled = end > view.step[-1]
        end = end if scheduled else math.nan
    limit = last_step_in_time(run, view, question.config.walltime_s)
    other = question.baseline.get(view.name) if question.baseline is not None else None
    base = course(sketch(other)) if other is not None and other.axis == view.axis else None
    found = forecast(
        view.step,
        sign * view.value,
        sign * target,
        end=end,
        limit=limit,
        fresh=fresh,
        baseline=(base.step, sign * base.value) if base is not None and len(base) else None,
    )
    since = reached(view, target, rising)
    rate = pace(run, view)
    return Outlook(view, target, found, end, rate, since, rising, limit, scheduled)


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
    elif outlook.is_unlikely:
        title = f"{goal.ahead} with a probability of {found.probability:.2f}"
        title += f" before it {outlook.stop()}"
        if math.isfinite(found.high):
            title += f"; if so, near {outlook.place(found.step)} (80 %: {outlook.interval()})"
    else:
        severity = goal.good
        title = f"{goal.ahead} near {outlook.place(found.step)} (80 %: {outlook.interval()})"
    view = outlook.view
    detail = f"{cause[:1].upper()}{cause[1:]}. {outlook.detail()}" if cause else outlook.detail()
    proof = tuple(Evidence(event.line, event.offset) for event in events)
    return Finding(
        rule=goal.rule,
        severity=severity,
        title=title,
        detail=detail,
        remedy="",
        metric=view.name,
        steps=wording.steps(view),
        values=outlook.values(),
        evidence=proof + wording.evidence(view, 0, -1),
    )


def _doubt(goal: Goal, outlook: Outlook, question: Question) -> Iterable[Finding]:
    """The finding that a goal is unlikely to be reached before the run stops."""
    found, view = outlook.forecast, outlook.view
    if found is None or outlook.is_reached or not outlook.is_unlikely:
        return
    unlikely = question.limit("target-unlikely", "unlikely")
    is_grave = found.probability < unlikely
    remedy = "Ask for more time, or stop and change what makes it slow." if is_grave else ""
    yield Finding(
        rule="target-unlikely",
        severity=goal.missed if is_grave else Severity.info,
        title=f"{goal.ahead} before it {outlook.stop()} with a probability of "
        f"{found.probability:.2f} only",
        detail="On real curves of other sources such probabilities came true as often as they say "
        "(docs/diagnosis.md). A faster fall, as under a decaying learning rate, would refute it.",
        remedy=remedy,
        metric=view.name,
        steps=wording.steps(view),
        values={
            "target": outlook.target,
            "probability": found.probability,
            "last_step": outlook.last,
        },
        evidence=wording.evidence(view, 0, -1),
    )


def _unknown(run: RunView, name: str, target: float) -> Finding:
    """A target for a metric that the log does not have."""
    names = ", ".join(sorted(name for name, view in run.series.items() if len(view)))
    title = f"no {name} in this log, so nothing says when it reaches {wording.figure(target)}"
    values = {"target": target, "step": math.nan, "low": math.nan, "high": math.inf}
    detail = f"It has {names}." if names else "It has no metrics yet."
    return Finding(
        rule="time-to-target", severity=Severity.info, title=title, detail=detail, values=values
    )
