"""Runs that are all right."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.analysis.restarts import is_from_scratch, real_restarts
from logwatch.diagnosis.analysis.shifts import Needs, find_rise, in_log_units
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import decimate, noise

MIN_SAMPLES = 8
"""Fewer samples are too little to call a run well."""

TEXT_START, TEXT_MOST, BY_HEART = 8.0, 14.0, 0.1
"""A loss that starts between these is ln of a vocabulary of 3,000 to a million tokens; no text is
predicted at the last: the entropy of English is near 0.6 to 1.3 bits a letter.
Source: Shannon 1951, https://doi.org/10.1002/j.1538-7305.1951.tb01366.x"""


ABOVE, ABOVE_ERRORS = 0.05, (2.5, 1.3)
"""Height over the best level, as a part of it, and standard errors by level and by rank, from which
on a loss is not at its best: fewer than an alarm asks for, as good news must be surer than silence.
"""

STOPPED = 2
"""Newest logs of a rate of 0 with which nothing is learned any more; a decay may end on one."""

NOISY = 0.03
"""Scatter of one sample, as a part of its level, from which on one sample is not a level."""


@rule("on-course", "above-best", paced=True, samples=MIN_SAMPLES)
def find_good_course(run: RunView, question: Question) -> Iterable[Finding]:
    """The loss clearly falls, is at its best level, and nothing else is wrong.

    `above-best`: it fell, and stands above its best level by more than noise easily explains.
    Values: `first`, `last` (levels), `change` (fraction of the first), `samples`; of `above-best`
    `best`, `now` (levels), `rise` (fraction of the best), `best_step`.
    """
    view = subject.train_loss(run)
    if view is None or _is_stopped(run):
        return
    view = view.finite()
    settled = _since_weights_settled(run, view)
    part = _since_scratch(run, settled)
    if len(part) < question.limit("on-course", "samples") or not subject.falls(part):
        return
    first, last = _levels(part)
    if not last < first:
        return
    above = _find_above(part)
    if above is not None:
        yield above
        return
    since = " since its weights are constant" if len(settled) < len(view) else ""
    since = " since it started over" if len(part) < len(settled) else since
    yield _on_course(run, view, part, (first, last), since)


def _on_course(
    run: RunView, view: SeriesView, part: SeriesView, levels: tuple[float, float], since: str
) -> Finding:
    first, last = levels
    change = (last - first) / abs(first) if first else float("nan")
    share = f"({wording.percent(change)}) " if np.isfinite(change) else ""
    return Finding(
        rule="on-course",
        severity=Severity.ok,
        title=(
            f"{part.name} falls{since}: {wording.figure(first)} -> {wording.figure(last)} "
            f"{share}in {wording.between(part, 0, -1)}"
        ),
        detail=_company(run, view, part),
        remedy="",
        metric=part.name,
        steps=wording.steps(part),
        values={
            "first": first,
            "last": last,
            "change": change,
            "samples": float(subject.counted(run, part)),
        },
        evidence=wording.evidence(part, 0, -1),
    )


def _is_stopped(run: RunView) -> bool:
    """Whether the learning rate is 0 by now."""
    rate = run.get("lr")
    return rate is not None and len(rate) > STOPPED and not rate.value[-STOPPED:].any()


def _levels(part: SeriesView) -> tuple[float, float]:
    """First and last level: medians where samples scatter, else what the log has."""
    curve = decimate(part)
    points, is_log = in_log_units(curve.value)
    width = subject.window(curve)
    if is_log and noise(points) >= NOISY:
        return float(np.median(curve.value[:width])), float(np.median(curve.value[-width:]))
    return subject.ends(part)


def _find_above(part: SeriesView) -> Finding | None:
    """A remark where the newest level stands above the best."""
    curve = decimate(part)
    points, is_log = in_log_units(curve.value)
    found = find_rise(points, Needs(math.log1p(ABOVE), *ABOVE_ERRORS)) if is_log else None
    if found is None or not found.is_sure:
        return None
    best, now = math.exp(found.before), math.exp(found.now)
    place = int(curve.index[(found.start + found.end) // 2])
    return Finding(
        rule="above-best",
        severity=Severity.info,
        title=(
            f"{part.name} stands {wording.percent(now / best - 1)} above its best level: "
            f"{wording.figure(float(f'{best:.4g}'))} near {wording.at(part, place)}, "
            f"{wording.figure(float(f'{now:.4g}'))} now"
        ),
        detail=(
            "Levels are medians. Noise may still explain it: it is not sure enough for an alarm. A "
            f"level under {wording.figure(float(f'{best * (1 + ABOVE):.4g}'))} would disprove it."
        ),
        remedy="",
        metric=part.name,
        steps=wording.steps(part, place, -1),
        values={
            "best": best,
            "now": now,
            "rise": now / best - 1,
            "best_step": float(part.step[place]),
        },
        evidence=wording.evidence(part, place, -1),
    )


def _since_weights_settled(run: RunView, view: SeriesView) -> SeriesView:
    """The samples since the declared weights of the total last changed."""
    changes = [
        int(weight.offset[np.flatnonzero(np.diff(weight.value))[-1] + 1])
        for weight in subject.weights(run).values()
        if np.diff(weight.value).any()
    ]
    return view.where(view.offset >= max(changes)) if changes else view


def _raised(run: RunView, view: SeriesView, part: SeriesView) -> Iterator[str]:
    """The rise of a total under rising weights, which is no divergence."""
    before = view.where(view.offset <= part.offset[0])
    if len(before) < MIN_SAMPLES:
        return
    first, last = subject.ends(before)
    for name, weight in subject.weights(run).items():
        light, heavy = float(weight.value[0]), weight.last
        if heavy > light and last > first:
            yield (
                f"It rose {wording.figure(first)} -> {wording.figure(last)} while weight/{name} "
                f"went {wording.figure(light)} -> {wording.figure(heavy)}: no divergence."
            )


def _by_heart(part: SeriesView) -> Iterator[str]:
    """A doubt where a loss that began as one over a vocabulary is next to nothing."""
    first, last = subject.ends(part)
    if part.name == "train/loss" and TEXT_START < first < TEXT_MOST and last < BY_HEART:
        yield (
            f"A loss of {wording.figure(last)} after {wording.figure(first)} means data learned by "
            "heart, or that the input shows what is to be predicted."
        )


def _since_scratch(run: RunView, view: SeriesView) -> SeriesView:
    """The samples since the step last went back to the start: earlier ones are another run's."""
    scratch = [r.offset for r in real_restarts(run) if is_from_scratch(r)]
    return view.where(view.offset >= scratch[-1]) if scratch else view


def _company(run: RunView, view: SeriesView, part: SeriesView) -> str:
    """What was raised by design, what the evaluations say, and how the run ended."""
    held = subject.eval_loss(run)
    words = [*_raised(run, view, part), *_by_heart(part)]
    if held is not None and len(held.finite()) > 1:
        held = held.finite()
        ends = f"{wording.figure(float(held.value[0]))} -> {wording.figure(held.last)}"
        words.append(f"{held.name} went {ends} in {len(held)} evaluations.")
    if run.events_of("early_stop"):
        words.append("It was stopped early by its own rule.")
    elif run.events_of("finished"):
        words.append("The run is complete.")
    return " ".join(words)
