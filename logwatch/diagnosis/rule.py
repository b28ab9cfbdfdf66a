"""What a rule is, what it may ask, and all of them by name."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from logwatch.diagnosis.finding import Finding
from logwatch.metrics.run import RunView


@dataclass(frozen=True)
class Question:
    """What is known beside the run itself.

    `baseline` is another run to compare with; `targets` maps a metric to the value to reach;
    `read_line` gives the text of the line at a byte offset, without control characters.
    """

    baseline: RunView | None = None
    targets: Mapping[str, float] = field(default_factory=dict)
    read_line: Callable[[int], str] = lambda offset: ""


Check = Callable[[RunView, Question], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: its readable name, the one sentence that it means, and the function."""

    name: str
    meaning: str
    check: Check


RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Check], Check]:
    """Register a check under the names of the findings that it may give."""

    def register(check: Check) -> Check:
        meaning = (check.__doc__ or "").strip().partition("\n")[0]
        for name in names:
            RULES[name] = Rule(name, meaning, check)
        return check

    return register
