"""What is judged: which series is the loss, which part of it is one attempt, what was in force."""

import re

import numpy as np

from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import Curve, decimate, level_error, rolling_median, theil_sen
from logwatch.parsing.record import Floats, Ints

TRAIN_LOSSES = ("train/loss", "train/total_loss", "train/perplexity")
"""Where lower is better, the total first. Components are not judged alone: in a GAN, or under a
curriculum, they rise by design."""

OTHER_TOTAL = re.compile(r"train/(?:\w*_)?total(?:_\w+)?")
"""Names of sums under a longer name (`loss_total_vae`) for programs that leave the plain one 0."""

EVAL_LOSSES = ("eval/loss", "eval/total_loss", "eval/perplexity")

ADVERSARIAL = re.compile(
    r"(?:^|[/_])(?:d|g|disc\w*|gen(?:erator)?|adv\w*|critic|cycle|idt)(?:_[ab]|_loss|_real|_fake|$)"
    r"|loss_[dg](?:$|_)",
    re.IGNORECASE,
)
"""Names of losses that play against each other: a level says nothing about either.
Source: junyanz/pytorch-CycleGAN-and-pix2pix, models/cycle_gan_model.py (`D_A`, `G_A`)."""

REINFORCEMENT = re.compile(
    r"(?:^|/)(?:reward(?:_std)?|pg_loss|policy_loss|value_loss|vf_loss|advantages?|episode_\w+|"
    r"ep_rew_mean|mean_reward|critic|policy_gradient_loss|charts/episodic_return)(?:$|/)",
    re.IGNORECASE,
)
"""Names that only reinforcement learning logs; its loss has no level to reach. DPO's `rewards/...`
is not one of them: its loss is a cross-entropy.
Source: TRL grpo_trainer.py `log()`; verl `concat_dict_to_str`; Stable-Baselines3 `rollout/`."""

MAX_JUDGED = 65_536
"""Samples that a level is judged from. A thousand curves' worth of bins; copies of it are cheap,
where those of a log of millions of steps would keep a screen waiting."""

JUMP_SHARE = 0.5
"""A counter that goes back is a new attempt when the loss takes back half of what it had fallen;
a resumed run, and a counter that starts anew each epoch, go on at their level."""

JUMP_WIDTH = 5
"""Samples on each side whose medians tell such a jump."""

NEAR = 5
"""Samples before a place in the log whose median is the level there."""

REPEATED = 3
"""Newest samples that are the same number, under a counter that never moved, from which on they are
runs of their own: a program that was started again and again writes `Epoch 1/1` each time. Of the
healthy labelled logs one was called rising without it."""

MAX_RESETS = 200
"""Places looked at where the counter goes back, the last ones: a batch counter has thousands."""


def plays_a_game(run: RunView) -> bool:
    """Whether losses of this run rise by design: adversarial or reinforcement learning."""
    adversarial = sum(bool(ADVERSARIAL.search(name)) for name in run.series)
    return adversarial >= 2 or is_reinforced(run)


def is_reinforced(run: RunView) -> bool:
    """Whether a run logs what only reinforcement learning does."""
    return any(REINFORCEMENT.search(name) for name in run.series)


def train_loss(run: RunView) -> SeriesView | None:
    """The loss whose level is judged: this attempt's, None where the level means nothing."""
    found = _judged_loss(run)
    return attempt(found) if found else None


def earlier_loss(run: RunView) -> SeriesView | None:
    """The same of the attempt before this one, None where training started only once."""
    found = _judged_loss(run)
    before = found.where(slice(len(found) - len(attempt(found)))) if found else None
    return attempt(before) if before else None


def newest_train_loss(run: RunView) -> SeriesView | None:
    """The newest `MAX_RESETS` finite samples of it, whichever attempt they belong to."""
    found = _judged_loss(run)
    return found.tail(-MAX_RESETS).finite() if found else None


def _judged_loss(run: RunView) -> SeriesView | None:
    if plays_a_game(run):
        return None
    found = next((view for name in TRAIN_LOSSES if (view := run.get(name))), None)
    if found is not None and _is_unused(found):
        found = _moving_total(run) or found
    return sketch(found) if found else None


def _is_unused(view: SeriesView) -> bool:
    """Whether a loss is 0 in all of its samples."""
    return len(view) > 1 and not (view.value[0] or view.value[-1] or view.value.any())


def _moving_total(run: RunView) -> SeriesView | None:
    """A total under a longer name that moves: what is trained where the plain name stays 0."""
    totals = (view for name, view in run.series.items() if OTHER_TOTAL.fullmatch(name))
    return next(
        (view for view in totals if len(view) > 1 and bool((view.value != view.value[0]).any())),
        None,
    )


def eval_loss(run: RunView) -> SeriesView | None:
    """The evaluation loss of this attempt, perplexity where no loss is logged."""
    found = next((view for name in EVAL_LOSSES if (view := run.get(name))), None)
    if found is None:
        found = next((v for n, v in run.series.items() if re.fullmatch("eval/.+/loss", n)), None)
    return attempt(sketch(found)) if found else None


def sketch(view: SeriesView) -> SeriesView:
    """At most `MAX_JUDGED` evenly spaced samples of a series, the last among them; no copy."""
    stride = -(-len(view) // MAX_JUDGED)
    if stride <= 1:
        return view
    picked = np.s_[(len(view) - 1) % stride :: stride]
    floats = (column[picked] for column in (view.value, view.step, view.epoch, view.time))
    value, step, epoch, time = floats
    return SeriesView(
        view.name, view.axis, value, step, epoch, time, view.line[picked], view.offset[picked]
    )


def attempt(view: SeriesView) -> SeriesView:
    """The part of a series since training last started from scratch."""
    back = np.flatnonzero(np.diff(view.step) < 0) + 1
    start = 0
    for reset in back[-MAX_RESETS:]:
        if _starts_over(view, start, int(reset)):
            start = int(reset)
    start = start or _first_repeated(view)
    return view.tail(start) if start else view


def _first_repeated(view: SeriesView) -> int:
    """Where the newest equal samples begin under a counter that never moved, else 0."""
    if len(view) <= REPEATED or view.axis == "sample" or np.ptp(view.step) != 0:
        return 0
    other = np.flatnonzero(view.value != view.value[-1])
    start = int(other[-1]) + 1 if len(other) else 0
    return start if len(view) - start >= REPEATED else 0


def _starts_over(view: SeriesView, start: int, reset: int) -> bool:
    first = _level(view, start, start + JUMP_WIDTH)
    before = _level(view, max(start, reset - JUMP_WIDTH), reset)
    after = _level(view, reset, reset + JUMP_WIDTH)
    to_scratch = view.step[reset] <= view.step[start] + 0.1 * np.ptp(view.step[start:reset])
    if to_scratch and view.epoch[reset] < view.epoch[reset - 1]:
        return True  # a counter within the epoch leaves the epoch alone
    fell = first - before
    if not np.isfinite(fell) or fell <= 0:
        return bool(to_scratch)
    return bool(to_scratch and after - before >= JUMP_SHARE * fell)


def _level(view: SeriesView, start: int, end: int) -> float:
    values = view.value[start:end]
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) else float("nan")


def value_at(view: SeriesView, offset: int) -> float:
    """The newest value that the log had told at a byte offset, NaN before the first."""
    return float(values_at(view, np.array([offset]))[0])


def counted(run: RunView, view: SeriesView) -> int:
    """How many samples the log holds over the stretch of a sketched series."""
    whole = run.series[view.name]
    ends = np.searchsorted(whole.offset, [int(view.offset[0]), int(view.offset[-1])])
    return int(ends[1] - ends[0]) + 1


def values_at(view: SeriesView, offsets: Ints) -> Floats:
    """(n,) newest values that the log had told at (n,) byte offsets, NaN before the first."""
    index = np.searchsorted(view.offset, offsets, side="right") - 1
    return np.where(index >= 0, view.value[np.maximum(index, 0)], np.nan)


def levels_before(view: SeriesView, offsets: Ints, width: int = NEAR) -> Floats:
    """(n,) medians of the last `width` samples before (n,) byte offsets.

    NaN where one of them is not finite, and before the first.
    """
    ends = np.searchsorted(view.offset, offsets, side="right")
    picked = ends[:, None] - np.arange(1, width + 1)
    near = np.median(view.value[np.maximum(picked, 0)], axis=1)
    return np.where(ends > 0, near, np.nan)


def weights(run: RunView) -> dict[str, SeriesView]:
    """The declared weights of loss components by component name."""
    return {
        name.removeprefix("weight/"): view
        for name, view in run.series.items()
        if name.startswith("weight/") and len(view)
    }


def ends(view: SeriesView) -> tuple[float, float]:
    """First and last level of a finite series: a short one's own numbers, a long one's medians."""
    width = int(np.clip(len(view) // 60, 1, 200))
    return float(np.median(view.value[:width])), float(np.median(view.value[-width:]))


def falls(view: SeriesView) -> bool:
    """Whether a loss has clearly fallen: its level did, or surely its trend."""
    curve = decimate(view)
    width = window(curve)
    level = rolling_median(curve.value, width)
    if len(level) < 2:
        return False
    least, fall = CLEAR_FALL * abs(level[0]), level[0] - level[-1]
    if fall > max(least, CLEAR_ERRORS * level_error(curve.value, width)):
        return True
    return bool(fall > least and theil_sen(curve.value).over_span()[2] < -least)


CLEAR_FALL = 0.03
"""Part of its level that a loss must lose to be said to fall; below it a lucky batch is enough."""

CLEAR_ERRORS = 5.0
"""Standard errors of the level for the same: one chance in a million under normal noise."""


def window(curve: Curve) -> int:
    """Points whose median is a level: a thirtieth of the curve, 3 to 15."""
    return int(np.clip(len(curve) // 30, 3, 15))
