"""Runs that failed, whatever the cause."""

from collections.abc import Iterable

from logwatch.diagnosis.analysis.states import judge_state
from logwatch.diagnosis.finding import Evidence, Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView


@rule("failed")
def find_failure(run: RunView, question: Question) -> Iterable[Finding]:
    """The run failed, and no other finding names the cause.

    Values: `line` (of what says so).
    """
    state = judge_state(run, question.silent_s)
    if state.name != "failed":
        return
    offset = next((one.offset for one in run.events if one.line == state.line), 0)
    yield Finding(
        rule="failed",
        severity=Severity.error,
        title=f"the run failed (line {state.line}): {state.rests_on}",
        detail="The log does not name the cause.",
        remedy=(
            "Read the lines before this one, and the logs of the other ranks and of the scheduler."
        ),
        metric=None,
        steps=None,
        values={"line": float(state.line)},
        evidence=(Evidence(state.line, offset),),
    )
