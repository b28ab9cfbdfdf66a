"""The JSON that scripts rely on."""

import json
import math
from dataclasses import replace

import pytest

from logwatch.parsing.record import Progress
from logwatch.report.document import document_of, run_document
from logwatch.report.run_reading import RunReport

BAR = Progress(step=2065.0, total=24941.0, steps_per_s=0.617)


def test_a_run_has_the_keys_of_the_schema(make_reading):
    """Each key that the schema promises is there, and the object is plain JSON."""
    document = document_of([run_document(make_reading({"train/loss": [3.0, 2.0]}))])

    (run,) = json.loads(json.dumps(document, allow_nan=False))["runs"]
    assert 1 == document["schema"]
    assert [
        "path",
        "dialects",
        "lines",
        "bytes",
        "status",
        "state",
        "rests_on",
        "verdict",
        "doubts",
        "not_checked",
        "coverage",
        "progress",
        "metrics",
        "findings",
    ] == list(run)
    assert ("train.log", ["steps"], 2, 40, "unknown") == tuple(run.values())[:5]


def test_the_figures_of_a_metric(make_reading):
    """Counts are integers, values are exact, non-finite values are counted and kept as words."""
    reading = make_reading({"train/loss": [5.7, 3.1, math.nan, math.inf]})

    figures = run_document(reading)["metrics"]["train/loss"]

    assert {
        "count": 4,
        "first": 5.7,
        "last": "Infinity",
        "min": 3.1,
        "max": 5.7,
        "nonfinite": 2,
        "first_step": 1,
        "last_step": 4,
    } == figures


def test_the_figures_of_a_metric_that_is_never_finite(make_reading):
    """Bounds that do not exist are NaN, as a word."""
    figures = run_document(make_reading({"train/loss": [math.nan]}))["metrics"]["train/loss"]

    assert ("NaN", "NaN") == (figures["min"], figures["max"])


def test_progress_tells_when_the_run_ends(make_reading):
    """The time left is the steps left at the present rate."""
    progress = run_document(make_reading({"train/loss": [3.0]}, progress=BAR))["progress"]

    assert {"step": 2065, "total": 24941, "steps_per_s": 0.617}.items() <= progress.items()
    assert pytest.approx((24941 - 2065) / 0.617) == progress["eta_s"]


def test_without_a_bar_the_newest_sample_tells_the_step(make_reading):
    """A log that counts no total still tells how far the run is."""
    progress = run_document(make_reading({"lr": [1.0], "train/loss": [3.0, 2.0]}))["progress"]

    assert (2, None, None) == (progress["step"], progress["total"], progress["eta_s"])


def test_a_log_without_steps_has_no_progress(make_reading):
    """Nothing is said of a run that tells neither step nor epoch."""
    assert run_document(make_reading({}))["progress"] is None


def test_a_finding_has_the_keys_of_the_schema(make_reading, nan_finding):
    """A finding carries its figures by name, its lines, and whether it lasts."""
    (finding,) = run_document(make_reading({"x": [1.0]}, findings=(nan_finding,)))["findings"]

    assert {
        "rule": "non-finite",
        "severity": "error",
        "state": "active",
        "metric": "train/lm_loss",
        "title": nan_finding.title,
        "detail": nan_finding.detail,
        "remedy": nan_finding.remedy,
        "steps": [748, 748],
        "values": {"step": 748.0, "value": "NaN", "high": "Infinity"},
        "evidence": [{"line": 203, "text": "RuntimeError: lm_loss is nan at step 748"}],
    } == finding


def test_an_illness_that_is_over_says_so(make_reading, nan_finding):
    """A finding that no longer holds is marked as resolved, and steps may be unknown."""
    over = replace(nan_finding, active=False, steps=None)

    (finding,) = run_document(make_reading({"x": [1.0]}, findings=(over,)))["findings"]

    assert ("resolved", None) == (finding["state"], finding["steps"])


def test_a_log_that_cannot_be_read_is_an_empty_run_with_an_error():
    """A script may look at the findings of every run, also of one that is not there."""
    run = run_document(RunReport("gone.log", error="gone.log does not exist"))

    assert ("gone.log does not exist", [], {}, None) == (
        run["error"],
        run["findings"],
        run["metrics"],
        run["progress"],
    )
