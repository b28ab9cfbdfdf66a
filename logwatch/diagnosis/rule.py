"""What a rule is, what it may ask, and all of them by name."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from logwatch.diagnosis.config import Config
from logwatch.diagnosis.finding import Finding
from logwatch.metrics.run import RunView


@dataclass(frozen=True)
class Question:
    """What is known beside the run itself.

    `baseline` is another run to compare with; `targets` maps a metric to the value to reach;
    `context` is what a person said of the run; `silent_s` how long the log has not grown, None
    where that is unknown; `read_line` gives the text of the line at a byte offset, without control
    characters.
    """

    baseline: RunView | None = None
    targets: Mapping[str, float] = field(default_factory=dict)
    config: Config = field(default_factory=Config)
    silent_s: float | None = None
    read_line: Callable[[int], str] = lambda offset: ""

    def limit(self, rule: str, name: str) -> float:
        """A threshold of a rule: the person's, under any of its names, else the rule's own."""
        asked = RULES[rule]
        for other, said in self.config.thresholds.items():
            if name in said and RULES[other].check is asked.check:
                return said[name]
        return asked.limits[name]


Check = Callable[[RunView, Question], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: its readable name, the one sentence that it means, and the function.

    `limits` are the thresholds that a person may set, by name. `paced` says that it judges the
    course of curves, so that it need not be asked again for each sample of a long one. `needs`
    names what a log alone does not give ("a probe"), as its docstring says; "" where it needs
    nothing more.
    """

    name: str
    meaning: str
    check: Check
    limits: Mapping[str, float] = field(default_factory=dict)
    paced: bool = False
    needs: str = ""


NEEDS = re.compile(r"^\s*Needs (.+)\.$", re.MULTILINE)
"""The line of a rule's docstring that names what it needs beyond a log."""

RULES: dict[str, Rule] = {}


def rule(*names: str, paced: bool = False, **limits: float) -> Callable[[Check], Check]:
    """Register a check under the names of the findings that it may give."""

    def register(check: Check) -> Check:
        text = check.__doc__ or ""
        meaning, needs = text.strip().partition("\n")[0], NEEDS.search(text)
        for name in names:
            RULES[name] = Rule(name, meaning, check, limits, paced, needs[1] if needs else "")
        return check

    return register
