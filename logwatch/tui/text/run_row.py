"""One row of a list of runs: which columns have room, and what stands in them. Pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from logwatch import wording
from logwatch.diagnosis.finding import Severity
from logwatch.tui.plotting.plot import Span
from logwatch.tui.text.run_facts import Judgement, RunFacts
from logwatch.tui.text.run_status import SHORT_STATES
from logwatch.tui.text.styles import cut_middle, fit, sign_of

LEAST_NAME, MOST_NAME = 12, 44
LEAST_CAUSE = 24
"""Cells of a finding below which its sentence says nothing."""
SEVERITIES: Mapping[Judgement, Severity] = {
    "failing": Severity.error, "warning": Severity.warning, "ok": Severity.ok,
}  # fmt: skip

WIDTHS = {
    "state": 9, "done": 6, "left": 11, "curve": 12, "value": 9, "change": 7, "age": 6,
}  # fmt: skip
ADDED = ("state", "value", "done", "cause", "left", "age", "change", "curve")
"""Columns in the order in which they are given room; the name and the sign are always there."""
SHOWN = ("state", "done", "left", "curve", "value", "change", "age", "cause")
"""Columns from left to right."""
HEADS = {"done": "done", "left": "time left", "curve": "", "age": "silent", "cause": "finding"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Widths of the columns that have room, by name, from left to right."""

    name: int
    columns: Mapping[str, int]


def find_useful(facts: Sequence[RunFacts]) -> frozenset[str]:
    """The columns in which any run has something to say."""
    has_value = any(one.has_value for one in facts)
    said = {
        "done": any(one.pace.share >= 0 for one in facts),
        "left": any(_time_left(one) for one in facts),
        "age": any(one.age_s >= 0 for one in facts),
        **dict.fromkeys(("value", "change", "curve"), has_value),
    }
    return frozenset(column for column in ADDED if said.get(column, True))


def lay_out_columns(
    width: int, longest_name: int, useful: frozenset[str] = frozenset(ADDED)
) -> Layout:
    """Which of the useful columns fit in `width` cells; the finding has what is left."""
    name = min(max(longest_name, LEAST_NAME), MOST_NAME, max(width // 4, LEAST_NAME))
    left = width - name - 3
    given: dict[str, int] = {}
    for column in ADDED:
        least = LEAST_CAUSE if column == "cause" else WIDTHS[column]
        if column in useful and left >= least + 1:
            given[column] = least
            left -= least + 1
    if "cause" in given:
        given["cause"] += max(left, 0)
    return Layout(name, {column: given[column] for column in SHOWN if column in given})


def head_row(layout: Layout, metric: str, sort: str, *, reverse: bool) -> list[Span]:
    """The heads of the columns; the one that sorts has an arrow."""
    arrow = "▴" if reverse else "▾"
    spans: list[Span] = [("  " + (arrow if sort == "verdict" else " "), "dim")]
    spans.append((fit("name" + arrow * (sort == "name"), layout.name), "dim"))
    for column, width in layout.columns.items():
        word = _short(metric, width) if column == "value" else HEADS.get(column, column)
        word = (word + arrow)[-width:] if column == sort else word
        is_right = column not in ("state", "curve", "cause")
        spans += [(" ", ""), (fit(word, width, right=is_right), "dim")]
    return spans


def _short(metric: str, width: int) -> str:
    """The name of a metric, without its phase where it is too long for the column."""
    return metric if len(metric) <= width else cut_middle(metric.rpartition("/")[2], width)


def tell_row(
    facts: RunFacts,
    layout: Layout,
    *,
    mark: Span,
    draw_curve: Callable[[int], str],
    distance: str,
    ascii_only: bool,
) -> list[Span]:
    """The row of one run: `mark` is the letter of a run that is drawn, or a blank."""
    severity = SEVERITIES.get(facts.judgement)
    style = "info" if severity is None else severity.name
    sign = "?" if severity is None else sign_of(severity, ascii_only=ascii_only)
    sign = "…" if facts.judgement == "reading" else sign
    spans: list[Span] = [mark, (f"{sign} ", style), (_fit_name(facts.name, layout.name), "")]
    cells: dict[str, Span] = {
        "state": (SHORT_STATES.get(facts.state, facts.state), style),
        "done": (_known(facts.pace.share, wording.share), ""),
        "left": (_time_left(facts), ""),
        "value": _value(facts),
        "change": (distance or _known(facts.change, wording.percent), "bold" if distance else ""),
        "age": (_known(facts.age_s, wording.rough_duration), "dim"),
        "cause": (_cause(facts), "bold" if facts.judgement == "failing" else ""),
    }
    for column, width in layout.columns.items():
        spans.append((" ", ""))
        if column == "curve":
            spans.append((draw_curve(width), "curve-0"))
            continue
        text, cell_style = cells[column]
        is_left = column in ("state", "cause")
        spans.append((fit(text, width, right=not is_left), cell_style))
    return spans


def _fit_name(name: str, width: int) -> str:
    return fit(cut_middle(name, width), width)


def _known(value: float, tell: Callable[[float], str]) -> str:
    return "" if math.isnan(value) else tell(value)


def _time_left(facts: RunFacts) -> str:
    goes_on = facts.state in ("running", "unknown") and facts.pace.share < 1
    return wording.duration(facts.pace.eta_s) if goes_on and facts.pace.eta_s >= 0 else ""


def _value(facts: RunFacts) -> Span:
    if math.isnan(facts.value) and not facts.has_value:
        return "-", "dim"
    text = wording.value_text(facts.value, facts.precision, WIDTHS["value"])
    return text, "" if math.isfinite(facts.value) else "mark"


def _cause(facts: RunFacts) -> str:
    if facts.error:
        return facts.error
    if facts.judgement == "reading":
        return "reading"
    if facts.finding is None or (facts.judgement == "unknown" and facts.finding.severity <= 1):
        return "not judged" if facts.judgement == "unknown" else ""
    return facts.finding.title
