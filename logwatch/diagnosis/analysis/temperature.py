"""The temperature of a distillation, and whether a loss holds its square times the divergence."""

import math
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.rule import Question
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

LEAST, MOST = 0.1, 20.0
"""Temperatures that a softmax is softened by; a board's is higher.
Source: Hinton et al. 2015, arXiv 1503.02531 (1 to 20)."""

NO_CROSS_ENTROPY = 1.5 * math.log(300_000)
"""What is over it is no cross-entropy of a language model, even at its start: guessing evenly among
300,000 tokens, more than any vocabulary in wide use has, costs 12.6."""

ROUNDING = 0.01
"""Part of a loss by which its printed parts may miss it."""


@dataclass(frozen=True, slots=True)
class Temperature:
    """A temperature and who told it: `logwatch.toml`, or the line of the log."""

    value: float
    told: str


def find_temperature(run: RunView, question: Question) -> Temperature | None:
    """The temperature that a person declared, or that the log printed last; None where neither."""
    if question.config.temperature:
        return Temperature(question.config.temperature, "declared")
    for event in reversed(run.events_of("setting")):
        value = event.fields.get("temperature")
        if isinstance(value, float) and LEAST <= value <= MOST:
            return Temperature(value, f"line {event.line}")
    return None


def weigh(run: RunView, divergence: SeriesView, heat: Temperature) -> str:
    """How the square of the temperature stands to what is printed, as sentences.

    Held against the train loss where a weight is logged: what the divergence would leave of it, as
    printed and times the square.
    """
    square, last = heat.value**2, divergence.last
    words = (
        f" T is {wording.figure(heat.value)} ({heat.told}): times T squared it is "
        f"{wording.figure(float(f'{square * last:.4g}'))}."
    )
    weights = subject.weights(run)
    name = next((n for n in weights if n in ("kd", "kl") or n.startswith("distil")), None)
    total = run.get("train/loss")
    if name is None or total is None or square == 1:
        return words
    return words + _hold_against(total, divergence, weights[name], square)


def _hold_against(
    total: SeriesView, divergence: SeriesView, weight: SeriesView, square: float
) -> str:
    """What the loss leaves for other terms at the newest log, and in all logs, by both readings."""
    loss = subject.values_at(total, divergence.offset)
    share = subject.values_at(weight, divergence.offset)
    known = np.isfinite(loss) & np.isfinite(share) & (share > 0)
    if not known.any():
        return ""
    loss, part = loss[known], (share * divergence.value)[known]
    others = max(1 - float(share[known][-1]), ROUNDING)
    plain, squared = (float(np.median(loss - times * part)) for times in (1.0, square))
    level = float(np.median(loss))
    if squared < -ROUNDING * abs(level):
        return (
            " The loss cannot hold its weight times that in most logs: T squared is in the printed "
            "figure already, or nowhere."
        )
    if plain / others > NO_CROSS_ENTROPY >= squared / others:
        return (
            f" The loss holds it so: {wording.figure(float(share[known][-1]))} times that leaves "
            f"{squared:.3g} of {level:.4g} for other terms (medians); as printed it would leave "
            f"{plain:.3g}, more than a cross-entropy can be."
        )
    return " The loss has room for it as printed and times T squared."
