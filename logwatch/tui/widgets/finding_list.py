"""The diagnosis pane: findings as sentences; the chosen one with its proof and what to do."""

import textwrap
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType

from logwatch import wording
from logwatch.diagnosis.finding import Finding
from logwatch.tui.keys import FINDINGS, MOVE, key
from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.messages import FindingChosen
from logwatch.tui.plotting.plot import Span
from logwatch.tui.text.run_status import tell_calm_run, tell_counts
from logwatch.tui.text.styles import show_safely, sign_of
from logwatch.tui.widgets.canvas import Canvas, Row

MAX_EVIDENCE = 5
"""Lines of evidence shown below a finding; Enter and e lead to all others."""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One row of the pane, and the number of the finding that it belongs to."""

    spans: tuple[Span, ...]
    number: int
    is_title: bool = False


def lay_out(
    findings: tuple[Finding, ...], width: int, opened: set[int], *, ascii_only: bool = False
) -> list[FindingRow]:
    """The findings as rows of at most `width` cells; those in `opened` with all that they say."""
    rows: list[FindingRow] = []
    for number, finding in enumerate(findings):
        style = finding.severity.name if finding.active else "dim"
        sign = sign_of(finding.severity, ascii_only=ascii_only)
        tag = finding.rule + ("" if finding.active else ", over by now")
        title = _wrap(finding.title, width - 2)
        for at, line in enumerate(title):
            lead: Span = (f"{sign} ", style) if at == 0 else ("  ", "")
            spans: list[Span] = [lead, (line, "bold" if finding.active else "")]
            is_last = at == len(title) - 1
            if is_last and len(line) + len(tag) + 5 <= width:
                spans.append((f"  {tag}", "dim"))
            rows.append(FindingRow(tuple(spans), number, is_title=True))
        if number in opened:
            rows += [FindingRow(spans, number) for spans in _lay_out_rest(finding, width)]
    return rows


def _lay_out_rest(finding: Finding, width: int) -> list[tuple[Span, ...]]:
    rows: list[tuple[Span, ...]] = [
        (("  " + line, ""),) for line in _wrap(finding.detail, width - 2)
    ]
    for at, line in enumerate(_wrap(finding.remedy, width - 4)):
        rows.append(((("  → " if at == 0 else "    "), "info"), (line, "info")))
    for proof in finding.evidence[:MAX_EVIDENCE]:
        place = "probe" if proof.is_probe else f"line {proof.line}"
        rows.append(((f"  {place}: ", "dim"), (proof.text.strip(), "dim")))
    more = len(finding.evidence) - MAX_EVIDENCE
    return [*rows, ((f"  and {more} more lines", "dim"),)] if more > 0 else rows


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(show_safely(" ".join(text.split())), max(width, 8))


class FindingList(Canvas, can_focus=True):
    """All findings of a run; one is chosen, and the chart and the log follow it."""

    heading = "diagnosis"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("j,down", "move(1)", "down", MOVE),
        key("k,up", "move(-1)", "up", MOVE),
        key("home", "move(-100000)", "to the first", MOVE),
        key("end", "move(100000)", "to the last", MOVE),
        key("enter", "jump", "show the finding's lines in the log", FINDINGS),
    ]

    def __init__(self, *, id: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(id=id, ascii_only=ascii_only)
        self.findings: tuple[Finding, ...] = ()
        self.chosen = 0
        self._snapshot = Snapshot()
        self._visible: list[FindingRow] = []
        self._proof = -1

    def show(self, snapshot: Snapshot) -> None:
        """Show another snapshot; the chosen finding stays chosen if it is still there."""
        before = self.chosen_finding()
        self._snapshot = snapshot
        self.findings = snapshot.update.findings
        same = [at for at, new in enumerate(self.findings) if before and _is_same(before, new)]
        self.chosen = same[0] if same else min(self.chosen, max(len(self.findings) - 1, 0))
        self.redraw()

    def chosen_finding(self) -> Finding | None:
        """The finding that is chosen, None without any."""
        return self.findings[self.chosen] if self.chosen < len(self.findings) else None

    def wanted_rows(self, width: int) -> int:
        """Rows that would show all findings, opened."""
        return 1 + max(len(lay_out(self.findings, width, set(range(len(self.findings))))), 1)

    def note(self) -> Row:
        """How many there are of each severity."""
        counts = tell_counts(self.findings, ascii_only=self.ascii_only)
        return [*counts[:-1], *((text.rstrip(), style) for text, style in counts[-1:])]

    def draw_rows(self, width: int, height: int) -> list[Row]:
        """As many findings opened as there is room for, the chosen one first."""
        if not self.findings:
            return [self._tell_health()]
        opened = {self.chosen}
        for number in range(len(self.findings)):
            more = opened | {number}
            if len(lay_out(self.findings, width, more)) <= height:
                opened = more
        rows = lay_out(self.findings, width, opened, ascii_only=self.ascii_only)
        first = next(at for at, row in enumerate(rows) if row.number == self.chosen)
        last = max(at for at, row in enumerate(rows) if row.number == self.chosen)
        top = min(max(last - height + 1, 0), first)
        self._visible = rows[top : top + height]
        return [self._mark(row) for row in self._visible]

    def _mark(self, row: FindingRow) -> Row:
        """The row, its sentence reversed where it is the chosen finding's title."""
        if row.number != self.chosen or not self.has_focus or not row.is_title:
            return row.spans
        sign, sentence, *rest = row.spans
        return (sign, (sentence[0], f"{sentence[1]} chosen"), *rest)

    def _tell_health(self) -> Row:
        if self._snapshot.read_share is not None or not self._snapshot.source:
            return ((" reading", "dim"),)
        run = self._snapshot.update.run
        samples = sum(view.count for view in run.series.values())
        if not samples:
            lines = f" in {wording.count(run.lines)} lines" if run.lines else ""
            return ((f" nothing to judge yet{lines}", "dim"),)
        told = f" {wording.count(samples)} samples of {len(run.series)} metrics"
        calm = tell_calm_run(self._snapshot.update, ascii_only=self.ascii_only)
        return (*calm, (f",{told}", "dim"))

    def action_move(self, by: int) -> None:
        """Choose the next or the previous finding."""
        self.choose(self.chosen + by, jump=False)

    def action_jump(self) -> None:
        """Show the finding's next line of evidence in the log."""
        self.choose(self.chosen, jump=True)

    def choose(self, number: int, *, jump: bool) -> None:
        """Choose a finding by its number, as far as there are any."""
        if not self.findings:
            return
        self.chosen = min(max(number, 0), len(self.findings) - 1)
        self.redraw()
        self.post_message(FindingChosen(self.findings[self.chosen], jump=jump))

    def on_click(self, event: events.Click) -> None:
        """Choose the finding under the mouse, and show its lines."""
        if 1 <= event.y <= len(self._visible):
            self.choose(self._visible[event.y - 1].number, jump=True)


def _is_same(one: Finding, other: Finding) -> bool:
    return (one.rule, one.metric) == (other.rule, other.metric)
