"""Kinds of runs that are well and look ill: noise, spikes, levels at or below zero, schedules."""

import math
from collections import Counter

import numpy as np
import pytest


def noise(rng: np.random.Generator, count: int, size: float, memory: float = 0.0) -> np.ndarray:
    """(count,) normal noise, each sample keeping a part of the one before."""
    fresh = rng.normal(0, size * math.sqrt(1 - memory**2), count)
    for i in range(1, count):
        fresh[i] += memory * fresh[i - 1]
    return fresh


def usual(t: np.ndarray) -> np.ndarray:
    """A language model's loss over its run, t from 0 to 1."""
    return np.asarray(2.8 + 8 * (1 + 60 * t) ** -0.6)


HEALTHY = {
    "noise": lambda t, rng: usual(t) + noise(rng, len(t), 0.3),
    "noise with a memory": lambda t, rng: usual(t) + noise(rng, len(t), 0.1, 0.9),
    "fine-tuning": lambda t, rng: 1.2 + 0.3 * np.exp(-t / 0.03) + noise(rng, len(t), 0.05),
    "near zero": lambda t, rng: 3 * np.exp(-10 * t) * np.exp(noise(rng, len(t), 0.5)) + 1e-3,
    "below zero": lambda t, rng: -50 * (1 - np.exp(-4 * t)) + noise(rng, len(t), 2.0),
    "through zero": lambda t, rng: 5 - 10 * (1 - np.exp(-4 * t)) + noise(rng, len(t), 0.3, 0.5),
    "spikes": lambda t, rng: usual(t) * np.where(rng.random(len(t)) < 0.01, 3, 1),
    "wild tails": lambda t, rng: usual(t) + 0.05 * rng.standard_t(1.5, len(t)),
    "one digit": lambda t, rng: np.round(usual(t) + 0.5, 1),
    "warm restarts": lambda t, rng: usual(t) + 0.3 + 0.3 * np.cos(np.pi * (4 * t % 1)),
    "steps of the rate": lambda t, rng: 2 * np.exp(-3 * np.minimum(t, 0.3)) - 0.3 * (t > 0.5),
    "diffusion": lambda t, rng: 0.12 * np.exp(noise(rng, len(t), 0.5)) * (1 + np.exp(-100 * t)),
    "preferences": lambda t, rng: math.log(2) * np.exp(-t) + noise(rng, len(t), 0.02),
    "to and fro": lambda t, rng: usual(t) + np.where(np.arange(len(t)) % 2, 0.2, -0.2),
}
"""Runs that are well, each as a function of time and of chance."""


@pytest.mark.parametrize("kind", HEALTHY)
@pytest.mark.parametrize("count", [5, 20, 100, 1000])
def test_made_up_runs_that_are_well_raise_no_alarm(alarms_of, kind, count):
    """Ten runs of each kind and length: not one warning."""
    t = np.arange(1, count + 1) / count
    told = Counter(
        name
        for seed in range(10)
        for name in alarms_of(
            np.arange(count, dtype=float), HEALTHY[kind](t, np.random.default_rng(seed))
        )
    )

    assert {} == dict(told)
