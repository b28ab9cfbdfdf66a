"""The nine cases that started the project: what `check --json` must say of each, and must not.

`expected.toml` beside the logs is the judge; the sentences under its `check` are the last tests.
"""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from logwatch.cli import main
from logwatch.diagnosis.finding import Severity

CASES = (
    ("slurm-13505008.out",),
    ("slurm-13505008.out", "slurm-13503904.out"),
    ("kd-flat-before-fix.out",),
    ("kd-components-after-fix.out",),
    ("kd-run4-nan.out",),
    ("kd-run5-healthy.out",),
    ("multitask-countdown-flat.out",),
    ("warmup-zero-frozen.out",),
    ("warmup-fixed-healthy.out",),
)
"""Each a log, and the baseline that it is compared with where there are two."""

Findings = list[dict[str, Any]]
Check = Callable[..., Findings]


@pytest.fixture
def check(shared: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Check a case: all its findings, as JSON has them."""

    def ask(log: str, baseline: str | None = None) -> Findings:
        here = shared / "seed_cases"
        compare = ["--baseline", str(here / baseline)] if baseline else []
        main(["check", str(here / log), "--json", *compare])
        (run,) = json.loads(capsys.readouterr().out)["runs"]
        return run["findings"]

    return ask


@pytest.fixture(params=CASES, ids="+".join)
def case(request: pytest.FixtureRequest, shared: Path, check: Check) -> tuple[dict, Findings]:
    """What is expected of a case, and what is found."""
    expected = tomllib.loads((shared / "seed_cases" / "expected.toml").read_text())["case"]
    by_logs = {tuple([c["log"]] if isinstance(c["log"], str) else c["log"]): c for c in expected}
    return by_logs[request.param], check(*request.param)


def test_no_case_is_forgotten(shared: Path):
    """Every expected case is tested here."""
    expected = tomllib.loads((shared / "seed_cases" / "expected.toml").read_text())["case"]

    assert len(CASES) == len(expected)


def test_what_must_be_found(case):
    """Each rule that a good diagnosis names is found."""
    expected, findings = case

    found = {finding["rule"] for finding in findings}
    assert [] == [rule for rule in expected.get("find", []) if rule not in found]


def test_how_bad_it_is(case):
    """Each finding has one of the severities that it may have."""
    expected, findings = case

    wrong = [
        (finding["rule"], finding["severity"])
        for finding in findings
        if finding["severity"]
        not in expected.get("severity", {}).get(finding["rule"], Severity.__members__)
    ]
    assert [] == wrong


def test_what_must_not_be_said(case):
    """No rule that the case forbids is a warning or an error, and nothing is worse than allowed."""
    expected, findings = case
    worst = Severity[expected.get("worst", "error")]

    alarms = {f["rule"] for f in findings if Severity[f["severity"]] >= Severity.warning}
    assert [] == [rule for rule in expected.get("never", []) if rule in alarms]
    assert [] == [f["rule"] for f in findings if Severity[f["severity"]] > worst]


def test_every_rule_could_judge(case):
    """No rule fails on a case."""
    assert [] == [f["title"] for f in case[1] if f["rule"] == "rule-failed"]


def the(findings: Findings, rule: str) -> dict[str, Any]:
    """The first finding of a rule."""
    return next(finding for finding in findings if finding["rule"] == rule)


def words_of(finding: dict[str, Any]) -> str:
    """All that a finding says."""
    return " ".join([finding["title"], finding["detail"], finding["remedy"]])


def test_s0_when_the_loss_is_back(check):
    """Back at 0.8, the checkpoint's level; the interval holds 200 and 289; it is called unsure."""
    found = the(check("slurm-13505008.out"), "reconvergence")

    values = {name: float(value) for name, value in found["values"].items()}
    assert 0.8 == values["target"]
    assert values["low"] <= 200
    assert values["high"] >= 289
    assert "low confidence" in words_of(found).lower() or "unsure" in words_of(found).lower()


def test_s0_worse_than_the_job_before(check):
    """At equal step the loss is 4 to 5 % above that of the job before: the fix does not show."""
    found = the(check("slurm-13505008.out", "slurm-13503904.out"), "worse-than-baseline")

    shares = [float(value) for value in found["values"].values()]
    assert any(0.04 <= share <= 0.055 for share in shares)


def test_s1_the_definitions_differ(check):
    """The gap of 6.2 is no overfitting: 39.3, 41 % of eval's total, is in no printed component."""
    findings = check("kd-components-after-fix.out")

    gap, hidden = the(findings, "train-eval-gap"), the(findings, "hidden-component")
    assert any(6.1 <= float(value) <= 6.3 for value in gap["values"].values())
    assert "defin" in words_of(gap)
    assert "39.3" in words_of(hidden)
    assert "41 %" in words_of(hidden)


def test_s1_a_component_that_should_be_zero(check):
    """The feature loss is 41.22 although its declared weight is zero."""
    found = the(check("kd-components-after-fix.out"), "component-should-be-zero")

    assert "feature" in words_of(found)


def test_s2_what_came_before_the_nan(check):
    """lm_loss is NaN from step 748 on, and KL had risen from 9.41 to 11.17."""
    found = the(check("kd-run4-nan.out"), "non-finite")

    assert 748 == found["steps"][0]
    assert "lm_loss" in words_of(found)
    assert "9.41" in words_of(found)
    assert "11.17" in words_of(found)


def test_s3_the_task_that_does_not_learn(check):
    """countdown moves by -0.4 % while the others fall by 28, 41 and 38 %."""
    found = the(check("multitask-countdown-flat.out"), "task-not-learning")

    said = words_of(found)
    assert "countdown" in said
    assert [] == [share for share in ("-0.4", "-28", "-41", "-38") if share not in said]


def test_s4_warmup_is_not_the_whole_cause(check):
    """Parameters stay frozen although lr is above zero in 29 of 30 epochs."""
    found = the(check("warmup-zero-frozen.out"), "frozen-parameters")

    assert "29 of 30" in words_of(found)
