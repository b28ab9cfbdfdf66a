"""The course of a metric: which samples training kept, where it is bound for, and how fast."""

import math
import re

import numpy as np

from logwatch.metrics.pace import measure_rate, rate_by_time
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import decimate, longest_run, rolling_median

HIGHER_IS_BETTER = re.compile(
    r"(?:^|[/_.@-])(?:acc(?:uracy)?\d*|top[_-]?\d+|bleu\w*|rouge\w*|f1\w*|m?ap\d*|auc|auroc|recall|"
    r"precision|m?iou|dice|psnr|ssim|rewards?|returns?|score|mfu|em|r@?\d{1,2}|ndcg\w*|\w+_per_s)"
    r"(?:$|[/_.@(-])",
    re.IGNORECASE,
)
"""Names of metrics that training drives up; any other one comes down.
Source: torchmetrics 1.x, `higher_is_better` of its classes."""

SMOOTHED = 0.02
"""Part of the points on each side whose median tells what level was reached, not what one batch
had: what benchmarks/time_to_target.py takes for the truth."""

STAYED = 0.125
"""Part of the points for which a level must hold before it counts as reached: a dip is none."""

JUMP_SAMPLES = 5
"""Samples whose median tells the level on each side of a resume."""

JUMP_SHARE, JUMP_ERRORS = 0.05, 8.0
"""A loss jumped when it is above its level by 5 %, and by eight standard errors of such a median.
Source: the level rule of diagnosis/rules/loss/divergence.py asks for the same."""


def rises(name: str) -> bool:
    """Whether a metric of this name is better when higher."""
    return "loss" not in name and bool(HIGHER_IS_BETTER.search(name))


def course(view: SeriesView) -> SeriesView:
    """The finite samples that later ones did not go back behind: the steps that training kept."""
    later = np.minimum.accumulate(view.step[::-1])[::-1]
    kept = np.isfinite(view.value) & (view.step <= later)
    return view if kept.all() else view.where(kept)


def stands_above(
    value: np.ndarray,
    level: float,
    spread: float,
    share: float = JUMP_SHARE,
    errors: float = JUMP_ERRORS,
) -> bool:
    """Whether the first of (n,) values lie clearly above a level; `spread` is the noise of one."""
    if not len(value) or math.isnan(level):
        return False
    error = 0.0 if math.isnan(spread) else spread / math.sqrt(JUMP_SAMPLES)
    rise = float(np.median(value[:JUMP_SAMPLES])) - level
    return rise > max(share * abs(level), errors * error)


def split_at(view: SeriesView, line: int) -> tuple[SeriesView, SeriesView]:
    """The samples before a line of the log and those after it, without a copy."""
    first = int(np.searchsorted(view.line, line, side="left"))
    return view.where(np.s_[:first]), view.tail(int(np.searchsorted(view.line, line, side="right")))


def reached(view: SeriesView, target: float, rising: bool = False) -> float:
    """The step since when the target has been held for a while, NaN if it never was."""
    curve = decimate(view)
    half = int(SMOOTHED * len(curve))
    level = rolling_median(curve.value, 2 * half + 1)
    start, end = longest_run(level >= target if rising else level <= target)
    if end - start < max(1, int(STAYED * len(level))):
        return math.nan
    return float(curve.step[start + half])


def known_end(run: RunView, view: SeriesView) -> float:
    """The last step of the run on the axis of the series, NaN where the log does not tell it.

    The total of a bar may count one epoch only. It is the run's when the position in it is that of
    the epoch, give or take the one in which logs count from zero or from one.
    """
    progress, last = run.progress, float(view.step[-1])
    if view.axis == "epoch" and progress.epochs and progress.epochs >= last:
        return float(progress.epochs)
    if view.axis != "step" or not progress.total or progress.total < last:
        return math.nan
    if progress.epoch is not None and progress.epochs and progress.epochs > 1:
        passed = last / progress.total * progress.epochs
        return float(progress.total) if abs(passed - progress.epoch) <= 1 else math.nan
    return float(progress.total)


def pace(run: RunView, view: SeriesView) -> float:
    """Steps of the series' axis per second, NaN where the log does not tell it."""
    return measure_rate(run)[0] if view.axis == "step" else rate_by_time(view.step, view.time)
