"""Asks every rule about a run, and brings the answers in the order in which they matter."""

from dataclasses import replace

from logwatch.diagnosis.config import declare
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.pace import pace
from logwatch.diagnosis.rule import RULES, Check, Question, Rule
from logwatch.diagnosis.rules import MODULES
from logwatch.diagnosis.story import tell_stories
from logwatch.metrics.run import RunView
from logwatch.parsing.escapes import escape_controls

ONLY_WHEN_WELL = frozenset({"on-course", "reward-rising", "above-best"})
"""Good news about the whole run: said only when nothing is wrong with it."""

WITHOUT_CAUSE = "failed"
"""The finding on a run that failed; it stands only where none of `CAUSES` does."""

CAUSES = frozenset({"crashed", "out-of-memory", "nccl-timeout", "time-limit", "node-failure"})
"""Findings that say what a run failed of. They are errors where it failed, even after its last
step."""

ABOUT_THE_LOG = frozenset({"not-a-perplexity"})
"""Warnings about a number that the log shows, beside which training may be well."""


class Diagnosis:
    """What all rules say of a run as it grows; remembers what cannot have changed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Finding, ...]] = {}
        self._state: object = None

    def ask(self, run: RunView, question: Question) -> tuple[Finding, ...]:
        """All findings on a run: each story with its cause first, stories by what is worst in them.

        Active errors come first, then warnings, good news, the rest. A rule that raises becomes an
        info finding `rule-failed`; the others are heard all the same. An empty run gives an empty
        tuple. The same run and question give the same findings, whatever was asked before.
        """
        run = declare(run, question.config)
        calm, place = pace(run)
        state = (place, question.config)
        if place is None or state != self._state:
            self._known.clear()
        self._state = state
        findings: list[Finding] = []
        for rule in _rules():
            if not rule.paced or place is None:
                findings += _ask(rule, run, question)
                continue
            if rule.name not in self._known:
                self._known[rule.name] = _ask(rule, calm, question)
            findings += self._known[rule.name]
        return _arrange([f for f in findings if f.rule not in question.config.off], question)


def diagnose(run: RunView, question: Question) -> tuple[Finding, ...]:
    """All findings on a run, without a memory: see `Diagnosis.ask`."""
    return Diagnosis().ask(run, question)


def _arrange(findings: list[Finding], question: Question) -> tuple[Finding, ...]:
    if any(found.rule == WITHOUT_CAUSE for found in findings):
        findings = _name_cause(findings)
    if any(_is_ill(found) for found in findings):
        findings = [found for found in findings if found.rule not in ONLY_WHEN_WELL]
    return tuple(_quote(_escape(found), question) for found in tell_stories(findings, _order))


def _name_cause(findings: list[Finding]) -> list[Finding]:
    """The findings on a failed run: its causes as errors, or the mere fact without any."""
    causes = [found for found in findings if found.rule in CAUSES and found.active]
    if not causes:
        return findings
    others = [found for found in findings if found not in causes and found.rule != WITHOUT_CAUSE]
    if any(found.severity == Severity.error for found in causes):
        return [*others, *causes]
    return [*others, *(replace(found, severity=Severity.error) for found in causes)]


def _is_ill(finding: Finding) -> bool:
    serious = finding.active and finding.severity >= Severity.warning
    return serious and finding.rule not in ABOUT_THE_LOG


def _rules() -> list[Rule]:
    """Each registered function once, under the first of its names, in the order of `MODULES`.

    Rules of other packages come last, in the order in which they were registered.
    """
    first: dict[Check, Rule] = {}
    for rule in RULES.values():
        first.setdefault(rule.check, rule)
    places = {module.__name__: place for place, module in enumerate(MODULES)}
    return sorted(first.values(), key=lambda rule: places.get(rule.check.__module__, len(places)))


def _ask(rule: Rule, run: RunView, question: Question) -> tuple[Finding, ...]:
    try:
        return tuple(rule.check(run, question))
    except Exception as error:  # a rule is one opinion of many: it must not take the program down
        return (
            Finding(
                rule="rule-failed",
                severity=Severity.info,
                title=f"the rule {rule.name} could not judge this run",
                detail=f"{type(error).__name__}: {error}. The other rules were asked all the same.",
                remedy="Report this with the log that it happened on.",
            ),
        )


def _order(finding: Finding) -> tuple[int, int, int]:
    line = finding.evidence[0].line if finding.evidence else 0
    if finding.active and finding.severity >= Severity.warning:
        return 0, -finding.severity, line
    if finding.active:
        return 1, finding.severity, line
    return 2, -finding.severity, line


def _escape(finding: Finding) -> Finding:
    """The finding without controls in its texts: a name in them may be another user's."""
    texts = finding.title, finding.detail, finding.remedy
    shown = tuple("\n".join(map(escape_controls, text.split("\n"))) for text in texts)
    if shown == texts:
        return finding
    return replace(finding, title=shown[0], detail=shown[1], remedy=shown[2])


def _quote(finding: Finding, question: Question) -> Finding:
    """The finding with the text of its lines."""
    if all(proof.text for proof in finding.evidence):
        return finding
    quoted = tuple(
        replace(proof, text=proof.text or question.read_line(proof.offset))
        for proof in finding.evidence
    )
    return replace(finding, evidence=quoted)
