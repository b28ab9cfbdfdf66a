"""What is to be told of a run."""

import math
from dataclasses import replace

from logwatch.diagnosis.finding import Severity
from logwatch.metrics.run import RunView
from logwatch.parsing.record import Progress
from logwatch.tui.text.facts import (
    count_severities,
    measure_pace,
    order_metrics,
    show_last,
)
from tests.tui.fakes import make_finding, make_run, make_samples


def test_the_log_says_how_far_it_is() -> None:
    """Step, total and speed of the bar give the share and the time that is left."""
    run = RunView(progress=Progress(step=2065, total=24941, steps_per_s=0.617))
    pace = measure_pace(run)

    assert (2065, 24941) == (pace.step, pace.total)
    assert round((24941 - 2065) / 0.617) == round(pace.eta_s)


def test_without_a_bar_the_newest_sample_tells_the_step() -> None:
    """Nothing is guessed about the end."""
    pace = measure_pace(make_run(make_samples("train/loss", [3.0, 2.0])))

    assert 2.0 == pace.step
    assert math.isnan(pace.share) and math.isnan(pace.eta_s)


def test_speed_may_be_a_metric() -> None:
    """Seconds a step are as good as steps a second."""
    run = make_run(make_samples("step_time_s", [4.0, 2.0]))

    assert 0.5 == measure_pace(run).steps_per_s


def test_epochs_count_where_there_are_no_steps() -> None:
    """A log that counts epochs only is told in epochs."""
    pace = measure_pace(replace(RunView(), progress=Progress(epoch=5, epochs=20)))

    assert ("epoch", 0.25) == (pace.unit, pace.share)


def test_the_loss_comes_first() -> None:
    """Metrics stand in the order in which people look at them."""
    names = ["weight/kd", "lr", "eval/loss", "train/grad_norm", "train/loss", "eval/kd_loss"]
    run = make_run(*(make_samples(name, [1.0]) for name in names))

    assert [
        "train/loss",
        "eval/loss",
        "eval/kd_loss",
        "train/grad_norm",
        "lr",
        "weight/kd",
    ] == order_metrics(run)


def test_computed_values_have_few_digits() -> None:
    """A speed that parsing computed has no more digits than anyone reads, a loss has the log's."""
    run = make_run(
        make_samples("steps_per_s", [0.61728395]),
        make_samples("gpu_mem_bytes", [12_345_678_901.0]),
        make_samples("train/loss", [15.5268]),
    )

    assert ["0.617", "12.3 GB", "15.5268", "-"] == [
        show_last(run, name) for name in ("steps_per_s", "gpu_mem_bytes", "train/loss", "none")
    ]


def test_severities_are_counted_gravest_first() -> None:
    """What is not there is not counted."""
    findings = [make_finding(severity=s) for s in (Severity.ok, Severity.error, Severity.ok)]

    assert [(Severity.error, 1), (Severity.ok, 2)] == list(count_severities(findings).items())
