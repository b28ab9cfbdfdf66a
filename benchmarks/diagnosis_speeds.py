"""Steps of real logs that are made to take longer: from how much on is it told, and how soon?"""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from diagnosis_measure import fiftieths, labels
from real_curves import SHARED

from logwatch.diagnosis.analysis.rates import SPEEDS
from logwatch.diagnosis.rule import Question
from logwatch.diagnosis.rules.job.speed import MIN_SAMPLES, find_slower_steps
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.session import Session
from logwatch.sources.dialects.load import load_library

FACTORS = (1.1, 1.15, 1.2, 1.3, 1.5)
SEEDS = 5
SLOWED = {"slowdown"}
"""Kinds of logs, by their labels, that became slower by themselves."""


def read_speeds(folder: Path = SHARED / "logs") -> Iterator[tuple[str, str, SeriesView]]:
    """Kind, name and what tells the speed of each log: its rate, and the times of its lines."""
    library, _ = load_library()
    kinds = {row["file"]: row["kind"] for row in labels()["log"]}
    with (folder / "INDEX.tsv").open() as index:
        for row in csv.DictReader(index, delimiter="\t"):
            session = Session(library)
            session.feed((folder / row["file"]).read_bytes())
            session.finish()
            run, name = session.view(), row["file"].rpartition("/")[2]
            found = next((view for name in SPEEDS if (view := run.get(name))), None)
            loss = run.get("train/loss")
            if loss is not None and (loss.axis != "step" or not np.isfinite(loss.time).all()):
                loss = None
            for view in (found, loss):
                if view is not None and len(view) >= MIN_SAMPLES:
                    yield kinds[row["file"]], name, view


def slow_down(view: SeriesView, factor: float, start: int) -> SeriesView:
    """The same series, with steps that take so many times as long from a sample on."""
    times = np.where(np.arange(len(view)) >= start, factor, 1.0)
    if view.name == "train/loss":
        gaps = np.diff(view.time, prepend=view.time[0])
        return replace(view, time=view.time[0] + np.cumsum(times * gaps))
    return replace(view, value=view.value * (times if view.name == "step_time_s" else 1 / times))


def told(view: SeriesView, count: int) -> bool:
    """Whether `slower-steps` speaks of what is now, after so many samples."""
    run = RunView({view.name: view.where(slice(count))})
    return count > 0 and any(found.active for found in find_slower_steps(run, Question()))


def measure_speeds() -> Iterator[str]:
    """A table: how much longer steps take, the part of cases that is told, and the delay."""
    yield "### Slower steps in real rates\n"
    speeds = list(read_speeds())
    clocks = [one for one in speeds if one[2].name == "train/loss"]
    calm = []
    for title, ways in (
        ("print a rate or a time of a step", [one for one in speeds if one not in clocks]),
        ("have times on the lines of their steps, read with what rate they print hidden", clocks),
    ):
        last = sum(told(view, len(view)) for _, _, view in ways)
        passing = {name: view for _, name, view in ways if _speaks_ever(view)}
        calm.append([v for kind, name, v in ways if name not in passing and kind not in SLOWED])
        names = f": {', '.join(sorted(passing))}" if passing else ""
        yield (
            f"{len(ways)} logs {title}. Of {last} it is said at their end that steps take longer, "
            f"of {len(passing)} at some fiftieth{names}.\n"
        )
    yield (
        f"The steps of the other {len(calm[0])} and {len(calm[1])} are made to take longer from 30 "
        f"to 70 % of the run on, {SEEDS} times each; delays by hundredths of the run.\n"
    )
    yield "| times as long | told by rates | delay | told by lines | delay |"
    yield "|---|---|---|---|---|"
    for factor in FACTORS:
        yield f"| {factor} | " + " | ".join(_recall(views, factor) for views in calm) + " |"
    yield ""


def _speaks_ever(view: SeriesView) -> bool:
    return any(told(view, end) for end in fiftieths(len(view)))


def _recall(views: list[SeriesView], factor: float) -> str:
    delays = np.array([_delay(view, factor, seed) for view in views for seed in range(SEEDS)])
    hits = delays[np.isfinite(delays)]
    return f"{len(hits) / len(delays):.2f} | " + (f"{np.median(hits):.0%}" if len(hits) else "-")


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
