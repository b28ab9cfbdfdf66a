"""The rules, one module for each kind of illness; importing this package registers them all."""

from logwatch.diagnosis.rules.evaluation import best, gap, overfitting
from logwatch.diagnosis.rules.job import (
    beginnings,
    crashes,
    failed,
    limits,
    resumes,
    scheduler,
    speed,
)
from logwatch.diagnosis.rules.loss import (
    balance,
    chance,
    components,
    divergence,
    flat,
    non_finite,
    perplexity,
    plateaus,
    spikes,
    tasks,
)
from logwatch.diagnosis.rules.optimizer import (
    gradients,
    learning_rate,
    parameters,
    printed_rate,
    tensors,
    updates,
)
from logwatch.diagnosis.rules.progress import baseline, forecasts, on_course, rewards

MODULES = (
    non_finite,
    crashes,
    failed,
    scheduler,
    flat,
    chance,
    plateaus,
    divergence,
    spikes,
    learning_rate,
    updates,
    gradients,
    parameters,
    printed_rate,
    tensors,
    gap,
    overfitting,
    best,
    components,
    balance,
    tasks,
    perplexity,
    speed,
    limits,
    beginnings,
    resumes,
    forecasts,
    baseline,
    rewards,
    on_course,
)
"""In the order in which they are asked."""
