"""What a run of reinforcement learning is judged by: its rewards, its entropy, its divergence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.analysis import subject
from logwatch.diagnosis.analysis.shifts import TINY, Needs, Rise, find_rise
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import Curve, decimate, rolling_median
from logwatch.parsing.record import Floats

REWARD = re.compile(
    r"(?:^|/)(?:(?:critic/)?(?:rewards?|score)(?:/mean|_mean)?|ep_rew_mean|ep_return_mean|"
    r"(?:mean|avg|average|episode|episodic|ep|total)_(?:rewards?|returns?|rew)(?:_mean)?|returns?)$",
    re.IGNORECASE,
)
"""Names of what reinforcement learning maximises. `rewards/chosen` of DPO is not one.
Source: TRL grpo_trainer.py `log()` (`reward`); verl (`critic/score/mean`); Stable-Baselines3
(`rollout/ep_rew_mean`, `eval/mean_reward`); CleanRL (`charts/episodic_return`)."""

ENTROPY = re.compile(r"(?:^|/)(?:policy_)?entropy(?:_loss)?$", re.IGNORECASE)
"""Names of the policy's entropy. Stable-Baselines3 logs its negative as `entropy_loss`."""

DIVERGENCE = re.compile(r"(?:^|/)(?:objective/|critic/)?(?:kl|approx_kl|ppo_kl|kl_div)$", re.I)
"""Names of the divergence from the policy that training began with, or from the one before."""

LEVEL = 5
"""Samples whose median is a level of a series that is not tested for noise."""

FALL_ERRORS = (4.0, 1.9)
"""Standard errors of a fall by level and by rank: a reward must lose half besides, and one that
wanders has few independent samples."""


@dataclass(frozen=True, slots=True)
class Fall:
    """A reward that fell: levels at the start, at the best and now, and where the best lies."""

    first: float
    best: float
    now: float
    best_index: int


def find_reward(run: RunView) -> SeriesView | None:
    """The finite rewards of a run, those of training first; None where none is logged."""
    if not subject.is_reinforced(run):
        return None
    named = [view for name, view in run.series.items() if REWARD.search(name) and len(view)]
    named.sort(key=lambda view: view.name.startswith(("eval/", "test/")))
    return subject.sketch(named[0]).finite() if named else None


def find_fall(view: SeriesView, least: float) -> Fall | None:
    """The fall of a reward by `least` of its best and of its gain, beyond what noise explains."""
    curve = decimate(view)
    found = find_rise(-curve.value, Needs(TINY, *FALL_ERRORS))
    if found is None or not found.is_sure:
        return None
    fall = _fall_of(curve, found)
    scale = max(abs(fall.first), abs(fall.best), fall.best - fall.first)
    return fall if fall.best - fall.now >= least * scale else None


def _fall_of(curve: Curve, found: Rise) -> Fall:
    level = rolling_median(curve.value, LEVEL)
    best = int(np.argmax(level[: max(len(level) - found.width, 1)]))
    middle = int(curve.index[best + LEVEL // 2])
    return Fall(float(level[0]), float(level[best]), -found.now, middle)


def find_gain(view: SeriesView) -> Rise | None:
    """The gain of a reward since its lowest level, None where noise explains it."""
    found = find_rise(decimate(view).value, Needs(TINY))
    return found if found is not None and found.is_sure else None


def divergences(run: RunView) -> Iterator[SeriesView]:
    """The finite divergences of a run of reinforcement learning."""
    for name, view in run.series.items():
        if DIVERGENCE.search(name) and len(view):
            yield subject.sketch(view).finite()


def find_entropy(run: RunView) -> SeriesView | None:
    """The finite entropy of the policy, None where it is not logged."""
    found = [view for name, view in run.series.items() if ENTROPY.search(name) and len(view)]
    return subject.sketch(found[0]).finite() if found else None


def levels(values: Floats) -> tuple[float, float, float]:
    """Medians of the first samples, of the first half and of the newest samples."""
    half = values[: max(len(values) // 2, LEVEL)]
    parts = values[:LEVEL], half, values[-LEVEL:]
    first, usual, now = (float(np.median(part)) for part in parts)
    return first, usual, now
