"""Numbers that are none: NaN, infinity, and what hides them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.analysis.climbs import MAY_RISE, rising_with
from logwatch.diagnosis.analysis.hidden_nan import (
    GRADIENT_RUN,
    ZERO_RUN,
    find_gradients,
    find_hidden,
)
from logwatch.diagnosis.finding import Evidence, Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Event

MUST_BE_FINITE = re.compile(
    r"(?:train|eval|test)(?=/)(?!.*best).*(?:loss|nll|xent|perplexity|bpb|[/_]kl(?:$|[/_]))",
    re.IGNORECASE,
)
"""Metrics that a healthy run never logs as NaN. An accuracy without positives may be; a `best` so
far starts at infinity."""

ONCE_FINITE = re.compile(
    r"train/(?!.*(?:best|acc|prec|recall|f1|auc|iou|map\b|corr|explained|grad|norm|time|memory|len"
    r"|rate|std|var|per_|lr))",
    re.IGNORECASE,
)
"""Other metrics of training that stay numbers once they are. What divides by a count may not: a
score without positives, a variance of one value, a length of nothing that ended."""

ONCE_RUN = 3
"""Values that such a metric must have had, and NaN in a row to the end, before it counts."""
TOGETHER = 3
"""Such metrics that are NaN from the first line on together, which no division explains."""

SUDDEN = 2.0
SUDDEN_SAMPLES = 20
"""Times its usual level in the last samples before the first NaN at which a series is named, and
how many samples tell what is usual. Gradients double some steps before a loss does.
Source: BigScience's chronicles of a spike: grad norm 0.9, 2.4, 16, 145 before the loss moved."""

CLIMBED = 0.1
"""A series that rose by this part before the first NaN is named beside it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a number stopped being one: what the log calls it, and since when."""

    name: str
    kind: str
    step: float
    axis: str
    line: int
    offset: int
    lasting: bool
    leading: bool
    count: int
    metric: str | None


@rule("non-finite", paced=True, zeros=ZERO_RUN, gradients=GRADIENT_RUN)
def find_non_finite(run: RunView, question: Question) -> Iterable[Finding]:
    """A loss is NaN or infinite, or a NaN hides behind a loss of exactly 0.

    Values: `first_step` (of the first such value), `count` (such values logged), `line`.
    """
    faults = sorted((*_series_faults(run), *_event_faults(run)), key=lambda f: (f.offset, f.line))
    lasting = [fault for fault in faults if fault.lasting]
    over = [fault for fault in faults if not fault.lasting]
    if lasting:
        yield _lasting(run, lasting)
    elif over:
        yield _over(over)
    zeros, gradients = (int(question.limit("non-finite", x)) for x in ("zeros", "gradients"))
    hidden = list(find_hidden(run, zeros))
    yield from hidden if not lasting else ()
    if not lasting and not hidden:
        yield from find_gradients(run, gradients)


def _series_faults(run: RunView) -> Iterator[Fault]:
    others = set(_others_lost(run))
    for name, view in run.series.items():
        if not (MUST_BE_FINITE.match(name) or name in others) or not len(view):
            continue
        finite = np.isfinite(view.value)
        if finite.all():
            continue
        bad = np.flatnonzero(~finite)
        if _is_placeholder(view, bad) and not name.startswith("train/"):
            continue
        first = int(bad[0])
        yield Fault(
            name, "NaN" if np.isnan(view.value[first]) else "infinite", float(view.step[first]),
            view.axis, int(view.line[first]), int(view.offset[first]),
            bool(bad[-1] == len(view) - 1), first == 0, view.nonfinite, name,
        )  # fmt: skip


def _others_lost(run: RunView) -> Iterator[str]:
    """Metrics of training beside the loss that are NaN to the end, after numbers or together."""
    together = []
    for name, view in run.series.items():
        if not ONCE_FINITE.match(name) or len(view) < ONCE_RUN:
            continue
        finite = np.flatnonzero(np.isfinite(view.value))
        start = int(finite[-1]) + 1 if len(finite) else 0
        if len(view) - start >= ONCE_RUN and start >= ONCE_RUN:
            yield name
        elif not start:
            together.append(name)
    if len(together) >= TOGETHER:
        yield from together


def _is_placeholder(view: SeriesView, bad: np.ndarray) -> bool:
    """Whether only the first values are not finite: a best-so-far or an eval that had not run."""
    return bool(bad[-1] == len(bad) - 1 and len(bad) < len(view))


def _event_faults(run: RunView) -> Iterator[Fault]:
    events = run.events_of("nan")
    for name in dict.fromkeys(map(_name_of, events)):
        mine = [event for event in events if _name_of(event) == name]
        first = mine[0]
        step = first.step if first.step is not None else float("nan")
        lasting = not _went_on(run, mine[-1])
        yield Fault(
            name or "a value", "NaN", step, "step", first.line, first.offset, lasting, False,
            len(mine), None,
        )  # fmt: skip


def _name_of(event: Event) -> str:
    """What a line calls NaN; empty where it names nothing."""
    name = str(event.fields.get("name", ""))
    return "the loss" if name.lower() in ("loss", "losses") else name


def _went_on(run: RunView, event: Event) -> bool:
    """Whether the train loss was finite again after an event."""
    view = run.get("train/loss")
    return view is not None and bool(np.isfinite(view.value[view.offset > event.offset]).any())


def _lasting(run: RunView, faults: list[Fault]) -> Finding:
    first = faults[0]
    since = "from the first sample on" if first.leading else f"since {_place(first)}"
    others = [f.name for f in faults[1:] if f.name != first.name]
    also = f"So {'is' if len(others) == 1 else 'are'} {', '.join(others[:4])}." if others else ""
    detail = also + "".join(_story(run, first))
    return Finding(
        rule="non-finite",
        severity=Severity.error,
        title=f"{first.name} is {first.kind} {since} (line {first.line})",
        detail=detail.strip(),
        remedy=_remedy(run, first, faults),
        metric=first.metric or next((f.metric for f in faults if f.metric), None),
        steps=(first.step, first.step) if np.isfinite(first.step) else None,
        values={"first_step": first.step, "count": float(max(f.count for f in faults)),
         "line": float(first.line)},
        evidence=tuple(Evidence(fault.line, fault.offset) for fault in faults[:4]),
    )  # fmt: skip


def _place(fault: Fault) -> str:
    return f"{fault.axis} {wording.figure(fault.step)}" if np.isfinite(fault.step) else "this line"


def _story(run: RunView, fault: Fault) -> Iterator[str]:
    """What the other metrics did before it, up to the last evaluation and up to the end."""
    view = run.get("train/loss")
    before = _before(view, fault.offset) if view is not None else None
    if before is not None and len(before) and fault.metric != "eval/loss":
        waypoint = _last_eval(run, fault.offset)
        until = before if waypoint is None else before.where(before.step <= waypoint)
        before = until if 2 * len(until) > len(before) else before
        yield from list(_sudden(run, fault)) or _slow(run, before)
        yield from _perplexity_before(run, fault)
    own = run.get(fault.metric) if fault.metric else None
    finite = _before(own, fault.offset) if own is not None else None
    if finite is not None and len(finite):
        yield (
            f" The last finite {finite.name} was {wording.figure(finite.last)} at "
            f"{wording.at(finite, -1)}."
        )


def _slow(run: RunView, before: SeriesView) -> Iterator[str]:
    """What rose all the way to the last evaluation before it."""
    for name, first, last in rising_with(_until(run, before), before, 0, CLIMBED):
        yield (
            f" Before it {name} rose {wording.figure(first)} -> {wording.figure(last)} over "
            f"{wording.between(before, 0, -1)}."
        )


def _sudden(run: RunView, fault: Fault) -> Iterator[str]:
    """What doubled in the last samples before it, from where it last was at its usual level."""
    rises = []
    for name, view in run.series.items():
        last = _before(view, fault.offset) if MAY_RISE.match(name) else None
        if last is None or len(last) < SUDDEN_SAMPLES:
            continue
        last = last.tail(-SUDDEN_SAMPLES)
        level = float(np.median(last.value))
        if last.last > SUDDEN * level > 0:
            start = int(np.flatnonzero(last.value <= level)[-1])
            rises.append(
                f"{name} rose {wording.figure(float(last.value[start]))} -> "
                f"{wording.figure(last.last)} over {wording.between(last, start, -1)}"
            )
    if rises:
        yield f" Before it {' and '.join(rises[:3])}."


def _before(view: SeriesView, offset: int) -> SeriesView:
    """The finite samples before an offset, sketched."""
    view = subject.sketch(view)
    return view.where((view.offset < offset) & np.isfinite(view.value))


def _until(run: RunView, view: SeriesView) -> RunView:
    """The run as far as a series goes, by its steps."""
    end = float(view.step[-1])
    sketches = {name: subject.sketch(v) for name, v in run.series.items()}
    return RunView({name: v.where(v.step <= end) for name, v in sketches.items()})


def _last_eval(run: RunView, offset: int) -> float | None:
    ends = [
        float(before.step[-1])
        for name, view in run.series.items()
        if name.startswith("eval/") and len(before := _before(view, offset))
    ]
    return max(ends, default=None)


def _perplexity_before(run: RunView, fault: Fault) -> Iterator[str]:
    view = run.get("eval/perplexity")
    before = _before(view, fault.offset) if view is not None else None
    if before is not None and len(before):
        yield f" Perplexity was {wording.figure(before.last)} at {wording.at(before, -1)}."


def _remedy(run: RunView, fault: Fault, faults: list[Fault]) -> str:
    if all((other.metric or "").startswith(("eval/", "test/")) for other in faults):
        return (
            "The train loss is finite: check that the validation set is not empty, and find the "
            "batch or the division that gives it."
        )
    if fault.leading:
        return "Find the first batch or layer that gives it: nothing was finite from the start on."
    saved = [event for event in run.events_of("ckpt_save") if event.offset < fault.offset]
    where = f" (the last one before it is on line {saved[-1].line})" if saved else ""
    heavy = [name for name, view in subject.weights(run).items() if view.last > 0]
    change = f"a smaller weight of {heavy[0]}, or a warmup of it" if heavy else "a lower lr"
    waypoint, view = _last_eval(run, fault.offset), run.get("train/loss")
    started = view is not None and waypoint is not None and waypoint > view.step[0]
    before = f"step {wording.figure(waypoint)}" if waypoint is not None and started else "it"
    return f"Stop the run and restart from a checkpoint before {before}{where} with {change}."


def _over(faults: list[Fault]) -> Finding:
    first = faults[0]
    return Finding(
        rule="non-finite",
        severity=Severity.info,
        title=(
            f"{first.name} was {first.kind} {_times(first.count)}, first at {_place(first)} "
            f"(line {first.line}), and is finite again"
        ),
        detail=(
            "The run went on: a loss scaler or a check skipped the batch. More of them would"
            " matter."
        ),
        remedy="",
        metric=first.metric,
        steps=(first.step, first.step) if np.isfinite(first.step) else None,
        values={"first_step": first.step, "count": float(first.count), "line": float(first.line)},
        evidence=(Evidence(first.line, first.offset),),
        active=False,
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
