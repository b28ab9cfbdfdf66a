"""A run's state in a line, and the one sentence to know about it. Reads no clock."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from logwatch import wording
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.verdict import tell_calm
from logwatch.metrics.pace import measure_pace
from logwatch.session import Update
from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.plotting.plot import Span
from logwatch.tui.text.facts import count_severities
from logwatch.tui.text.styles import fit, sign_of

BADGES = {
    "running": ("RUNNING", "badge-ok"),
    "stalled": ("STALLED", "badge-warning"),
    "finished": ("FINISHED", "badge-info"),
    "failed": ("FAILED", "badge-error"),
    "cancelled": ("CANCELLED", "badge-warning"),
    "preempted": ("PREEMPTED", "badge-warning"),
    "unknown": ("END UNKNOWN", "badge-info"),
}
"""The words of `check` and JSON for a state, in capitals."""

BADGE_OF_VERDICT = {"failing": "badge-error", "warning": "badge-warning"}
"""A run with a problem is not shown in the colour of a good one, whatever its state."""

SHORT_STATES = {"unknown": "-"}
"""Words for a column; other states are their own."""

BAR_CELLS = 12

FRESH_SECONDS = 10.0
"""Up to here data count as fresh; telling each second would cost bytes over a slow link."""

SAME_DAY_SECONDS = 20 * 3600.0
"""An end that is further off is told with its weekday."""


def tell_state(name: str, snapshot: Snapshot, room: int) -> list[Span]:
    """The status as a badge, and the run's name in at most `room` cells."""
    word, style = BADGES[snapshot.update.state.name]
    style = BADGE_OF_VERDICT.get(snapshot.update.verdict.word, style)
    if snapshot.error:
        word, style = "NO LOG", "badge-error"
    elif snapshot.read_share is not None or not snapshot.source:
        word, style = "READING", "badge-info"
    return [(f" {word} ", style), (" ", ""), (fit(name, min(len(name), room)), "bold")]


def tell_pace(snapshot: Snapshot, now: datetime, *, ascii_only: bool) -> list[list[Span]]:
    """Progress, time left and speed as parts, the most wanted first."""
    pace = measure_pace(snapshot.update.run, snapshot.arrival)
    parts: list[list[Span]] = []
    if math.isfinite(pace.step):
        end = f"/{wording.figure(pace.total)}" if math.isfinite(pace.total) else ""
        parts.append([(f"{pace.unit} {wording.figure(pace.step)}{end}", "")])
    if math.isfinite(pace.share):
        full = round(pace.share * BAR_CELLS)
        solid, empty = ("#", ".") if ascii_only else ("█", "░")
        bar: list[Span] = [(solid * full, "info"), (empty * (BAR_CELLS - full), "dim")]
        parts.append([*bar, (f" {wording.share(pace.share)}", "")])
    goes_on = snapshot.update.state.name in ("running", "unknown")
    if goes_on and math.isfinite(pace.eta_s) and pace.share < 1:
        end_at = now + timedelta(seconds=min(pace.eta_s, 1e9))
        clock = end_at.strftime("%H:%M" if pace.eta_s < SAME_DAY_SECONDS else "%a %d %b %H:%M")
        parts.append([(f"{wording.duration(pace.eta_s)} left, ends {clock}", "")])
    if wording.rate(pace.steps_per_s):
        parts.append([(wording.rate(pace.steps_per_s), "")])
    return parts


def tell_age(snapshot: Snapshot, clock: float, shown_at: float) -> str:
    """How old the newest byte is; `clock` and `shown_at` are readings of the monotonic clock."""
    seconds = find_age(snapshot, clock, shown_at)
    if snapshot.has_ended or math.isnan(seconds):
        return "ended" if snapshot.has_ended else ""
    return "fresh" if seconds < FRESH_SECONDS else f"no output for {wording.age(seconds)}"


def find_age(snapshot: Snapshot, clock: float, shown_at: float) -> float:
    """Seconds since the log grew, NaN where that is not known or nothing more will come."""
    if snapshot.has_ended:
        return math.nan
    if snapshot.grew_at is not None:
        return clock - snapshot.grew_at
    return math.nan if snapshot.silent_s is None else snapshot.silent_s + clock - shown_at


def choose_verdict(findings: Sequence[Finding]) -> Finding | None:
    """The finding to tell first: the worst that is wrong now, else the best news, else None."""
    ill = [one for one in findings if one.active and one.severity >= Severity.warning]
    well = [one for one in findings if one.active and one.severity == Severity.ok]
    return max(ill, key=lambda one: one.severity, default=next(iter(well), None))


def tell_counts(findings: Sequence[Finding], *, ascii_only: bool) -> list[Span]:
    """How many findings there are of each severity."""
    counts = count_severities(findings)
    return [
        (f"{sign_of(severity, ascii_only=ascii_only)} {count}  ", severity.name)
        for severity, count in counts.items()
    ]


def tell_verdict(snapshot: Snapshot, *, ascii_only: bool) -> list[Span]:
    """The one sentence to know about the run, after how much more there is to read."""
    if snapshot.error:
        sign = sign_of(Severity.error, ascii_only=ascii_only)
        return [(f"{sign} ", "error"), (snapshot.error, "bold")]
    if snapshot.read_share is not None:
        size, share = wording.size(snapshot.size), wording.share(snapshot.read_share)
        only = "; below is what its last megabyte says" if snapshot.is_preview else ""
        return [(f"reading {share} of {size}{only}", "info")]
    note: list[Span] = [(f"{snapshot.note}  ", "warning")] if snapshot.note else []
    return note + _tell_worst(snapshot, ascii_only)


def tell_calm_run(update: Update, *, ascii_only: bool) -> list[Span]:
    """The sentence on a run without a problem, with its sign: a question mark for a doubt."""
    told = tell_calm(update.verdict, update.run.coverage)
    if update.verdict.doubts:
        return [("? ", "info"), (told, "")]
    return [(f"{sign_of(Severity.ok, ascii_only=ascii_only)} ", "ok"), (told, "")]


def _tell_worst(snapshot: Snapshot, ascii_only: bool) -> list[Span]:
    findings = snapshot.update.findings
    if not snapshot.update.run.series and not findings:
        lines = wording.count(snapshot.update.run.lines)
        told = f"no numbers of a training found in {lines} lines"
        return [(told, "warning")] if snapshot.update.consumed else []
    verdict = choose_verdict(findings)
    well = sign_of(Severity.ok, ascii_only=ascii_only)
    if verdict is None:
        counts = tell_counts(findings, ascii_only=ascii_only)
        return [*counts, *tell_calm_run(snapshot.update, ascii_only=ascii_only)]
    if verdict.severity == Severity.ok and snapshot.update.verdict.doubts:
        return tell_calm_run(snapshot.update, ascii_only=ascii_only)
    if verdict.severity == Severity.ok:
        return [(f"{well} ", "ok"), (verdict.title, "")]
    return [*tell_counts(findings, ascii_only=ascii_only), (verdict.title, "bold")]
