"""What a forecast says in words and figures, and what it is made from."""

import math
import re
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.curves import Forecast, forecast
from logwatch.diagnosis.rules import wording
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import decimate, longest_run, rolling_median

HIGHER_IS_BETTER = re.compile(
    r"(?:^|[/_.@-])(?:acc(?:uracy)?\d*|top[_-]?\d+|bleu\w*|rouge\w*|f1\w*|m?ap\d*|auc|auroc|recall|"
    r"precision|m?iou|dice|psnr|ssim|rewards?|returns?|score|mfu|em|r2|ndcg\w*|\w+_per_s)"
    r"(?:$|[/_.@-])",
    re.IGNORECASE,
)
"""Names of metrics that training drives up; any other one comes down.
Source: torchmetrics 1.x, `higher_is_better` of its classes."""

SMOOTHED = 0.02
"""Part of the points on each side whose median says what level was reached, not what one batch was."""

STAYED = 0.125
"""Part of the points that a level must hold before it counts as reached, so that a dip does not."""

TYPICAL_ERRORS = ((1.5, 0.06), (3.0, 0.18), (math.inf, 0.25))
"""Median error of the forecast step, by how many times as long as so far it says, held out by
source. Source: benchmarks/time_to_target.py, rows `forecast horizon`."""

EARLY_ERROR = 0.58
"""The same so early in a run. Source: benchmarks/time_to_target.py, `Early forecast`."""

SURE, FAIR = 1.5, 2.5
"""Up to such ratios of the interval's ends confidence is called high, and medium."""

RATE_SAMPLES = 50
"""Newest samples that say how fast training goes."""

UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


def rises(name: str) -> bool:
    """Whether a metric of this name is better when higher."""
    return bool(HIGHER_IS_BETTER.search(name)) and "loss" not in name


def course(view: SeriesView) -> SeriesView:
    """The finite samples that later ones did not go back behind: the steps that training kept."""
    later = np.minimum.accumulate(view.step[::-1])[::-1]
    kept = np.isfinite(view.value) & (view.step <= later)
    return view if kept.all() else view.where(kept)


def reached(view: SeriesView, target: float, sign: float) -> float:
    """The step since when the level has held for a while, NaN if never; `sign` -1: it rises."""
    curve = decimate(view)
    half = int(SMOOTHED * len(curve))
    level = sign * rolling_median(curve.value, 2 * half + 1)
    start, end = longest_run(level <= sign * target)
    if end - start < max(1, int(STAYED * len(level))):
        return math.nan
    return float(curve.step[start + half])


def known_end(run: RunView, view: SeriesView) -> float:
    """The last step of the run on the axis of the series, NaN where the log does not tell it.

    A bar's total counts one epoch only; it is believed when the position in it is that of the run.
    """
    progress, last = run.progress, float(view.step[-1])
    if view.axis == "epoch" and progress.epochs and progress.epochs > last:
        return progress.epochs
    if view.axis != "step" or not progress.total or progress.total <= last:
        return math.nan
    if progress.epochs and progress.epochs > 1:
        passed = (progress.epoch or 0.0) / progress.epochs
        return progress.total if abs(passed - last / progress.total) < 0.2 else math.nan
    return progress.total


def pace(run: RunView, view: SeriesView) -> float:
    """Steps of the series' axis per second, NaN where the log does not tell it."""
    if view.axis == "step":
        rates = run.get("steps_per_s")
        if rates is not None:
            return float(np.median(rates.value[-RATE_SAMPLES:]))
        if run.progress.steps_per_s:
            return run.progress.steps_per_s
    newest = view.tail(-RATE_SAMPLES)
    steps, seconds = np.ptp(newest.step), newest.time[-1] - newest.time[0]
    return float(steps / seconds) if seconds > 0 else math.nan


@dataclass(frozen=True)
class Outlook:
    """When a series comes to a level: the samples used, and what was forecast from them."""

    view: SeriesView
    target: float
    forecast: Forecast | None
    end: float
    rate: float

    @property
    def now(self) -> float:
        """The newest step."""
        return float(self.view.step[-1])

    def near(self, step: float) -> str:
        """A step to two digits of its distance from now: more would pretend to know."""
        ahead = step - self.now
        if not math.isfinite(ahead):
            return "inf"
        unit = 10.0 ** (math.floor(math.log10(ahead)) - 1) if ahead > 0 else 1.0
        return wording.figure(
            round(step / unit) * unit if unit < 1 else float(round(step / unit) * unit)
        )

    def interval(self) -> str:
        """The 80 % interval: `80 %: 140-900`, `80 %: 140 or later`."""
        assert self.forecast
        low, high = self.near(self.forecast.low), self.near(self.forecast.high)
        return f"80 %: {low} or later" if high == "inf" else f"80 %: {low}-{high}"

    def values(self) -> dict[str, float]:
        """Figures: target, step, low, high, points; probability and eta_s where they are known."""
        found = self.forecast
        ends = (found.step, found.low, found.high) if found else (math.nan, self.now, math.inf)
        values = dict(zip(("target", "step", "low", "high"), (self.target, *ends), strict=True))
        values["points"] = float(len(self.view))
        if found and not math.isnan(found.probability):
            values["probability"] = found.probability
        if found and not math.isnan(self.rate):
            values["eta_s"] = (found.step - self.now) / self.rate
        return values

    def detail(self) -> str:
        """What it is made from, how sure it is, how long it takes, what would refute it."""
        words = [self._past(), self._confidence(), self._duration(), self._refutation()]
        return " ".join(word for word in words if word)
