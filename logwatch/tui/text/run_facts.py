"""What a list tells of one run, and in which order runs stand. Pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from logwatch.diagnosis.finding import Finding
from logwatch.metrics.pace import Pace, measure_pace
from logwatch.metrics.run import RunView
from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.text.run_status import choose_verdict, find_age
from logwatch.wording import Precision, find_precision

Judgement = Literal["failing", "warning", "unknown", "reading", "ok"]
"""The verdict on a run, or that it is still being read."""

WORST_FIRST: tuple[Judgement, ...] = ("failing", "warning", "unknown", "reading", "ok")


@dataclass(frozen=True)
class RunFacts:
    """One run in a list: NaN where a figure is not known; `finding` is the worst, else None."""

    number: int
    name: str
    judgement: Judgement
    state: str
    pace: Pace
    value: float
    has_value: bool
    precision: Precision
    change: float
    age_s: float
    finding: Finding | None
    rules: tuple[str, ...]
    error: str
    run: RunView

    @property
    def words(self) -> str:
        """What a filter looks for words in."""
        title = self.finding.title if self.finding is not None else ""
        return f"{self.name} {self.state} {self.judgement} {title} {self.error}".lower()


def gather_facts(
    number: int, name: str, snapshot: Snapshot, metric: str, clock: float, shown_at: float
) -> RunFacts:
    """What a list tells of a run; `clock` and `shown_at` are readings of the monotonic clock."""
    update = snapshot.update
    view = update.run.get(metric)
    value = math.nan if view is None else view.last
    finding = choose_verdict(update.findings)
    return RunFacts(
        number,
        name,
        judge_run(snapshot),
        update.state.name,
        measure_pace(update.run, snapshot.arrival),
        value,
        view is not None,
        find_precision(view.value) if view is not None else Precision(),
        math.nan if view is None else _relative_change(view.value),
        find_age(snapshot, clock, shown_at),
        finding,
        tuple(one.rule for one in update.findings if one.active),
        snapshot.error,
        update.run,
    )


def judge_run(snapshot: Snapshot) -> Judgement:
    """The verdict on a run; a log that cannot be read is a failing one."""
    if snapshot.error:
        return "failing"
    if snapshot.read_share is not None or not snapshot.source:
        return "reading"
    return snapshot.update.verdict.word


def _relative_change(values: np.ndarray) -> float:
    """The newest of (n,) values against the first that is a number, as a share of it."""
    known = values[np.isfinite(values)][:1]
    first = float(known[0]) if len(known) else math.nan
    if len(values) < 2 or not first or not math.isfinite(first):
        return math.nan
    return (float(values[-1]) - first) / abs(first)


def _rank(facts: RunFacts) -> float:
    return WORST_FIRST.index(facts.judgement)


def _cause(facts: RunFacts) -> str:
    return facts.error or (facts.finding.rule if facts.finding is not None else "~")


SORTS: Mapping[str, Callable[[RunFacts], float | str]] = {
    "verdict": _rank,
    "name": lambda facts: facts.name,
    "state": lambda facts: facts.state,
    "done": lambda facts: facts.pace.share,
    "left": lambda facts: facts.pace.eta_s,
    "value": lambda facts: facts.value,
    "change": lambda facts: facts.change,
    "age": lambda facts: facts.age_s,
    "cause": _cause,
}
"""Columns that a list can be sorted by, the first unless the user chooses another."""


def order_runs(
    facts: Sequence[RunFacts], column: str, pinned: frozenset[int], *, reverse: bool = False
) -> list[RunFacts]:
    """Pinned runs first, then by the column; what is not known comes last either way."""
    by = SORTS[column]
    known = [one for one in facts if not _is_nan(by(one))]
    unknown = [one for one in facts if _is_nan(by(one))]
    known.sort(key=by, reverse=reverse)
    return sorted([*known, *unknown], key=lambda one: one.number not in pinned)


def _is_nan(value: float | str) -> bool:
    return isinstance(value, float) and math.isnan(value)
