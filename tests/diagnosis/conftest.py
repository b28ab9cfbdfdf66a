"""Runs made by hand: series and events at steps, without a log."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from logwatch.diagnosis.engine import diagnose
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question
from logwatch.metrics.run import Run, RunView
from logwatch.parsing.record import Event, Extract, Progress, Samples

LINES_PER_STEP = 10
BYTES_PER_LINE = 100


class RunMaker:
    """A run under construction; what is of step `s` stands on lines `10 s + 1` to `10 s + 10`."""

    def __init__(self) -> None:
        self._samples: list[Samples] = []
        self._events: list[Event] = []
        self.progress: Progress | None = None

    def log(
        self,
        metric: str,
        values: Sequence[float],
        steps: Sequence[float] = (),
        axis: str = "step",
        times: Sequence[float] = (),
    ) -> "RunMaker":
        """Add a series; without steps they count from 0, or from 1 for epochs; times in seconds."""
        count, first = len(values), 1 if axis == "epoch" else 0
        at = np.asarray(steps if len(steps) else np.arange(first, first + count), dtype=np.float64)
        order = np.maximum.accumulate(at) + np.concatenate([[0], np.cumsum(np.diff(at) < 0)])
        lines = (order * LINES_PER_STEP + 1 + len(self._samples) % 8).astype(np.int64)
        unknown = np.full(count, np.nan)
        step, epoch = (unknown, at) if axis == "epoch" else (at, unknown)
        self._samples.append(
            Samples(
                metric,
                np.asarray(values, dtype=np.float64),
                step,
                epoch,
                np.asarray(times, dtype=np.float64) if len(times) else unknown,
                lines,
                lines * BYTES_PER_LINE,
            )
        )
        return self

    def note(self, kind: str, title: str = "", at: float = 0, **fields: float | str) -> "RunMaker":
        """Add an event on the last line of a step."""
        line = int(at * LINES_PER_STEP) + LINES_PER_STEP
        step = fields.get("step")
        named = float(step) if isinstance(step, int | float) else None
        event = Event(kind, "error", title or kind, line, line * BYTES_PER_LINE, named, fields)
        self._events.append(event)
        return self

    def view(self) -> RunView:
        """The run as rules see it."""
        run = Run()
        run.append(
            Extract(tuple(self._samples), tuple(self._events), lines=1, progress=self.progress)
        )
        return run.view()

    def findings(self, line: str = "") -> dict[str, Finding]:
        """What all rules say, by name; `line` is the text of every line of the log."""
        found = diagnose(self.view(), Question(read_line=lambda offset: line))
        return {finding.rule: finding for finding in found}


@pytest.fixture
def run_maker() -> RunMaker:
    """An empty run to add to."""
    return RunMaker()


@pytest.fixture
def falling() -> np.ndarray:
    """(200,) a loss that falls from 10.8 towards 3 with 1 % of noise."""
    t = np.arange(1, 201) / 200
    noise = np.random.default_rng(0).normal(0, 0.03, 200)
    return np.asarray(2.8 + 8 * (1 + 60 * t) ** -0.6 + noise)


@pytest.fixture(scope="session")
def alarms_of() -> Callable[[np.ndarray, np.ndarray], list[str]]:
    """Which rules say warning or error of (n,) steps and losses as a train loss."""

    def ask(step: np.ndarray, loss: np.ndarray) -> list[str]:
        found = RunMaker().log("train/loss", loss, step).findings().values()
        return [finding.rule for finding in found if finding.severity >= Severity.warning]

    return ask
