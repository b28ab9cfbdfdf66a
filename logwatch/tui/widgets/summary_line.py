"""The head of the overview: how many runs there are, and how they fare."""

from collections import Counter

from logwatch.diagnosis.finding import Severity
from logwatch.tui.plotting.plot import Span
from logwatch.tui.text.run_status import choose_verdict
from logwatch.tui.text.styles import sign_of
from logwatch.tui.watched import Watched, WatchedRun
from logwatch.tui.widgets.canvas import Canvas, Row

WORDS = {Severity.error: "with errors", Severity.warning: "with warnings", Severity.ok: "ok"}


class SummaryLine(Canvas):
    """One row: the runs by their worst finding, the baseline."""

    def __init__(self, watched: Watched, *, ascii_only: bool) -> None:
        super().__init__(id="summary", ascii_only=ascii_only)
        self._watched = watched

    def show(self, metric: str) -> None:
        """Count anew."""
        self.redraw()

    def draw_rows(self, width: int, height: int) -> list[Row]:
        """The counts."""
        counts = Counter(_judge(run) for run in self._watched.runs)
        spans: list[Span] = [(f" {len(self._watched.runs)} runs ", "bold")]
        for severity, words in WORDS.items():
            if counts[severity]:
                sign = sign_of(severity, ascii_only=self.ascii_only)
                spans.append((f"  {sign} {counts[severity]} {words}", severity.name))
        if counts[None]:
            spans.append((f"  {counts[None]} being read", "info"))
        if self._watched.baseline is not None:
            run = self._watched.runs[self._watched.baseline]
            spans.append((f"   baseline {run.letter} {run.name}", ""))
        return [spans]


def _judge(run: WatchedRun) -> Severity | None:
    """How the run fares; None while it is being read."""
    if run.snapshot.error:
        return Severity.error
    if run.snapshot.read_share is not None or not run.snapshot.source:
        return None
    verdict = choose_verdict(run.snapshot.update.findings)
    return verdict.severity if verdict is not None else Severity.ok
