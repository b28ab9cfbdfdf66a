"""Outcomes: the texts of findings as templates."""

import pytest

from logwatch.diagnosis.finding import Outcome, Severity

SPIKE = Outcome(
    rule="loss-spike",
    severity=Severity.warning,
    title="{name} jumped",
    detail="First. {extra} {count:,} samples.",
    remedy="Wait.",
)


def test_fields_are_filled_in():
    """An empty field leaves no gap, and a format of a field is obeyed."""
    found = SPIKE.fill({"name": "train/loss", "extra": "", "count": 12345}, metric="train/loss")

    assert ("train/loss jumped", "First. 12,345 samples.", "Wait.") == (
        found.title,
        found.detail,
        found.remedy,
    )
    assert (Severity.warning, "train/loss", True) == (found.severity, found.metric, found.active)


def test_a_field_is_no_template():
    """Braces in the name of a metric stay as they are."""
    found = SPIKE.fill({"name": "{extra}", "extra": "", "count": 1})

    assert "{extra} jumped" == found.title


def test_a_missing_field_is_an_error():
    """A template that names a field nobody gives fails."""
    with pytest.raises(KeyError, match="extra"):
        SPIKE.fill({"name": "x", "count": 1})


def test_the_severity_can_be_replaced():
    """A rule may report the same outcome as an error."""
    found = SPIKE.fill({"name": "x", "extra": "", "count": 1}, severity=Severity.error)

    assert Severity.error == found.severity
