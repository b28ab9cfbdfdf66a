"""The rules, one module for each kind of illness; importing this package registers them all."""

from logwatch.diagnosis.rules import (
    baseline,
    beginnings,
    components,
    crashes,
    divergence,
    evaluation,
    forecasts,
    good_news,
    learning_rate,
    numerics,
    perplexity,
    scheduler,
    speed,
    stuck,
    tasks,
    updates,
)

MODULES = (
    numerics,
    crashes,
    scheduler,
    stuck,
    divergence,
    learning_rate,
    updates,
    evaluation,
    components,
    tasks,
    perplexity,
    speed,
    beginnings,
    forecasts,
    baseline,
    good_news,
)
"""In the order in which they are asked."""
