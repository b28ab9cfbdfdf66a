"""Real loss curves beside the checkout, and the questions that can be asked of them."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logwatch.session import Session
from logwatch.sources.dialects.load import load_library

Floats = NDArray[np.float64]

SHARED = Path(__file__).resolve().parents[2] / "shared"

FEWEST, LEAST_SHARE = 20, 0.1
"""Samples, and part of its series, that a stretch of a log needs to be a curve of its own."""

LOSSES = ("train/loss", "eval/loss")


@dataclass(frozen=True)
class Curve:
    """A loss curve: (n,) steps and values, and a running median that says what was reached when."""

    source: str
    step: Floats
    value: Floats
    smooth: Floats


@dataclass(frozen=True)
class Case:
    """A curve cut after `seen` samples, a level, and the step at which it was reached."""

    curve: Curve
    seen: int
    target: float
    truth: float

    @property
    def now(self) -> float:
        """The step at the cut."""
        return float(self.curve.step[self.seen - 1])

    @property
    def horizon(self) -> float:
        """The true step over the step at the cut."""
        return self.truth / max(self.now, 1.0)


def running_median(value: Floats) -> Floats:
    """(n,) medians of 2 % on each side; curves of up to 150 points are left as they are."""
    if len(value) <= 150:
        return value
    half = len(value) // 50
    return np.array([np.median(value[max(0, i - half) : i + half + 1]) for i in range(len(value))])


def make_curve(
    source: str, step: Sequence[float] | Floats, value: Sequence[float] | Floats
) -> Curve:
    """A curve of these samples."""
    values = np.array(value, dtype=np.float64)
    return Curve(source, np.array(step, dtype=np.float64), values, running_median(values))


def read_curves(path: Path = SHARED / "curves" / "public.jsonl") -> list[Curve]:
    """The curves of a file with one `{"repo", "step", "loss"}` a line."""
    rows = map(json.loads, path.read_text().splitlines())
    return [make_curve(row["repo"], row["step"], row["loss"]) for row in rows]


def read_labelled(path: Path = SHARED / "curves" / "public2.jsonl") -> list[Curve]:
    """The healthy curves of a file whose rows have a label."""
    rows = map(json.loads, path.read_text().splitlines())
    healthy = [row for row in rows if row["label"] == "healthy"]
    return [make_curve(row["src"], row["step"], row["loss"]) for row in healthy]


def read_logs(folder: Path = SHARED / "logs", skip: frozenset[str] = frozenset()) -> list[Curve]:
    """The losses of the logs that the index names, read by the program; `skip` names sources."""
    library, _ = load_library()
    curves: list[Curve] = []
    with (folder / "INDEX.tsv").open() as index:
        for row in csv.DictReader(index, delimiter="\t"):
            if row["repo"] not in skip:
                session = Session(library)
                session.feed((folder / row["file"]).read_bytes())
                session.finish()
                curves += curves_of(row["repo"], session)
    return curves


def curves_of(source: str, session: Session) -> Iterator[Curve]:
    """The losses of a log, cut where the step goes back; what repeats a step is left out."""
    run = session.view()
    for view in [found.finite() for name in LOSSES if (found := run.get(name))]:
        for part in np.split(np.arange(len(view)), np.flatnonzero(np.diff(view.step) < 0) + 1):
            step, first = np.unique(view.step[part], return_index=True)
            if len(step) >= max(FEWEST, LEAST_SHARE * len(view)):
                yield make_curve(source, step, view.value[part][first])


def ask(
    curves: Sequence[Curve], cuts: Sequence[float], levels: Sequence[float], fewest: int
) -> list[Case]:
    """Cut each curve at fractions of its samples and ask for the levels at later fractions.

    A level counts when it lies below all that was seen: so it was reached, for the first time.
    """
    cases = []
    for curve in curves:
        count = len(curve.step)
        for seen in (int(cut * count) + 1 for cut in cuts):
            for place in (int(level * count) for level in levels):
                target = float(curve.smooth[place])
                if fewest < seen <= place and target < curve.smooth[:seen].min():
                    reached = int(np.argmax(curve.smooth[seen - 1 :] <= target)) + seen - 1
                    cases.append(Case(curve, seen, target, float(curve.step[reached])))
    return cases
