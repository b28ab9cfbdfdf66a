"""What is to be told of a run at a glance: how far, how fast, how long still, how bad. Pure."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwatch import wording
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

MAIN_METRICS = ("train/loss", "eval/loss", "train/total_loss", "test/loss")
"""The metrics that people look at first, in this order."""

WORDS = ("loss", "perplexity", "accuracy", "grad_norm", "lr", "steps_per_s", "tokens_per_s")
"""After them: metrics whose names hold one of these words, in this order; then the others."""


LAST = ("nonfinite/", "cpu_memory/", "gpu_memory/", "probe/unmoved", "probe/gradless")
"""What a probe counts on every step and rules look at; a person wants it when it is not 0."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a run is and how fast; NaN where the log does not say. Times are in seconds."""

    step: float = math.nan
    total: float = math.nan
    steps_per_s: float = math.nan
    unit: str = "step"

    @property
    def share(self) -> float:
        """From 0 to 1, NaN where the log names no end."""
        return min(max(self.step / self.total, 0.0), 1.0) if self.total > 0 else math.nan

    @property
    def eta_s(self) -> float:
        """Seconds to the end, NaN where that cannot be told."""
        if not self.steps_per_s > 0:
            return math.nan
        return max(self.total - self.step, 0.0) / self.steps_per_s


def measure_pace(run: RunView) -> Pace:
    """How far a run is, as its log says; the step is the newest sample's where no bar counts it."""
    progress = run.progress
    rate = progress.steps_per_s
    if rate is None:
        rate = _last(run, "steps_per_s")
    if not math.isfinite(rate) and _last(run, "step_time_s") > 0:
        rate = 1 / _last(run, "step_time_s")
    step = progress.step if progress.step is not None else _last_step(run)
    if progress.total is None and progress.epochs is not None and progress.epoch is not None:
        return Pace(progress.epoch, progress.epochs, unit="epoch")
    if not math.isfinite(step) and progress.epoch is not None:
        return Pace(progress.epoch, math.nan, unit="epoch")
    return Pace(step, math.nan if progress.total is None else progress.total, rate)


def _last(run: RunView, name: str) -> float:
    view = run.get(name)
    return view.last if view is not None else math.nan


def _last_step(run: RunView) -> float:
    ends = [
        float(view.step[-1]) for view in run.series.values() if view.axis == "step" and len(view)
    ]
    return max(ends, default=math.nan)


def find_attempt(run: RunView, series: SeriesView) -> int:
    """The index of the first sample since the run last started over."""
    if not run.restarts:
        return 0
    return int(np.searchsorted(series.line, run.restarts[-1].line))


def order_metrics(run: RunView) -> list[str]:
    """Names of the metrics that have samples: those that people look at first come first."""
    names = [name for name, view in run.series.items() if len(view)]
    return sorted(names, key=lambda name: (_rank(name), names.index(name)))


def _rank(name: str) -> int:
    if name in MAIN_METRICS:
        return MAIN_METRICS.index(name)
    if name.startswith(LAST):
        return len(MAIN_METRICS) + len(WORDS) + 1
    word = next((at for at, word in enumerate(WORDS) if word in name), len(WORDS))
    return len(MAIN_METRICS) + word


def show_last(run: RunView, name: str, width: int = 9) -> str:
    """The newest value of a metric; `-` where there is none."""
    view = run.get(name)
    return (
        "-"
        if view is None
        else wording.metric_value(name, view.last, wording.find_precision(view.value), width)
    )


def count_severities(findings: Sequence[Finding]) -> dict[Severity, int]:
    """How many findings there are of each severity, the gravest first, none left out at 0."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in sorted(counts, reverse=True)}
