"""How long a loss may rest at the start of a run before it is a warning."""

import numpy as np

from logwatch.diagnosis.analysis import guessing, subject
from logwatch.diagnosis.analysis.flat_stretch import FEWEST, FLAT_FALL, Rest
from logwatch.diagnosis.rule import Question
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import decimate, level_error, likeness, noise, theil_sen

SURE_SAMPLES = 30
"""From here on a rest is a warning; before it, a remark. Losses of two batches may agree by chance
that often where the noise is a percent or two."""

SURE_STEPS = 500
"""So many steps of the optimizer are as much, in however few samples: of 33 real logs and 52 curves
of runs that learned, the longest rest at the start was of 250 steps (DINO, while its rate warmed
up), the next of 8. Epochs are not counted so: nothing tells how many steps one has."""

SURE_EPOCHS = 12
"""So many whole epochs are as much where the loss is mere noise about its level. Of 30 Keras curves
of runs that learned, five rested at the start for 23 to 50 epochs; each rest was a curve that
wanders, and none was like noise for longer than 8. Both curves of the run that never learned were
noise at 12 (public curves, DeepDiagnosis)."""

NOISE_LIKE = 0.67
"""Standard errors that neighbours may be more alike than in a random order, to be called noise:
three quarters of random orders are below it."""

WANDERS = 1.645
"""The same for a loss that surely wanders: 95 % of random orders are below it."""

LONGER = 3.0
"""A loss that wanders while it rests has parameters that move, and must rest so many times as long:
90 samples or 1500 steps. The longest such rest of a run that learned was of 50 epochs."""

GUESS_STEPS = 100
"""So many steps suffice for a language model that still guesses evenly over its vocabulary: all 48
curves of modded-nanogpt that are logged from the start had lost 36 % or more by then. What rested
longest while its rate was near zero had left it after 8 (Megatron-LM, a rate of 1.6e-6); a
self-distillation (DINO) took 500 beside ln 65,536, wandering, while its rate warmed up."""

GUESS_FALL, GUESS_SURELY = 0.03, 0.1
"""A fall of less than the first of its level, and surely of less than the second, is none then: a
twelfth and a quarter of those 36 %."""

DISTINCT = 0.5
"""Part of the samples that must be different numbers: a log of few digits hides a drift."""

WILD = 0.35
"""Scatter of one sample over its level from which on a level says little of learning: a diffusion
model's loss, each sample at another noise level, hardly moves in a run that learns.
Source: Nichol & Dhariwal 2021, arXiv 2102.09672, section 3.3 (gradient noise by timestep)."""

FEWEST_EVALS = 5
"""Evaluations whose fall refutes a rest of the train loss: Sen's interval lies below 0 and the
newest is the lowest. Five are in such an order by chance once in 30 times."""

RESUMED_SHARE = 0.5
"""A first step beyond this part of the steps seen: a resumed run, where a flat loss is usual."""

FIRST_LOG = 1.5
"""A first step within so many times the distance to the next is that of a run's first log."""


def span(view: SeriesView) -> float:
    """Steps of the optimizer from the first sample to the last, 0 where none are counted."""
    return float(np.ptp(view.step)) if view.axis == "step" else 0.0


def wanders(view: SeriesView) -> bool:
    """Whether a resting loss is a curve; the first sample, of an untrained model, is left out."""
    return likeness(decimate(view.tail(1)).value) > WANDERS


def rests_for_epochs(view: SeriesView, question: Question) -> bool:
    """Whether it was mere noise about its level for so many whole epochs, and does not wander."""
    least = int(question.limit("flat-loss", "epochs"))
    most = int(question.limit("flat-loss", "samples"))
    if view.axis != "epoch" or len(view) < least or np.ptp(view.step[:least]) < least - 1:
        return False
    if len(np.unique(view.value)) < DISTINCT * len(view) or wanders(view):
        return False
    ends = range(least, min(len(view), max(least, most)) + 1)
    return any(likeness(view.value[1:end]) <= NOISE_LIKE for end in ends)


def guesses(view: SeriesView, question: Question) -> bool:
    """Whether it has cost as much as guessing over a vocabulary, for so many steps as suffice."""
    if len(view) < 2 or span(view) < question.limit("flat-loss", "guess_steps"):
        return False
    level = float(np.median(view.value))
    if guessing.vocabulary(level, declared(question), error_of_level(view)) is None:
        return False
    if len(view) < FEWEST:
        return bool((np.abs(view.value / level - 1) <= FLAT_FALL).all())
    return not wanders(view)


def error_of_level(view: SeriesView) -> float:
    """Standard error of the median of all samples, 0 with fewer than three."""
    curve = decimate(view)
    return level_error(curve.value, len(curve)) if len(curve) > 2 else 0.0


def declared(question: Question) -> float:
    """The number of classes that a person told, 0 where none."""
    return question.config.vocabulary or question.config.classes


def is_long(view: SeriesView, question: Question) -> bool:
    """Whether a rest of these samples is one that no run that learned is known to have had."""
    if guesses(view, question) or rests_for_epochs(view, question):
        return True
    samples, steps, longer = (
        question.limit("flat-loss", name) for name in ("samples", "steps", "longer")
    )
    times = len(view) / samples if samples else np.inf
    times = max(times, span(view) / steps if steps else np.inf)
    return times >= 1 and (times >= longer or not wanders(view))


def is_sure(run: RunView, view: SeriesView, rest: Rest, question: Question) -> bool:
    """Whether a rest is worth a warning: long enough, not wild, and the rate at its height."""
    wild = len(view) > 2 and noise(view.value) > WILD * abs(rest.last)
    early = warms_up(run) or is_resumed(view) or gains(run)
    return not wild and not early and is_long(view, question)


def gains(run: RunView) -> bool:
    """Whether the evaluation loss surely falls: a noisy train loss then hides what is learned."""
    held = subject.eval_loss(run)
    held = held.finite() if held else None
    if held is None or len(held) < FEWEST_EVALS:
        return False
    return bool(theil_sen(held.value).over_span()[2] < 0 and held.last == held.value.min())


def warms_up(run: RunView) -> bool:
    """Whether the logged learning rate is still on its way up."""
    rate = run.get("lr")
    if rate is None or len(rate) < 2:
        return False
    middle = rate.value[(len(rate) - 1) // 2]
    return bool(rate.last >= rate.value.max() and rate.last > middle)


def is_resumed(view: SeriesView) -> bool:
    """Whether the first sample is far into a run: a log that goes on from an earlier one."""
    first, whole = float(view.step[0]), max(float(np.ptp(view.step)), 1.0)
    each = float(view.step[1] - view.step[0]) if len(view) > 1 else whole
    return view.axis != "sample" and first > max(RESUMED_SHARE * whole, FIRST_LOG * each)


def is_loaded(run: RunView, view: SeriesView) -> bool:
    """Whether a checkpoint was loaded before the first sample, so that training had been done."""
    return any(event.offset < view.offset[0] for event in run.events_of("ckpt_load"))


def why_unsure(run: RunView, view: SeriesView) -> str:
    """What keeps a rest from being a warning, as a sentence; empty where nothing but time does."""
    words = ""
    if warms_up(run):
        words += " Its learning rate still warms up."
    if gains(run):
        words += " The evaluation loss falls, so the model learns."
    if wanders(view):
        words += " Neighbouring samples are alike, as of parameters that move slowly."
    return words
