"""What is to be told of a run at a glance: how far, how fast, how long still, how bad. Pure."""

from collections import Counter
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

import numpy as np

from logwatch import wording
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

MAIN_METRICS = ("train/loss", "eval/loss", "train/total_loss", "test/loss")
"""The metrics that people look at first, in this order."""

WORDS = ("loss", "perplexity", "accuracy", "grad_norm", "lr", "steps_per_s", "tokens_per_s")
"""After them: metrics whose names hold one of these words, in this order; then the others."""


USUAL, OTHERS = "train/", ("eval/", "test/")
"""The phase that most metrics are of, and those that a name must not be mistaken for."""

LAST = ("nonfinite/", "cpu_memory/", "gpu_memory/", "probe/unmoved", "probe/gradless")
"""What a probe counts on every step and rules look at; a person wants it when it is not 0."""


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


def filter_names(names: Sequence[str], wanted: str) -> list[str]:
    """The names that hold each word of a filter; with `*` or `?` a word is a pattern of the whole.

    Capitals do not matter. The order stays.
    """
    words = wanted.lower().split()
    return [name for name in names if all(_fits(name.lower(), word) for word in words)]


def _fits(name: str, word: str) -> bool:
    return fnmatchcase(name, word) if {"*", "?"} & set(word) else word in name


def shorten_name(name: str, names: Collection[str]) -> str:
    """The name without `train/`, where no other metric of the run has what is left."""
    bare = name.removeprefix(USUAL)
    return name if bare in names or any(f"{phase}{bare}" in names for phase in OTHERS) else bare


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
