"""Parts of a loss against each other: one that outweighs the rest, a divergence that stays high."""

import re
from collections.abc import Iterable, Iterator

import numpy as np

from logwatch.diagnosis.analysis import rewards, subject, wording
from logwatch.diagnosis.analysis.sums import Sum, sums
from logwatch.diagnosis.analysis.temperature import Temperature, find_temperature, weigh
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import decimate, level_error

DOMINANT = 0.6
"""Share of the sum of all printed parts from which one outweighs the others together."""

LOGS = 5
"""Logs in a row that show it: a part may be high at its start."""

UNDECLARED = 2.0
"""Times its declared share that is worth a warning: then it is not what was meant."""

TEACHER = re.compile(r"train/(?:.*[/_])?(?:kl|kd|distil\w*)(?:$|[/_])", re.IGNORECASE)
"""Divergences from a teacher."""

MIN_SAMPLES, FIRST = 12, 3
"""Samples that tell, and those whose median is a level."""

KL_FALL = 0.02
LEAST_START = 0.1
"""A divergence not below its start by 2 % has not come down. One that starts at less than a tenth
of where it is rises by design, as that of a policy from itself."""

KL_RISE = 0.1
RISE_ERRORS = 4.0
"""From a tenth above its start, and four standard errors, it is a warning."""


RUNAWAY_TIMES, RUNAWAY = 10.0, 1.0
"""Times its level of the first half, and nats at least, that a policy's divergence has run away.
Source: Schulman, http://joschu.net/blog/kl-approx.html; PPO stops an update at 0.015 to 0.03
(Stable-Baselines3 `target_kl`), RLHF aims at 6 nats a text (Ziegler et al. 2019, arXiv 1909.08593,
section 2.2), which its runs come to by steps of a few percent."""

REWARD_LOST = 0.5
"""Part of its best that a reward must have lost for the warning."""


@rule("component-dominates", paced=True, share=DOMINANT, logs=LOGS)
def find_dominant_component(run: RunView, question: Question) -> Iterable[Finding]:
    """One part of the loss outweighs all others together, and falls less than they do.

    A warning where declared weights say otherwise.
    Values: `share` (of the sum of the parts), `declared` (share of the weights, NaN if none),
    `change`, `others` (relative change of it and of the others' sum).
    """
    if subject.plays_a_game(run):
        return
    least = question.limit("component-dominates", "share")
    logs = int(question.limit("component-dominates", "logs"))
    for group in sums(run):
        found = next(_dominant(run, group, least, logs), None)
        if found is not None:
            yield found
            return


def _dominant(run: RunView, group: Sum, least: float, logs: int) -> Iterator[Finding]:
    if len(group.total) < max(logs, 1) or any(values.min() < 0 for values in group.parts.values()):
        return
    whole = np.sum(list(group.parts.values()), axis=0)
    if not (whole > 0).all():
        return
    weights = {n: view.last for n, view in subject.weights(run).items() if n in group.parts}
    for name, values in group.parts.items():
        share, rest = values / whole, whole - values
        if share[-logs:].min() <= least or values[0] <= 0 or rest[0] <= 0:
            continue
        change, others = float(values[-1] / values[0] - 1), float(rest[-1] / rest[0] - 1)
        if change < others:
            continue
        total = sum(weights.values())
        declared = weights[name] / total if name in weights and total > 0 else float("nan")
        yield _dominates(group, name, float(share[-1]), declared, (change, others))


def _dominates(
    group: Sum, name: str, share: float, declared: float, changes: tuple[float, float]
) -> Finding:
    meant = f" (declared {wording.share(declared)})" if declared >= 0 else ""
    change, others = (wording.percent(part) for part in changes)
    values = group.parts[name]
    return Finding(
        rule="component-dominates",
        severity=Severity.warning if share > UNDECLARED * declared else Severity.info,
        title=f"{name} is {wording.share(share)} of the printed parts of {group.total.name}{meant}",
        detail=(
            f"It went {wording.figure(float(values[0]))} -> {wording.figure(float(values[-1]))} "
            f"({change}) in {wording.between(group.total, 0, -1)}, the others together {others}. "
            "Parts that are printed before weighting would explain it."
        ),
        remedy=f"Lower the weight of {name}, or bring the parts to one scale.",
        metric=group.total.name,
        steps=wording.steps(group.total),
        values={"share": share, "declared": declared, "change": changes[0], "others": changes[1]},
        evidence=wording.evidence(group.total, 0, -1),
    )


@rule("kl-high", paced=True, fall=KL_FALL, rise=KL_RISE, times=RUNAWAY_TIMES)
def find_high_divergence(run: RunView, question: Question) -> Iterable[Finding]:
    """The divergence from a teacher is not below where it began, or that of a policy runs away.

    A policy's is a warning where its rewards fell meanwhile, else a remark. Where the temperature
    is known (`temperature` in logwatch.toml, or a setting that the log prints) a teacher's is held
    times its square against the loss.
    Values: `first`, `now` (levels), `change` (fraction of the first), `temperature` (NaN where it
    is not known), `scaled` (the newest level times its square).
    """
    if subject.is_reinforced(run):
        yield from _runs_away(run, question.limit("kl-high", "times"))
    if subject.plays_a_game(run) or not any("kd" in n or "distil" in n for n in run.series):
        return
    for name, series in run.series.items():
        if not TEACHER.fullmatch(name):
            continue
        view = subject.attempt(subject.sketch(series)).finite()
        if len(view) < MIN_SAMPLES:
            continue
        first, now = (float(np.median(p)) for p in (view.value[:FIRST], view.value[-FIRST:]))
        if first > LEAST_START * now and now > first * (1 - question.limit("kl-high", "fall")):
            error = level_error(decimate(view).value, FIRST)
            least = max(question.limit("kl-high", "rise") * first, RISE_ERRORS * error)
            severity = Severity.warning if now - first > least else Severity.info
            yield _high(run, view, (first, now, severity), find_temperature(run, question))
            return


def _runs_away(run: RunView, times: float) -> Iterator[Finding]:
    for view in rewards.divergences(run):
        if len(view) < MIN_SAMPLES:
            continue
        first, usual, now = rewards.levels(view.value)
        if usual > 0 and now >= max(times * usual, RUNAWAY):
            yield _runaway(run, view, (first, usual, now))
            return


def _runaway(run: RunView, view: SeriesView, levels: tuple[float, float, float]) -> Finding:
    first, usual, now = levels
    reward = rewards.find_reward(run)
    fall = rewards.find_fall(reward, REWARD_LOST) if reward is not None else None
    cost = (
        f"{reward.name} fell {wording.figure(fall.best)} -> {wording.figure(fall.now)} meanwhile."
        if reward is not None and fall is not None
        else "No reward is seen to fall with it."
    )
    return Finding(
        rule="kl-high",
        severity=Severity.info if fall is None else Severity.warning,
        title=(
            f"{view.name} runs away: {wording.figure(float(f'{usual:.4g}'))} ->"
            f" {wording.figure(now)}"
        ),
        detail=(
            f"The first is the median of the first half of {wording.counted(len(view))} samples. "
            f"The policy leaves the one that it began with. {cost} A level under "
            f"{wording.figure(max(RUNAWAY, float(f'{10 * usual:.4g}')))} would disprove it."
        ),
        remedy=(
            "Go back to a checkpoint from before the rise, and raise the KL penalty or lower"
            " the lr."
        ),
        metric=view.name,
        steps=wording.steps(view),
        values={
            "first": first,
            "now": now,
            "change": now / usual - 1,
            "temperature": float("nan"),
            "scaled": float("nan"),
        },
        evidence=wording.evidence(view, 0, -1),
    )


def _high(
    run: RunView, view: SeriesView, levels: tuple[float, float, Severity], heat: Temperature | None
) -> Finding:
    first, now, severity = levels
    degrees = heat.value if heat else float("nan")
    change, least = now / first - 1, float(f"{first * (1 - KL_FALL):.4g}")
    return Finding(
        rule="kl-high",
        severity=severity,
        title=(
            f"{view.name} is {wording.figure(now)}, not below the {wording.figure(first)} it began"
            f" at ({wording.percent(change)})"
        ),
        detail=(
            f"Medians of {FIRST} samples in {wording.between(view, 0, -1)}. The student is no "
            f"nearer to its teacher; a level under {wording.figure(least)} would refute it."
        )
        + (weigh(run, view, heat) if heat else ""),
        remedy=(
            "Check the temperature and that both models see the same tokens; warm its weight up."
        ),
        metric=view.name,
        steps=wording.steps(view),
        values={
            "first": first,
            "now": now,
            "change": change,
            "temperature": degrees,
            "scaled": degrees**2 * now,
        },
        evidence=wording.evidence(view, 0, -1),
    )
