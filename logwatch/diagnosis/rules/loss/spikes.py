"""Sudden jumps: of the loss, that come back or not, and of the gradient norm before it."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.finding import Finding, Outcome, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import NORMAL_MAD, mad, noise

WINDOW = 32
FEWEST = 12
"""Samples before a jump that it is held against: some, but no fewer than the second."""

SPIKE_ERRORS, SPIKE_RISE = 8.0, 0.1
"""A sample is a spike when it lies above the median of those before it by 8 times their noise and
by a tenth. On public curves isolated spikes of 8 occur in 23 of 36 dense runs that are well, so one
is worth a remark at most.
Source: PaLM (arXiv 2204.02311, section 5.1) saw some 20 spikes in a run that ended well."""

LASTING = 5
"""Samples that all lie above the highest of the window before a jump: it did not come back. Of 12
and 5 equal draws the 5 are the highest once in 6188 times; of 32 and 5 once in 435,897."""

PLAIN, PLAIN_RISE = 3, 0.25
"""So many suffice when all of them lie above that highest by a quarter."""

MOST_HELD = 4.0
"""Logs of one number that count as one sample at most: a loss that is measured once an epoch and
printed at each of several logs is one measurement. Of 115 healthy curves one was alarmed on at some
fiftieth without it, a YOLO that prints each loss three or four times."""

FAST = 10
"""Samples within which a spike that comes back is called fast.
Source: stas00/ml-engineering, training-loss-patterns.md (fast, slow, not fully recovering)."""

MOST_SPIKES = 200
"""Newest spikes that are looked at."""

SURGE_ERRORS, SURGE_TIMES, SURGE_OF_LAST = 8.0, 4.0, 3
"""A gradient norm surges when two of its last three logs are four times the usual one and 8 robust
deviations above it, on a log scale. Source: BigScience chronicles, BLOOM 2022-04-12: norms of 0.24,
0.9, 2.4, 16, 145 before the loss went from 2.20 to 5.10; llm.c `-sg 7` skips at 7."""

LEAST_SPREAD = 0.05
"""Spread of a log norm below which rounding decides."""

SURGE_SAMPLES = 40
"""Norms that tell what is usual; a warmup's first ones do not."""


NOT_RECOVERED = Outcome(
    rule="loss-spike",
    severity=Severity.warning,
    title="{name} jumped at {at} and has not come back: {level} -> {peak}, now {now} ({change})",
    detail=(
        "None of the {count} samples since is as low as the highest sample before the jump. "
        "{gradients} A sample under {level} would disprove it."
    ),
    remedy=(
        "Go back to a checkpoint from before {at} and skip those batches, or lower the "
        "learning rate."
    ),
)

RECOVERED = Outcome(
    rule="loss-spike",
    severity=Severity.info,
    title=(
        "{spikes} of {name}, the highest {times:.3g} times its level at {at}, recovered "
        "{speed} (in {took} samples)"
    ),
    detail="{fast} recovered fast, {slow} slowly. {gradients} More or higher spikes would matter.",
    active=False,
)


@dataclass(frozen=True, slots=True)
class Spike:
    """A jump of a series: its first sample, the highest, the sample that was back, -1 for none."""

    start: int
    peak: int
    back: int
    level: float


@rule("loss-spike", paced=True, rise=SPIKE_RISE, errors=SPIKE_ERRORS, lasting=LASTING)
def find_spikes(run: RunView, question: Question) -> Iterable[Finding]:
    """The loss jumped within a sample or two; an alarm only where it did not come back.

    Values: `spikes` (how many), `level` (before the last, or the highest), `peak`, `times` (peak
    over level), `back_after` (samples until it was back; Inf: not yet).
    """
    view = subject.train_loss(run)
    if view is None:
        return
    view = view.finite()
    if len(view) < FEWEST + LASTING or float(view.value.min()) <= 0:
        return
    rise, errors = (question.limit("loss-spike", name) for name in ("rise", "errors"))
    lasting = _lasting(view, rise, errors, int(question.limit("loss-spike", "lasting")))
    if lasting is not None and not _is_by_design(run, view, lasting):
        yield _not_recovered(run, view, lasting)
        return
    passed = list(_passed(view, rise, errors))
    if passed:
        yield _recovered(run, view, passed)


def _lasting(view: SeriesView, rise: float, errors: float, least: int) -> Spike | None:
    """The jump that the series ends above: nothing since was as low as what was before it."""
    value = view.value
    lowest = np.minimum.accumulate(value[::-1])[::-1]
    for start in range(len(value) - PLAIN, max(len(value) - 4 * WINDOW, FEWEST) - 1, -1):
        before = value[max(0, start - WINDOW) : start]
        level, top = float(np.median(before)), float(before.max())
        floor = max(top, level * (1 + rise))
        count = (len(value) - start) / _held(before)
        if count < PLAIN:
            continue
        if count < least:
            floor = max(floor, top * (1 + PLAIN_RISE))
        if lowest[start] <= floor or value[start - 1] > floor:
            continue
        if value[start : start + 2].max() - level > errors * _noise(before):
            return Spike(start, start + int(np.argmax(value[start:])), -1, level)
    return None


def _held(values: np.ndarray) -> float:
    """Logs for which one number stands, on average, `MOST_HELD` at most."""
    return min(len(values) / (1 + np.count_nonzero(np.diff(values))), MOST_HELD)


def _noise(values: np.ndarray) -> float:
    spread = noise(values)
    return 0.0 if math.isnan(spread) else spread


def _is_by_design(run: RunView, view: SeriesView, spike: Spike) -> bool:
    """Whether a weight or the learning rate was raised, or the run resumed, where it jumped."""
    offsets = view.offset[[max(spike.start - LASTING, 0), spike.start + 1]]
    rate = run.get("lr")
    for raised in (*subject.weights(run).values(), *([rate] if rate else [])):
        then, now = subject.values_at(raised, offsets)
        if now > 1.5 * then:
            return True
    return any(offsets[0] < restart.offset <= offsets[1] for restart in run.restarts)


def _passed(view: SeriesView, rise: float, errors: float) -> Iterator[Spike]:
    """Jumps that came back, the newest `MOST_SPIKES`, in the order of the log."""
    value, width = view.value, min(WINDOW, max(FEWEST, len(view) // 8))
    blocks = len(value) // width
    table = value[: blocks * width].reshape(blocks, width)
    level = np.repeat(np.median(table, axis=1), width)
    steps = np.diff(table, axis=1)
    apart = np.abs(steps - np.median(steps, axis=1, keepdims=True))
    spread = np.repeat(NORMAL_MAD * np.median(apart, axis=1) / math.sqrt(2), width)
    judged = value[width:]
    count = min(len(level), len(judged))
    limit = np.maximum(level * (1 + rise), level + errors * spread)
    high = np.flatnonzero(judged[:count] > limit[:count])
    starts = high[np.diff(high, prepend=-width) > FAST][-MOST_SPIKES:]
    for start in starts:
        at, floor = int(start) + width, float(limit[start])
        below = np.flatnonzero(value[at:] <= floor)
        if len(below) and value[at - 1] <= floor:
            back = at + int(below[0])
            yield Spike(at, at + int(np.argmax(value[at:back])), back, float(level[start]))


def _not_recovered(run: RunView, view: SeriesView, spike: Spike) -> Finding:
    now = float(np.median(view.value[-LASTING:]))
    return NOT_RECOVERED.fill(
        {
            "name": view.name,
            "at": wording.at(view, spike.start),
            "level": wording.figure(spike.level),
            "peak": wording.figure(float(view.value[spike.peak])),
            "now": wording.figure(now),
            "change": wording.percent(now / spike.level - 1),
            "count": len(view) - spike.start,
            "gradients": _gradients(run, view, spike),
        },
        metric=view.name,
        steps=wording.steps(view, spike.start, -1),
        values=_values(view, 1, spike),
        evidence=wording.evidence(view, spike.start - 1, spike.start, -1),
    )


def _recovered(run: RunView, view: SeriesView, spikes: list[Spike]) -> Finding:
    worst = max(spikes, key=lambda spike: float(view.value[spike.peak]) / spike.level)
    took = worst.back - worst.start
    slow = sum(spike.back - spike.start > FAST for spike in spikes)
    return RECOVERED.fill(
        {
            "name": view.name,
            "spikes": "1 spike" if len(spikes) == 1 else f"{len(spikes)} spikes",
            "times": float(view.value[worst.peak]) / worst.level,
            "at": wording.at(view, worst.peak),
            "speed": "slowly" if took > FAST else "fast",
            "took": took,
            "fast": len(spikes) - slow,
            "slow": slow,
            "gradients": _gradients(run, view, worst),
        },
        metric=view.name,
        steps=wording.steps(view, spikes[0].start, spikes[-1].back),
        values=_values(view, len(spikes), worst),
        evidence=wording.evidence(view, worst.peak),
    )


def _values(view: SeriesView, count: int, spike: Spike) -> dict[str, float]:
    peak = float(view.value[spike.peak])
    after = float(spike.back - spike.start) if spike.back >= 0 else math.inf
    return {"spikes": float(count), "level": spike.level, "peak": peak,
            "times": peak / spike.level, "back_after": after}  # fmt: skip


def _gradients(run: RunView, view: SeriesView, spike: Spike) -> str:
    """What the gradient norm did at a spike, where it is logged and rose."""
    norm = run.get("train/grad_norm")
    if norm is None:
        return ""
    end = int(np.searchsorted(norm.offset, view.offset[spike.peak], side="right"))
    near, before = norm.value[max(0, end - FAST) : end], norm.value[max(0, end - WINDOW) : end]
    if len(before) < FEWEST or not np.isfinite(before).all():
        return ""
    usual, top = float(np.median(before)), float(near.max())
    return f"{norm.name} was {wording.figure(top)}." if top > SURGE_TIMES * usual > 0 else ""


@rule("grad-norm-surge", times=SURGE_TIMES, errors=SURGE_ERRORS)
def find_surge(run: RunView, question: Question) -> Iterable[Finding]:
    """The gradient norm has just left its usual range, which a loss often follows.

    Values: `usual` (median norm before), `norm` (the highest of the last three), `times`.
    """
    view = run.get("train/grad_norm")
    if view is None or subject.plays_a_game(run):
        return
    view = view.tail(-SURGE_SAMPLES - SURGE_OF_LAST).finite()
    if len(view) < SURGE_SAMPLES or float(view.value.min()) <= 0:
        return
    logs = np.log(view.value)
    before, last = logs[:-SURGE_OF_LAST], logs[-SURGE_OF_LAST:]
    usual = float(np.median(before))
    spread = max(NORMAL_MAD * mad(before), LEAST_SPREAD)
    times, errors = (question.limit("grad-norm-surge", name) for name in ("times", "errors"))
    least = usual + max(errors * spread, math.log(max(times, 1.0)))
    if np.count_nonzero(last > least) < SURGE_OF_LAST - 1 or last.max() <= before.max():
        return
    norm, level = math.exp(float(last.max())), math.exp(usual)
    yield Finding(
        rule="grad-norm-surge",
        severity=Severity.warning,
        title=(
            f"{view.name} is {wording.figure(float(f'{norm:.4g}'))}, {norm / level:.2g} times its "
            f"usual {level:.3g}, at {wording.at(view, -1)}"
        ),
        detail=(
            "Two of the last three logs lie beyond all of the forty before. A loss often follows "
            "within some steps; a norm back in its range would refute it."
        ),
        remedy="Save a checkpoint now, clip gradients, and look at the batches of these steps.",
        metric=view.name,
        steps=wording.steps(view, -SURGE_OF_LAST, -1),
        values={"usual": level, "norm": norm, "times": norm / level},
        evidence=wording.evidence(view, -SURGE_OF_LAST, -1),
    )
