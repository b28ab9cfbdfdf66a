"""Asks every rule about a run, and brings the answers in the order in which they matter."""

from collections.abc import Iterator
from dataclasses import replace

import logwatch.diagnosis.rules  # noqa: F401
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import RULES, Check, Question
from logwatch.metrics.run import RunView

ONLY_WHEN_WELL = frozenset({"on-course"})
"""Good news about the whole run: said only when nothing is wrong with it."""

ABOUT_THE_LOG = frozenset({"not-a-perplexity"})
"""Warnings about a number that the log shows, beside which training may be well."""


def diagnose(run: RunView, question: Question) -> tuple[Finding, ...]:
    """All findings on a run: active errors, active warnings, good news, then the rest.

    A rule that raises becomes an info finding `rule-failed`; the others are heard all the same.
    An empty run gives an empty tuple.
    """
    findings = [found for check, name in _checks() for found in _ask(check, name, run, question)]
    if any(_is_ill(found) for found in findings):
        findings = [found for found in findings if found.rule not in ONLY_WHEN_WELL]
    return tuple(_quote(found, question) for found in sorted(findings, key=_order))


def _is_ill(finding: Finding) -> bool:
    serious = finding.active and finding.severity >= Severity.warning
    return serious and finding.rule not in ABOUT_THE_LOG


def _checks() -> list[tuple[Check, str]]:
    """Each registered function once, with the first of its names."""
    first: dict[Check, str] = {}
    for name, registered in RULES.items():
        first.setdefault(registered.check, name)
    return list(first.items())


def _ask(check: Check, name: str, run: RunView, question: Question) -> Iterator[Finding]:
    try:
        yield from tuple(check(run, question))
    except Exception as error:  # a rule is one opinion of many: it must not take the program down
        yield Finding(
            "rule-failed",
            Severity.info,
            f"the rule {name} could not judge this run",
            f"{type(error).__name__}: {error}. The other rules were asked all the same.",
            "Report this with the log that it happened on.",
        )


def _order(finding: Finding) -> tuple[int, int, int]:
    line = finding.evidence[0].line if finding.evidence else 0
    if finding.active and finding.severity >= Severity.warning:
        return 0, -finding.severity, line
    if finding.active:
        return 1, finding.severity, line
    return 2, -finding.severity, line


def _quote(finding: Finding, question: Question) -> Finding:
    """The finding with the text of its lines."""
    if all(proof.text for proof in finding.evidence):
        return finding
    quoted = tuple(
        replace(proof, text=proof.text or question.read_line(proof.offset))
        for proof in finding.evidence
    )
    return replace(finding, evidence=quoted)
