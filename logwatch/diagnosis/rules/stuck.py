"""Losses that do not move."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.diagnosis.rules import subject, wording
from logwatch.diagnosis.rules.rests import FEWEST, FLAT_FALL, SURELY_FLAT, Rest, find_rest
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import noise

MIN_SAMPLES = 20
"""Fewer samples say nothing of a trend: on public curves stuck runs are told apart at 20 points."""

SURE_SAMPLES = 30
"""From here on a rest is a warning; before it, a remark. Of 32 Keras runs that learned in the end,
three rested at ln 2 for 20 epochs or more, one of them for 46 (public curves, DeepDiagnosis)."""

SURE_STEPS = 500
"""So many steps of the optimizer are as much, in however few samples: of 33 real logs and 52 curves
of runs that learned, the longest rest at the start was of 250 steps (DINO, while its rate warmed
up), the next of 8. Epochs are not counted so: nothing tells how many steps one has."""

REPEATS, REPEATED_DIGITS = 5, 4
"""Logs in a row of the same number, to so many digits, that are worth a remark: by chance four
digits of a loss that scatters by a percent agree five times once in ten thousand times.
Example: Barber0/LLM-pretrain, 54.75 six times in a row in half precision, in three attempts."""

NOISY = 0.2
"""Noise of one sample over its level from which on a level says little of learning: a diffusion
model's loss, each sample at another noise level, scarcely moves in a run that is well.
Source: Nichol & Dhariwal 2021, arXiv 2102.09672, section 3.3 (gradient noise by timestep)."""

CHANCE = {2: "two", 3: "three", 10: "ten", 100: "a hundred", 1000: "a thousand"}
CHANCE_NEAR = 0.003
"""A loss this near to ln C, relative, is that of guessing evenly among C classes.
Example: an MNIST run of DeepDiagnosis/ICSE2022 stays at 2.302 for 100 epochs; ln 10 = 2.3026."""

RESUMED_SHARE = 0.5
"""A first step beyond this part of the steps seen: a resumed run, where a flat loss is usual."""

RECOVERED_PARTS = (0.5, 0.25)
"""Starts of a run, as parts of it, that are looked at for a rest before the learning began."""


@rule(
    "flat-loss",
    paced=True,
    fall=FLAT_FALL,
    surely=SURELY_FLAT,
    samples=SURE_SAMPLES,
    steps=SURE_STEPS,
)
def find_flat_loss(run: RunView, question: Question) -> Iterable[Finding]:
    """The loss has not moved since the start, beyond what its noise allows to say.

    Values: `first`, `last` (levels), `change`, `change_low`, `change_high` (fractions of the level,
    95 % interval), `samples`.
    """
    view = subject.train_loss(run)
    if view is None:
        return
    view = view.finite()
    many = len(view) >= MIN_SAMPLES or (len(view) >= FEWEST and _spans(view, question))
    if many and (found := _constant(run, view) or _flat(run, view, question)):
        yield from found
    else:
        yield from (_rested(run, view) if many else []) or _repeated(run)


def _spans(view: SeriesView, question: Question) -> bool:
    """Whether so many optimizer steps have passed that a few samples suffice."""
    return view.axis == "step" and float(np.ptp(view.step)) >= question.limit("flat-loss", "steps")


def _is_sure(run: RunView, view: SeriesView, rest: Rest, question: Question) -> bool:
    enough = len(view) >= question.limit("flat-loss", "samples") or _spans(view, question)
    return enough and noise(view.value) <= NOISY * abs(rest.last) and not _warms_up(run)


def _warms_up(run: RunView) -> bool:
    """Whether the logged learning rate is still on its way up."""
    rate = run.get("lr")
    if rate is None or len(rate) < 2:
        return False
    return bool(rate.last >= rate.value.max() and rate.last > rate.value[len(rate) // 2])


def _constant(run: RunView, view: SeriesView) -> list[Finding]:
    value = float(view.value[0])
    if not (run.series[view.name].value == value).all():
        return []
    grad = run.get("train/grad_norm")
    no_gradient = grad is not None and not grad.value.any()
    detail = f"All {wording.counted(subject.counted(run, view))} samples are the same number"
    detail += ", and train/grad_norm is 0 in each: nothing is trained." if no_gradient else "."
    return [
        Finding(
            "flat-loss",
            Severity.error if no_gradient else Severity.warning,
            f"{view.name} is exactly {wording.figure(value)} in "
            f"{wording.between(view, 0, -1)}",
            f"{detail} A second value would refute it.",
            "Check that the loss is computed from the batch and that its graph is not detached.",
            view.name,
            wording.steps(view),
            {"first": value, "last": value, "change": 0.0, "change_low": 0.0, "change_high": 0.0,
             "samples": float(len(view))},
            wording.evidence(view, 0, -1),
        )
    ]  # fmt: skip


def _flat(run: RunView, view: SeriesView, question: Question) -> list[Finding]:
    fall, surely = (question.limit("flat-loss", name) for name in ("fall", "surely"))
    rest = find_rest(run, view, fall, surely)
    if rest is None:
        return []
    resumed = _is_resumed(run, view)
    unsure = resumed or not _is_sure(run, view, rest, question)
    levels = f"{wording.figure(rest.first)} -> {wording.figure(rest.last)}"
    return [
        Finding(
            "flat-loss",
            Severity.info if unsure else Severity.warning,
            f"{view.name} has not moved in {wording.between(view, 0, -1)}: {levels} "
            f"({wording.percent(rest.changes[0])})",
            "".join(_reasons(subject.counted(run, view), rest, resumed, surely))
            + (" Its learning rate still warms up." if _warms_up(run) else ""),
            "" if resumed else _remedy(run),
            view.name,
            wording.steps(view),
            rest.values(subject.counted(run, view)),
            wording.evidence(view, 0, -1),
        )
    ]


def _reasons(count: int, rest: Rest, resumed: bool, surely: float = SURELY_FLAT) -> Iterator[str]:
    _, low, high = rest.changes
    yield (
        f"The trend of {wording.counted(count)} samples is {wording.percent(low)} to "
        f"{wording.percent(high)} in all (95 %, Theil-Sen)."
    )
    classes = _chance_classes(rest.last)
    if classes:
        yield (
            f" {wording.figure(rest.last)} is ln {classes}: what guessing evenly among "
            f"{CHANCE[classes]} classes costs."
        )
    if resumed:
        yield " The run goes on from an earlier one, where a flat loss is usual."
    yield f" A fall of {wording.share(surely)} or more would refute it."


def _remedy(run: RunView) -> str:
    rates = [view for name, view in run.series.items() if name == "lr" or name.startswith("lr/")]
    if rates and not any(view.value.any() for view in rates if len(view)):
        return "Give the optimizer a learning rate above zero: the log shows 0 throughout."
    return "Check that the optimizer holds the model's parameters and that gradients reach them."


def _rested(run: RunView, view: SeriesView) -> list[Finding]:
    """A rest at the start that is over: worth knowing, nothing to do."""
    for part in RECOVERED_PARTS:
        end = int(part * len(view))
        start = view.where(np.arange(len(view)) < end)
        rest = find_rest(run, start) if end >= MIN_SAMPLES else None
        if rest is not None and subject.falls(view):
            last = wording.figure(float(np.median(view.value[-3:])))
            return [
                Finding(
                    "flat-loss",
                    Severity.info,
                    f"{view.name} rested at {wording.figure(rest.last)} in "
                    f"{wording.between(start, 0, -1)}, then fell to {last}",
                    "".join(_reasons(subject.counted(run, start), rest, False)),
                    "",
                    view.name,
                    wording.steps(start),
                    rest.values(subject.counted(run, start)),
                    wording.evidence(view, 0, end - 1),
                    active=False,
                )
            ]
    return []


def _repeated(run: RunView) -> list[Finding]:
    """A loss that is one number to the last digit for most of an attempt: of this one, or before.

    Attempts are told apart by their steps alone, so that each short one counts.
    """
    whole = subject.newest_train_loss(run)
    if whole is None:
        return []
    edges = [0, *(np.flatnonzero(np.diff(whole.step) < 0) + 1), len(whole)]
    for end, start in zip(edges[:0:-1], edges[-2::-1], strict=True):
        value = whole.value[start:end]
        changes = np.flatnonzero(np.diff(value)) + 1
        first = int(changes[-1]) if len(changes) else 0
        same = len(value) - first
        if (
            same >= REPEATS
            and 2 * same >= len(value)
            and wording.digits(float(value[-1])) >= REPEATED_DIGITS
        ):
            return [_same(whole.where(slice(start + first, end)), end == len(whole))]
    return []


def _same(view: SeriesView, now: bool) -> Finding:
    when = "" if now else "in an earlier attempt "
    return Finding(
        "flat-loss",
        Severity.info,
        f"{when}{view.name} was {wording.figure(view.last)} to the last digit in "
        f"{len(view)} logs in a row ({wording.between(view, 0, -1)})",
        "Losses of different batches are not equal to the last digit. A value that the log rounds "
        "to few digits would explain it.",
        "Check that the loss is computed from the batch, and that parameters move." if now else "",
        view.name,
        wording.steps(view),
        {"first": view.last, "last": view.last, "change": 0.0, "change_low": 0.0,
         "change_high": 0.0, "samples": float(len(view))},
        wording.evidence(view, 0, -1),
        active=now,
    )  # fmt: skip


def _is_resumed(run: RunView, view: SeriesView) -> bool:
    span = float(np.ptp(view.step))
    return view.axis == "step" and float(view.step[0]) > RESUMED_SHARE * max(span, 1.0)


def _chance_classes(level: float) -> int | None:
    near = [c for c in CHANCE if abs(level / math.log(c) - 1) < CHANCE_NEAR]
    return near[0] if near else None
