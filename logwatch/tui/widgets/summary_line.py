"""The head of the overview: how many runs there are, and how they fare."""

from collections import Counter

from logwatch.diagnosis.finding import Severity
from logwatch.tui.plotting.plot import Span
from logwatch.tui.text.run_facts import Judgement, judge_run
from logwatch.tui.text.styles import sign_of
from logwatch.tui.watched import Watched
from logwatch.tui.widgets.canvas import Canvas, Row

WORDS: dict[Judgement, tuple[Severity, str]] = {
    "failing": (Severity.error, "with errors"),
    "warning": (Severity.warning, "with warnings"),
    "ok": (Severity.ok, "ok"),
}
"""Severity and words of a verdict."""


class SummaryLine(Canvas):
    """One row: the runs by their worst finding, the baseline."""

    def __init__(self, watched: Watched, *, ascii_only: bool) -> None:
        super().__init__(id="summary", ascii_only=ascii_only)
        self._watched = watched

    def draw_rows(self, width: int, height: int) -> list[Row]:
        """The counts."""
        counts = Counter(judge_run(run.snapshot) for run in self._watched.runs)
        spans: list[Span] = [(f" {len(self._watched.runs)} runs ", "bold")]
        for verdict, (severity, words) in WORDS.items():
            if counts[verdict]:
                sign = sign_of(severity, ascii_only=self.ascii_only)
                spans.append((f"  {sign} {counts[verdict]} {words}", severity.name))
        if counts["unknown"]:
            spans.append((f"  ? {counts['unknown']} not judged", "info"))
        if counts["reading"]:
            spans.append((f"  {counts['reading']} being read", "info"))
        if self._watched.baseline is not None:
            run = self._watched.runs[self._watched.baseline]
            spans.append((f"   baseline {run.letter} {run.name}", ""))
        return [spans]
