"""One word for a run: failing, warning, ok or unknown, with what it could not judge and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from logwatch.diagnosis.analysis.planned import main_view
from logwatch.diagnosis.analysis.states import State
from logwatch.diagnosis.analysis.subject import ADVERSARIAL, REINFORCEMENT
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.metrics.run import RunView
from logwatch.parsing.matching.names import is_measurement
from logwatch.parsing.record import Coverage

NEARLY_ALL = 0.9
"""Part of the lines that report how training goes that must be read. Of 208 real logs, 143 of 152
with such lines are read to 97 % and more; the others hold a form of line that nothing reads."""

LEAST_SAMPLES = 8
"""Samples of the loss below which its course is not judged. Source: the rule `on-course`."""


VerdictWord = Literal["failing", "warning", "ok", "unknown"]


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Something that was not judged, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A run in one word: `failing`, `warning`, `ok` or `unknown`.

    `doubts` are sentences that say why a run without a problem is not `ok`. `unchecked` is what was
    not judged at all.
    """

    word: VerdictWord = "unknown"
    doubts: tuple[str, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()


def judge_verdict(run: RunView, findings: Sequence[Finding], state: State) -> Verdict:
    """The verdict on a run with its findings.

    An active error makes it failing, an active warning a warning. Without either it is ok where the
    main loss and nearly all lines about training are read and the run did not break off, else
    unknown.
    """
    unchecked = tuple(find_unchecked(run))
    severity = max((one.severity for one in findings if one.active), default=Severity.ok)
    if severity >= Severity.warning:
        word: VerdictWord = "failing" if severity == Severity.error else "warning"
        return Verdict(word, (), unchecked)
    doubts = tuple(find_doubts(run, state))
    return Verdict("unknown" if doubts else "ok", doubts, unchecked)


def find_doubts(run: RunView, state: State) -> Iterator[str]:
    """Why nothing good can be said of a run in which no problem was found."""
    coverage = run.coverage
    if main_loss(run) is None:
        yield "no training loss is read"
    if coverage.numeric and coverage.share < NEARLY_ALL:
        yield f"only {percent(coverage.share)} of the numeric lines are read"
    if state.name == "stalled":
        yield "the log stopped before an end: the run hangs or was killed"


def main_loss(run: RunView) -> str | None:
    """The name of the series of training that is judged, None where the log has none.

    Losses of games and rewards count: they are what such trainings log.
    """
    view = main_view(run)
    names = [] if view is None else [view.name, *run.series]
    return next((name for name in names if name.startswith("train/") and _is_goal(name)), None)


def _is_goal(name: str) -> bool:
    key = name.removeprefix("train/")
    game = ADVERSARIAL.search(name) or REINFORCEMENT.search(name)
    return bool(game or is_measurement(key) or key == "metric")


def find_unchecked(run: RunView) -> Iterator[Unchecked]:
    """What was not judged because the log does not hold it."""
    view = main_view(run)
    if view is None:
        yield Unchecked("training loss", "the log has none")
        return
    if len(view) < LEAST_SAMPLES:
        yield Unchecked("course of the loss", f"{len(view)} of {LEAST_SAMPLES} samples")
    names = [name for name, series in run.series.items() if len(series)]
    if not any(name.startswith(("eval/", "test/")) for name in names):
        yield Unchecked("overfitting", "no evaluation yet")
    if not any(name.split("/")[0] == "lr" for name in names):
        yield Unchecked("learning rate", "not printed")
    if not any(name.endswith("grad_norm") for name in names):
        yield Unchecked("gradient norm", "not printed")
    has_times = bool(np.isfinite(view.time).any())
    if not has_times and not any("_per_s" in name or name == "step_time_s" for name in names):
        yield Unchecked("speed", "no rate and no times")


def tell_calm(verdict: Verdict, coverage: Coverage) -> str:
    """The sentence on a run without a problem: what was read, or why it was not judged; else ""."""
    if verdict.word == "ok":
        share = f" ({percent(coverage.share)} of the numeric lines)" if coverage.numeric else ""
        return f"no problem found in what was read{share}"
    return f"not judged: {'; '.join(verdict.doubts)}" if verdict.doubts else ""


def percent(share: float) -> str:
    """A share as a whole percentage; 100 % means all."""
    whole = int(100 * share)
    return f"{whole} %"
