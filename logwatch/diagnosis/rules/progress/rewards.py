"""Runs of reinforcement learning, judged by their rewards: their loss is not a measure."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from logwatch.diagnosis.analysis import rewards, subject, wording
from logwatch.diagnosis.analysis.shifts import measure_scatter
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import decimate

LOST = 0.5
"""Part of its best, and of what it gained, that a reward must lose to have collapsed. Rewards of
healthy runs swing; three runs of Stable-Baselines3 and one of verl in real logs lose less."""

MIN_SAMPLES = 20
"""Samples of which the newest quarter is a level."""

FLAT_SAMPLES, FLAT_ERRORS = 60, 2.0
"""Samples, and standard errors between the first and the last third, of a reward that is flat."""

EMPTY = 0.1
"""Part of its first level at which an entropy has collapsed: the policy no longer explores."""

REMEDY = (
    "Go back to the checkpoint near {best}, lower the learning rate or raise the KL penalty, and "
    "read some samples: a reward that was gamed looks like this."
)


@rule("reward-collapse", "reward-flat", "reward-rising", paced=True, lost=LOST, flat=FLAT_SAMPLES)
def find_rewards(run: RunView, question: Question) -> Iterable[Finding]:
    """The reward fell by half of its best, has not risen, or rises.

    Values: `first`, `best`, `now` (levels), `best_step`, `samples`.
    """
    view = rewards.find_reward(run)
    if view is None or len(view) < MIN_SAMPLES:
        return
    fall = rewards.find_fall(view, question.limit("reward-collapse", "lost"))
    if fall is not None:
        yield _collapse(view, fall)
    elif rewards.find_gain(view) is not None:
        yield from _rising(view)
    elif len(view) >= question.limit("reward-collapse", "flat"):
        yield from _flat(view)


def _collapse(view: SeriesView, fall: rewards.Fall) -> Finding:
    best = wording.at(view, fall.best_index)
    return Finding(
        rule="reward-collapse",
        severity=Severity.warning,
        title=(
            f"{view.name} has collapsed: {wording.figure(fall.best)} -> {wording.figure(fall.now)} "
            f"since {best}"
        ),
        detail=(
            f"It began at {wording.figure(fall.first)}. Levels are medians, and noise does not"
            f" explain the fall. A level back above {wording.figure((fall.best + fall.now) / 2)}"
            " would disprove it. The loss of reinforcement learning does not show this."
        ),
        remedy=REMEDY.format(best=best),
        metric=view.name,
        steps=wording.steps(view, fall.best_index, -1),
        values={
            "first": fall.first,
            "best": fall.best,
            "now": fall.now,
            "best_step": float(view.step[fall.best_index]),
            "samples": float(len(view)),
        },
        evidence=wording.evidence(view, fall.best_index, -1),
    )


def _flat(view: SeriesView) -> Iterator[Finding]:
    points = decimate(view).value
    third = len(points) // 3
    change = float(np.median(points[-third:]) - np.median(points[:third]))
    allowed = FLAT_ERRORS * math.sqrt(2) * measure_scatter(points).error(third)
    if abs(change) > allowed:
        return
    yield Finding(
        rule="reward-flat",
        severity=Severity.info,
        title=(
            f"{view.name} shows no trend in {wording.counted(len(view))} samples: it stays near "
            f"{wording.figure(float(f'{np.median(points):.4g}'))}"
        ),
        detail=(
            f"The first third and the last differ by {change:.3g}; the noise allows {allowed:.3g}. "
            "A rise beyond that would disprove it."
        ),
        remedy=(
            "Check that the reward can tell good samples from bad ones, and that it reaches the"
            " loss."
        ),
        metric=view.name,
        steps=wording.steps(view),
        values=_values(view),
        evidence=wording.evidence(view, 0, -1),
    )


def _rising(view: SeriesView) -> Iterator[Finding]:
    values = _values(view)
    if not values["now"] > values["first"]:
        return
    yield Finding(
        rule="reward-rising",
        severity=Severity.ok,
        title=(
            f"{view.name} rises: {wording.figure(values['first'])} ->"
            f" {wording.figure(values['now'])} in {wording.between(view, 0, -1)}"
        ),
        detail=(
            f"Its best level was {wording.figure(values['best'])}. The loss of reinforcement"
            " learning is not a measure of it."
        ),
        remedy="",
        metric=view.name,
        steps=wording.steps(view),
        values=values,
        evidence=wording.evidence(view, 0, -1),
    )


def _values(view: SeriesView) -> dict[str, float]:
    first, last = subject.ends(view)
    best = int(np.argmax(view.value))
    return {
        "first": first,
        "best": float(view.value[best]),
        "now": last,
        "best_step": float(view.step[best]),
        "samples": float(len(view)),
    }


@rule("entropy-collapse", paced=True, empty=EMPTY)
def find_entropy_collapse(run: RunView, question: Question) -> Iterable[Finding]:
    """The entropy of the policy is next to nothing, so it no longer explores.

    Values: `first`, `now` (levels), `share` (of the first that is left).
    """
    view = rewards.find_entropy(run) if subject.is_reinforced(run) else None
    if view is None or len(view) < MIN_SAMPLES:
        return
    first, _, now = (abs(level) for level in rewards.levels(view.value))
    empty = question.limit("entropy-collapse", "empty")
    if not (first > 0 and now < empty * first):
        return
    yield Finding(
        rule="entropy-collapse",
        severity=Severity.info,
        title=(
            f"{view.name} is {wording.figure(now)}, {wording.share(now / first)} of the "
            f"{wording.figure(first)} that it began at"
        ),
        detail=(
            "Medians of five samples. The policy has settled on few actions or tokens. That is as"
            " it should be where the reward is near its best; a higher entropy would disprove it."
        ),
        remedy=(
            "Raise the entropy bonus or the sampling temperature if the reward has stopped rising."
        ),
        metric=view.name,
        steps=wording.steps(view),
        values={"first": first, "now": now, "share": now / first},
        evidence=wording.evidence(view, 0, -1),
    )
