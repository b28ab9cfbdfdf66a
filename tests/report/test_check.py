"""What `check` prints, run by run."""

import io
import json
from dataclasses import replace

import pytest

from logwatch.diagnosis.finding import Severity
from logwatch.diagnosis.rule import Question
from logwatch.report.check import is_found, missing_metrics, print_json, print_text, trouble
from logwatch.report.run_reading import RunReport
from logwatch.report.text import Style


def test_text_is_printed_run_by_run(make_reading):
    """Each run is out before the next is read, with an empty line between them."""
    out, seen = io.StringIO(), []

    def readings():
        for name in ("a.log", "b.log"):
            seen.append(out.getvalue())
            yield replace(make_reading({"train/loss": [1.0]}), path=name)

    assert 2 == len(list(print_text(readings(), out, Style())))
    assert "" == seen[0]
    assert "a.log" in seen[1]
    assert "\n\n✓ b.log" in out.getvalue()


def test_json_is_one_line(make_reading):
    """However many runs, stdout has one object."""
    out = io.StringIO()

    list(print_json([make_reading({"x": [1.0]}), RunReport("gone.log", error="gone")], out))

    assert ["train.log", "gone.log"] == [run["path"] for run in json.loads(out.getvalue())["runs"]]
    assert 1 == out.getvalue().count("\n")


@pytest.mark.parametrize(
    ("severity", "least", "found"),
    [
        (Severity.warning, Severity.error, False),
        (Severity.warning, Severity.warning, True),
        (Severity.error, Severity.warning, True),
        (Severity.ok, Severity.warning, False),
    ],
)
def test_a_finding_counts_from_its_severity_on(make_reading, nan_finding, severity, least, found):
    """At or above the wanted severity is found, below is not."""
    reading = make_reading({"x": [1.0]}, findings=(replace(nan_finding, severity=severity),))

    assert found == is_found(reading, least)


def test_trouble_is_one_sentence(make_reading):
    """An error is said as it is, an empty log is said to be empty, else there is no trouble."""
    assert "gone" == trouble(RunReport("gone.log", error="gone"))
    assert "new.log is empty" == trouble(RunReport("new.log"))
    assert "" == trouble(make_reading({"x": [1.0]}))


def test_a_metric_that_is_missing(make_reading):
    """The nearest name is suggested, else the names that there are."""
    reading = make_reading({"train/loss": [3.0], "lr": [0.1]})

    near = Question(targets={"train/los": 1.0})
    far = Question(targets={"accuracy": 1.0})

    assert ["train.log has no metric train/los; did you mean train/loss?"] == list(
        missing_metrics(reading, near)
    )
    assert ["train.log has no metric accuracy; it has train/loss, lr"] == list(
        missing_metrics(reading, far)
    )


def test_no_hint_where_nothing_is_known():
    """A log that cannot be read is not blamed for a metric too."""
    question = Question(targets={"train/loss": 1.0})

    assert [] == list(missing_metrics(RunReport("gone.log", error="gone"), question))
