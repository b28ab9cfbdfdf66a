"""What a rule says about a run."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from logwatch.parsing.record import PROBE_BASE

BLANKS = re.compile(" {2,}")
"""What empty fields leave in a text."""


class Severity(enum.IntEnum):
    """How much a finding matters; `ok` is good news."""

    ok = 0
    info = 1
    warning = 2
    error = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line of the log that proves a finding: 1-based line, byte offset, text without controls."""

    line: int
    offset: int
    text: str = ""

    @property
    def is_probe(self) -> bool:
        """Whether a probe said it: then `line` is the log's newest line at that time."""
        return self.offset >= PROBE_BASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule's verdict on a run.

    `title` is what a colleague would say, with the figures; `detail` what proves it, how sure it is
    and what would refute it; `remedy` one imperative sentence, empty when nothing is to be done.
    `steps` are the first and the last step that it is about. `values` are figures under the names
    that the rule lists; they may be NaN or Inf. `active` is False once the illness is over.
    `because` is the rule whose finding is the cause of this one, empty where none is known.
    """

    rule: str
    severity: Severity
    title: str
    detail: str = ""
    remedy: str = ""
    metric: str | None = None
    steps: tuple[float, float] | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    active: bool = True
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One thing that a rule may report: its texts are templates with `{fields}`.

    The outcomes of a rule stand together above it, so that its texts can be read in one pass;
    `logwatch rules show` prints them. A field is a text or a number with a format (`{count:,}`);
    an empty text leaves no gap. `active` is False where the problem is over when it is reported.
    """

    rule: str
    severity: Severity
    title: str
    detail: str = ""
    remedy: str = ""
    active: bool = True

    def fill(
        self,
        fields: Mapping[str, object],
        *,
        metric: str | None = None,
        steps: tuple[float, float] | None = None,
        values: Mapping[str, float] | None = None,
        evidence: tuple[Evidence, ...] = (),
        severity: Severity | None = None,
    ) -> Finding:
        """The finding with its texts filled in; `severity` replaces that of the outcome.

        Raises: KeyError where a template names a field that is not given.
        """
        title, detail, remedy = (
            BLANKS.sub(" ", text.format_map(fields)).strip()
            for text in (self.title, self.detail, self.remedy)
        )
        return Finding(
            rule=self.rule,
            severity=self.severity if severity is None else severity,
            title=title,
            detail=detail,
            remedy=remedy,
            metric=metric,
            steps=steps,
            values=values or {},
            evidence=evidence,
            active=self.active,
        )
