"""Steps of real logs that are made to take longer: from how much on is it told, and how soon?"""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from diagnosis_measure import fiftieths, labels
from real_curves import SHARED

from logwatch.diagnosis.rule import Question
from logwatch.diagnosis.rules.speed import MIN_SAMPLES, SPEEDS, find_slower_steps
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.session import Session
from logwatch.sources.library import load_library

FACTORS = (1.1, 1.15, 1.2, 1.3, 1.5)
SEEDS = 5
SLOWED = {"slowdown"}
"""Kinds of logs, by their labels, that became slower by themselves."""


def read_speeds(folder: Path = SHARED / "logs") -> Iterator[tuple[str, str, SeriesView]]:
    """Kind, name and rate of each log that prints one."""
    library, _ = load_library()
    kinds = {row["file"]: row["kind"] for row in labels()["log"]}
    with (folder / "INDEX.tsv").open() as index:
        for row in csv.DictReader(index, delimiter="\t"):
            session = Session(library)
            session.feed((folder / row["file"]).read_bytes())
            session.finish()
            run = session.view()
            found = next((view for name in SPEEDS if (view := run.get(name))), None)
            if found is not None and len(found) >= MIN_SAMPLES:
                yield kinds[row["file"]], row["file"].rpartition("/")[2], found


def slow_down(view: SeriesView, factor: float, start: int) -> SeriesView:
    """The same series, with steps that take so many times as long from a sample on."""
    times = factor if view.name == "step_time_s" else 1 / factor
    return replace(view, value=np.where(np.arange(len(view)) >= start, times, 1) * view.value)


def told(view: SeriesView, count: int) -> bool:
    """Whether `slower-steps` speaks of what is now, after so many samples."""
    run = RunView({view.name: view.where(slice(count))})
    return any(found.active for found in find_slower_steps(run, Question()))


def measure_speeds() -> Iterator[str]:
    """A table: how much longer steps take, the part of cases that is told, and the delay."""
    rates = list(read_speeds())
    by_themselves = {name for _, name, view in rates if told(view, len(view))}
    passing = {
        name for _, name, view in rates if any(told(view, end) for end in fiftieths(len(view)))
    }
    calm = [view for kind, name, view in rates if name not in passing and kind not in SLOWED]
    yield "### Slower steps in real rates\n"
    yield (
        f"{len(rates)} logs print a rate or a time. Of {len(by_themselves)} it is said at their "
        f"end that steps take longer, of {len(passing)} at some fiftieth: "
        f"{', '.join(sorted(passing))}. The steps of the other {len(calm)} are made to take longer "
        f"from 30 to 70 % of the run on, {SEEDS} times each; delays by hundredths of the run.\n"
    )
    yield "| times as long | told | delay |"
    yield "|---|---|---|"
    for factor in FACTORS:
        delays = [_delay(view, factor, seed) for view in calm for seed in range(SEEDS)]
        hits = [delay for delay in delays if np.isfinite(delay)]
        middle = f"{np.median(hits):.0%}" if hits else "-"
        yield f"| {factor} | {len(hits) / len(delays):.2f} | {middle} |"
    yield ""


def _delay(view: SeriesView, factor: float, seed: int) -> float:
    start = int(np.random.default_rng(seed).uniform(0.3, 0.7) * len(view))
    slowed = slow_down(view, factor, start)
    for hundredth in range(1, 101):
        count = start + int(np.ceil(hundredth / 100 * len(view)))
        if count > len(view):
            break
        if told(slowed, count):
            return hundredth / 100
    return np.nan
