"""Losses that do not move."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.diagnosis.rules import subject, wording
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import Trend, decimate, level_error, noise, theil_sen

MIN_SAMPLES = 20
"""Fewer samples say nothing of a trend: on public curves stuck runs are told apart at 20 points."""

SURE_SAMPLES = 30
"""From here on a rest is a warning; before it, a remark. Of 32 Keras runs that learned in the end,
three rested at ln 2 for 20 epochs or more, one of them for 46 (public curves, DeepDiagnosis)."""

FLAT_FALL = 0.01
SURELY_FLAT = 0.03
"""A fall of less than the first of its level, and surely of less than the second, is none: the
estimate is held against the one, its 95 % interval's end against the other, so that noise means
silence. Of 82 public curves of runs that learned, cut at each tenth, they call one stuck at 40 and
50 % of its epochs, when it did rest at ln 2, and none at any other cut. Of runs made to stay level
they find, at 300 samples, all whose noise is 0.5 or 2 % of it, half at 5 %, none at 10 %; at 10,000
samples all of these."""

NOISY = 0.2
"""Noise of one sample over its level from which on a level says little of learning: a diffusion
model's loss, each sample at another noise level, scarcely moves in a run that is well.
Source: Nichol & Dhariwal 2021, arXiv 2102.09672, section 3.3 (gradient noise by timestep)."""

LEVEL_ERRORS = 3.0
"""Standard errors that the first and the last level may be apart by chance."""

FLAT_RISE = 0.05
"""Above it the loss is not flat, it rises: `loss-rising` speaks of it."""

START_WIDTHS = (1, 3, 10, 30, 100, 300)
"""Numbers of first samples whose median is held against the level: a fine-tuning that falls in its
first hundred steps and then stays is not stuck. One sample alone may be an accident, so it must be
ten times as far above."""

HEAD_WIDTHS = 20
"""So many times as many samples tell the noise of that median."""

START_FALL = 0.03
START_ERRORS = 4.0
"""Above the level by this part of it and so many standard errors: the loss fell at the start."""

CHANCE = {2: "two", 3: "three", 10: "ten", 100: "a hundred", 1000: "a thousand"}
CHANCE_NEAR = 0.003
"""A loss this near to ln C, relative, is that of guessing evenly among C classes.
Example: an MNIST run of DeepDiagnosis/ICSE2022 stays at 2.302 for 100 epochs; ln 10 = 2.3026."""

RESUMED_SHARE = 0.5
"""A first step beyond this part of the steps seen: a resumed run, where a flat loss is usual."""

RECOVERED_PARTS = (0.5, 0.25)
"""Starts of a run, as parts of it, that are looked at for a rest before the learning began."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A stretch that does not move: the level that its trend starts from, and the trend."""

    first: float
    trend: Trend

    @property
    def last(self) -> float:
        """The level that the trend ends at."""
        return self.first + self.trend.over_span()[0]

    @property
    def changes(self) -> tuple[float, float, float]:
        """Change over the stretch as a fraction of the first level: estimate, 95 % interval."""
        scale = abs(self.first) or 1.0
        change, low, high = self.trend.over_span()
        return change / scale, low / scale, high / scale

    def values(self, samples: int) -> dict[str, float]:
        """The figures of a finding."""
        change, low, high = self.changes
        return {"first": self.first, "last": self.last, "change": change,
                "change_low": low, "change_high": high, "samples": float(samples)}  # fmt: skip


@rule("flat-loss", paced=True)
def find_flat_loss(run: RunView, question: Question) -> Iterable[Finding]:
    """The loss has not moved since the start, beyond what its noise allows to say.

    Values: `first`, `last` (levels), `change`, `change_low`, `change_high` (fractions of the level,
    95 % interval), `samples`.
    """
    view = subject.train_loss(run)
    if view is None:
        return
    view = view.finite()
    if len(view) < MIN_SAMPLES:
        return
    yield from _constant(run, view) or _flat(run, view) or _rested(run, view)


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


def _flat(run: RunView, view: SeriesView) -> list[Finding]:
    rest = _rest(run, view)
    if rest is None:
        return []
    resumed = _is_resumed(run, view)
    noisy = noise(view.value) > NOISY * abs(rest.last)
    unsure = resumed or noisy or len(view) < SURE_SAMPLES
    levels = f"{wording.figure(rest.first)} -> {wording.figure(rest.last)}"
    return [
        Finding(
            "flat-loss",
            Severity.info if unsure else Severity.warning,
            f"{view.name} has not moved in {wording.between(view, 0, -1)}: {levels} "
            f"({wording.percent(rest.changes[0])})",
            "".join(_reasons(subject.counted(run, view), rest, resumed)),
            "" if resumed else _remedy(run),
            view.name,
            wording.steps(view),
            rest.values(subject.counted(run, view)),
            wording.evidence(view, 0, -1),
        )
    ]


def _reasons(count: int, rest: Rest, resumed: bool) -> Iterator[str]:
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
    yield f" A fall of {wording.share(SURELY_FLAT)} or more would refute it."


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
        rest = _rest(run, start) if end >= MIN_SAMPLES else None
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


def _rest(run: RunView, view: SeriesView) -> Rest | None:
    """The levels and the trend of a series that surely does not fall, None for any other."""
    curve = decimate(view)
    width = subject.window(curve)
    first, last = (float(np.median(part)) for part in (curve.value[:width], curve.value[-width:]))
    error = math.sqrt(2) * level_error(curve.value, width)
    if first - last > max(FLAT_FALL * abs(first), LEVEL_ERRORS * error):
        return None
    trend = theil_sen(curve.value)
    middle = float(np.median(curve.value))
    rest = Rest(middle - trend.over_span()[0] / 2, trend)
    change, low, high = rest.changes
    if change < -FLAT_FALL or low <= -SURELY_FLAT or high >= FLAT_RISE:
        return None
    return None if _fell_at_start(run, view, last) else rest


def _fell_at_start(run: RunView, view: SeriesView, level: float) -> bool:
    """Whether the first samples, few or many, lie above the level that came after them."""
    whole = run.series[view.name]
    start = int(np.searchsorted(whole.offset, view.offset[0]))
    values = whole.value[start : start + HEAD_WIDTHS * START_WIDTHS[-1]]
    values = values[np.isfinite(values)]
    for width in START_WIDTHS:
        if width * 2 > len(view):
            break
        head = values[: max(HEAD_WIDTHS * width, MIN_SAMPLES)]
        above = float(np.median(values[:width])) - level
        error = level_error(head[width:], width)
        least = START_FALL if width > 1 else 10 * START_FALL
        if above > max(least * abs(level), START_ERRORS * error):
            return True
    return False


def _is_resumed(run: RunView, view: SeriesView) -> bool:
    span = float(np.ptp(view.step))
    return view.axis == "step" and float(view.step[0]) > RESUMED_SHARE * max(span, 1.0)


def _chance_classes(level: float) -> int | None:
    near = [c for c in CHANCE if abs(level / math.log(c) - 1) < CHANCE_NEAR]
    return near[0] if near else None
