"""Runs made by hand, as a session would give them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from logwatch.diagnosis.analysis.states import State
from logwatch.diagnosis.finding import Evidence, Finding, Severity
from logwatch.metrics.run import Run, RunView
from logwatch.parsing.record import Extract, Progress, Samples
from logwatch.report.run_reading import RunReport
from logwatch.session import Update


def samples_of(metric: str, values: Sequence[float], first_step: float = 1.0) -> Samples:
    """Samples with consecutive steps, one a line."""
    count = len(values)
    unknown = np.full(count, np.nan)
    lines = np.arange(1, count + 1)
    return Samples(
        metric,
        np.array(values, np.float64),
        np.arange(first_step, first_step + count),
        unknown,
        unknown,
        lines,
        20 * (lines - 1),
    )


@pytest.fixture
def make_run() -> Callable[..., RunView]:
    """Make a view of a run from `{metric: values}`."""

    def make(series: Mapping[str, Sequence[float]], progress: Progress | None = None) -> RunView:
        run = Run()
        samples = tuple(samples_of(name, values) for name, values in series.items())
        lines = max(map(len, series.values()), default=0)
        run.append(Extract(samples, (), ("steps",), lines, progress))
        return run.view(20 * lines)

    return make


@pytest.fixture
def nan_finding() -> Finding:
    """An error with everything that a finding can have."""
    return Finding(
        rule="non-finite",
        severity=Severity.error,
        title="lm_loss is NaN since step 748",
        detail="KL rose 9.41 -> 11.17 over steps 0-500 before it.",
        remedy="Restart from before step 500 with a smaller kd weight.",
        metric="train/lm_loss",
        steps=(748.0, 748.0),
        values={"step": 748.0, "value": float("nan"), "high": float("inf")},
        evidence=(Evidence(203, 4000, "RuntimeError: lm_loss is nan at step 748"),),
    )


@pytest.fixture
def make_reading(make_run) -> Callable[..., RunReport]:
    """Make a reading of `{metric: values}` with findings, a status and a progress."""

    def make(
        series: Mapping[str, Sequence[float]],
        *,
        findings: tuple[Finding, ...] = (),
        status: str = "unknown",
        progress: Progress | None = None,
        silent_s: float | None = None,
    ) -> RunReport:
        update = Update(make_run(series, progress), findings, State(status))
        return RunReport("train.log", update, silent_s)

    return make
