"""Findings of one cause are one story: the cause stands first and is named."""

from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import RULES
from logwatch.diagnosis.story import LINKS, tell_stories


def order(finding: Finding) -> tuple[int, int, int]:
    """Worse ones first."""
    return -finding.severity, 0, 0


def finding(rule: str, severity: Severity = Severity.warning, **values: float) -> Finding:
    """A finding of a rule."""
    return Finding(rule=rule, severity=severity, title=rule, detail="As is.", values=values)


def test_a_rate_of_zero_is_told_before_what_follows_from_it():
    """lr zero -> parameters frozen -> the evaluation repeats."""
    told = tell_stories(
        [
            finding("repeated-eval", Severity.error),
            finding("flat-loss"),
            finding("frozen-parameters", Severity.error, rates_above_zero=0),
            finding("lr-zero"),
        ],
        order,
    )

    assert [
        ("lr-zero", ""),
        ("frozen-parameters", "lr-zero"),
        ("repeated-eval", "frozen-parameters"),
        ("flat-loss", "frozen-parameters"),
    ] == [(f.rule, f.because) for f in told]
    assert "It follows from the learning rate of 0. As is." == told[1].detail


def test_a_rate_above_zero_is_not_the_cause():
    """Parameters that stay still under a positive rate have another cause."""
    told = tell_stories(
        [finding("lr-zero"), finding("frozen-parameters", rates_above_zero=29)], order
    )

    assert ["", ""] == [f.because for f in told]


def test_a_story_stands_where_the_worst_of_it_would():
    """A remark that explains an error comes before another warning."""
    told = tell_stories(
        [finding("overfitting"), finding("loss-spike", Severity.info),
         finding("loss-rising", Severity.error)],
        order,
    )  # fmt: skip

    assert ["loss-spike", "loss-rising", "overfitting"] == [f.rule for f in told]


def test_unrelated_findings_keep_their_order():
    """Without a common cause nothing moves."""
    told = [finding("overfitting", Severity.info), finding("plateau", Severity.info)]

    assert told == tell_stories(told, order)


def test_links_name_rules_and_form_no_circle():
    """A chain of causes ends."""
    assert set() == {name for link in LINKS for name in (link.cause, link.effect)} - RULES.keys()
    causes = {effect: {link.cause for link in LINKS if link.effect == effect}
              for effect in RULES}  # fmt: skip
    while ready := [rule for rule, before in causes.items() if not before & causes.keys()]:
        for rule in ready:
            del causes[rule]
    assert {} == causes


def test_a_rise_began_with_a_spike_only_where_one_stands_at_its_start():
    """One that passed, or came late in the rise, did not begin it."""
    rise = Finding(rule="loss-rising", severity=Severity.error, title="rises", steps=(0, 220))
    passed = Finding(
        rule="loss-spike", severity=Severity.info, title="passed", steps=(205, 215), active=False
    )
    late = Finding(rule="loss-spike", severity=Severity.warning, title="late", steps=(205, 220))
    first = Finding(rule="loss-spike", severity=Severity.warning, title="first", steps=(5, 220))

    causes = [told(rise, spike)["loss-rising"].because for spike in (passed, late, first)]

    assert ["", "", "loss-spike"] == causes


def told(*findings: Finding) -> dict[str, Finding]:
    """The findings as a story, by rule."""
    return {found.rule: found for found in tell_stories(findings, lambda _: (0, 0, 0))}
