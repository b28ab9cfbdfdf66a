"""`logwatch rules`: what it finds."""

import pytest

from logwatch.cli import exits, main
from logwatch.cli.rules import false_alarms
from logwatch.diagnosis.rule import Rule


def test_every_rule_has_a_meaning(capsys):
    """The list has one line a rule, with its name and one sentence."""
    from logwatch.diagnosis.rule import RULES

    assert exits.OK == main(["rules"])

    rows = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert sorted(RULES) == [row[0] for row in rows]
    assert [] == [row for row in rows if len(row) < 2]


def test_a_rule_is_explained(capsys):
    """`rules show` says what a rule checks."""
    assert exits.OK == main(["rules", "show", "flat-loss"])
    assert capsys.readouterr().out.startswith("flat-loss\n\n")


def test_a_rule_shows_thresholds_sources_and_false_alarms(capsys):
    """Numbers with their reasons, what may be set, and how often it cried wolf."""
    main(["rules", "show", "loss-spike"])

    said = capsys.readouterr().out
    assert "SPIKE_ERRORS, SPIKE_RISE = 8.0, 0.1" in said
    assert "Source: PaLM" in said
    assert "[thresholds.loss-spike] rise = 0.1" in said
    assert "False alarms: 0 on " in said


def test_thresholds_of_helpers_are_shown_too(capsys):
    """How long a loss may rest is decided beside the rule, and stands there with its sources."""
    main(["rules", "show", "flat-loss"])

    said = capsys.readouterr().out
    assert "SURE_STEPS = 500" in said
    assert "JUMP_SHARE" not in said


def test_every_rule_can_be_shown(capsys):
    """None fails, and each has a measure."""
    from logwatch.diagnosis.rule import RULES

    assert {exits.OK} == {main(["rules", "show", name]) for name in RULES}
    assert len(RULES) == capsys.readouterr().out.count("False alarms: ")


@pytest.mark.parametrize("name", ["step-stall", "lr-not-printed", "out-of-time", "time-to-target"])
def test_a_rule_that_was_not_measured_says_so(name, capsys):
    """No measured log has a probe, a goal or a time limit: zero false alarms would mean nothing."""
    main(["rules", "show", name])

    assert "False alarms: not measured. The rule needs " in capsys.readouterr().out


def test_a_rule_of_another_package_was_not_measured():
    """Its false alarms are its author's to measure."""
    other = Rule("other", "Another rule.", lambda run, question: [])

    assert "False alarms: not measured. The rule comes from another package." == (
        false_alarms(other)
    )


def test_a_rule_of_another_package_that_fails_is_said(monkeypatch, capsys):
    """Its fault is one sentence, and the others are listed."""
    monkeypatch.setattr(
        "logwatch.sources.dialects.plugins.load_rules", lambda: ["the rule 'x' is left out"]
    )

    assert exits.OK == main(["rules"])
    said = capsys.readouterr()
    assert "the rule 'x' is left out" in said.err
    assert "flat-loss" in said.out
