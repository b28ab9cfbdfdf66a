"""What is to be told of a run."""

import pytest

from logwatch.diagnosis.finding import Severity
from logwatch.tui.text.facts import (
    count_severities,
    filter_names,
    order_metrics,
    shorten_name,
    show_last,
)
from tests.tui.fakes import make_finding, make_run, make_samples


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


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("", ["train/loss", "eval/loss", "train/kl"]),
        ("LOSS", ["train/loss", "eval/loss"]),
        ("train kl", ["train/kl"]),
        ("eval/*", ["eval/loss"]),
        ("other", []),
    ],
)
def test_metrics_are_filtered_by_words(wanted: str, kept: list[str]) -> None:
    """All words must be in the name; a pattern fits the whole of it."""
    assert kept == filter_names(["train/loss", "eval/loss", "train/kl"], wanted)


def test_what_goes_without_saying_is_dropped() -> None:
    """`train/` is, unless an evaluation has a metric of that name."""
    names = ["train/critic/loss", "train/loss", "eval/loss"]

    assert ["critic/loss", "train/loss", "eval/loss"] == [
        shorten_name(name, names) for name in names
    ]
