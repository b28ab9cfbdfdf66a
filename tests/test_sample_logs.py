"""Each sample log has the findings that were written down before the program had read it."""

import tomllib
from pathlib import Path

import pytest

from logwatch.diagnosis.finding import Finding, Severity
from logwatch.session import Session

FOLDER = Path(__file__).resolve().parent.parent / "sample_logs"
EXPECTED = sorted(FOLDER.glob("*.expected.toml"))


@pytest.fixture(params=EXPECTED, ids=lambda path: path.name.partition(".")[0])
def case(request, library) -> tuple[dict, tuple[Finding, ...]]:
    """What is expected of a log, and what is found."""
    expected = tomllib.loads(request.param.read_text())
    session = Session(library)
    session.feed((FOLDER / expected["log"]).read_bytes())
    session.finish()
    return expected, session.update().findings


def test_there_are_sample_logs():
    """One for each log."""
    assert [path.name.partition(".")[0] for path in EXPECTED] == sorted(
        path.stem for path in FOLDER.glob("*.out")
    )


def test_what_is_wrong_is_found(case):
    """Each rule that a good diagnosis names, at the severity it may have."""
    expected, found = case
    by_rule = {finding.rule: finding.severity.name for finding in found}

    assert [] == [rule for rule in expected["find"] if rule not in by_rule]
    allowed = expected.get("severity", {})
    assert [] == [(r, s) for r, s in by_rule.items() if s not in allowed.get(r, [s])]


def test_nothing_else_is_said(case):
    """No forbidden alarm, nothing worse than allowed, and no rule that failed."""
    expected, found = case
    alarms = {f.rule for f in found if f.severity >= Severity.warning}

    assert set() == alarms & set(expected["never"])
    assert [] == [f.rule for f in found if f.severity > Severity[expected["worst"]]]
    assert [] == [f.detail for f in found if f.rule == "rule-failed"]
