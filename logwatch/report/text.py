"""What `check` prints for people: a line a run, a few figures, the findings with their proof."""

import math
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from logwatch import wording
from logwatch.diagnosis.finding import Evidence, Finding, Severity
from logwatch.diagnosis.verdict import NEARLY_ALL, tell_calm
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.report.run_reading import RunReport
from logwatch.sources.probe.state import ProbeState

SIGNS = {Severity.error: "✗", Severity.warning: "!", Severity.info: "i", Severity.ok: "✓"}
ASCII_SIGNS = {Severity.error: "X", Severity.warning: "!", Severity.info: "i", Severity.ok: "+"}
COLOURS = {Severity.error: "31", Severity.warning: "33", Severity.info: "36", Severity.ok: "32"}
"""Red, yellow, cyan, green of the terminal's own palette: ECMA-48, SGR 31 33 36 32."""
SEVERITY_OF = {"failing": Severity.error, "warning": Severity.warning, "ok": Severity.ok}
"""The severity whose sign a verdict has; `unknown` has a sign of its own."""
TEACH = "logwatch dialects new"
FAINT = "2"
STRONG = "1"

SHOWN_FIRST = ("train/loss", "eval/loss", "train/grad_norm", "lr", "steps_per_s", "tokens_per_s")
SHOWN_METRICS = 6
SHOWN_EVIDENCE = 3
"""Lines of evidence a finding; the JSON has them all."""
MIN_WIDTH = 60
INDENT = " " * 4
EVIDENCE_WIDTH = 160


@dataclass(frozen=True, slots=True)
class Style:
    """How to draw: 7-bit signs or not, colours or not, and after how many columns to wrap.

    `width` None does not wrap: a pipe's reader has its own idea of lines.
    """

    ascii: bool = False
    colour: bool = False
    width: int | None = None

    def paint(self, text: str, code: str) -> str:
        """`text` in a colour, or as it is."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text

    def sign(self, severity: Severity) -> str:
        """The sign of a severity, coloured."""
        signs = ASCII_SIGNS if self.ascii else SIGNS
        return self.paint(signs[severity], COLOURS[severity])

    def verdict_sign(self, word: str) -> str:
        """The sign of a verdict, coloured; a question mark where the run could not be judged."""
        severity = SEVERITY_OF.get(word)
        return self.paint("?", COLOURS[Severity.info]) if severity is None else self.sign(severity)

    def fold(self, text: str, indent: str, hanging: str | None = None) -> list[str]:
        """`text` as indented lines; where a line is folded it goes on at `hanging`."""
        if self.width is None:
            return [indent + line for line in text.splitlines()]
        fold = textwrap.TextWrapper(
            max(self.width, MIN_WIDTH),
            initial_indent=indent,
            subsequent_indent=indent if hanging is None else hanging,
            break_on_hyphens=False,
        )
        return [folded for line in text.splitlines() for folded in fold.wrap(line)]


def run_text(reading: RunReport, style: Style) -> str:
    """One run in words, ended by a newline."""
    return "\n".join(_lines(reading, style)).replace("\t", " ") + "\n"


def _lines(reading: RunReport, style: Style) -> Iterator[str]:
    if reading.error or not reading.update.run.bytes:
        sign = style.sign(Severity.error if reading.error else Severity.info)
        yield from style.fold(f"{sign} {reading.error or f'{reading.path} is empty'}", "")
        return
    findings = reading.update.findings
    sign = style.verdict_sign(reading.update.verdict.word)
    name, word = style.paint(reading.path, STRONG), reading.update.verdict.word
    yield f"{sign} {name}: {word}; {headline(reading)}"
    if reading.probe is not None and reading.probe.method:
        yield INDENT + style.paint(tell_probe(reading.probe), FAINT)
    yield from metric_rows(reading.update.run, style)
    width = max((len(finding.rule) for finding in findings), default=0)
    for finding in findings:
        yield from _finding_lines(finding, width, style)
    yield from _limits(reading, style)


def _limits(reading: RunReport, style: Style) -> Iterator[str]:
    """What a run without a problem rests on, or why it is not called all right."""
    verdict, coverage = reading.update.verdict, reading.update.run.coverage
    sentence = tell_calm(verdict, coverage)
    if sentence:
        yield from style.fold(sentence, INDENT)
    if verdict.doubts and coverage.line and coverage.share < NEARLY_ALL:
        proof = f"{INDENT}{coverage.line:>6} | {coverage.example}"
        yield style.paint(_cut(proof, style), FAINT)
        yield from style.fold(f"teach logwatch this form: {TEACH} {reading.path}", INDENT)


def tell_probe(state: ProbeState) -> str:
    """Where the probe was, how often it looked and what that cost."""
    words = [f"probe in process {state.pid} by {state.method}"]
    if state.every:
        words.append("every step" if state.every == 1 else f"every {state.every} steps")
    if math.isfinite(state.share):
        words.append(f"at {wording.rough(100 * state.share)} % of its time")
    return ", ".join(words)


def headline(reading: RunReport) -> str:
    """Status, progress and end of a run in one line."""
    run, status = reading.update.run, reading.update.state.name
    if not run.series:
        word = "end unknown" if status == "unknown" else status
        return f"{word}, no metric found in {_counted(max(run.lines, 1), 'line')}"
    parts = ["end unknown" if status == "unknown" else status]
    if status == "stalled" and reading.silent_s is not None:
        parts[0] += f", no output for {wording.duration(reading.silent_s)}"
    parts.extend(_progress_words(reading))
    return ", ".join(parts)


def _progress_words(reading: RunReport) -> Iterator[str]:
    progress, pace = reading.progress, reading.pace
    if progress.epoch is not None and progress.epochs is not None:
        yield f"epoch {wording.figure(progress.epoch)} of {wording.figure(progress.epochs)}"
    if progress.step is not None:
        step = f"step {wording.figure(progress.step)}"
        total = f" of {wording.figure(progress.total)}" if progress.total else ""
        yield step + total + (" of the epoch" if total and pace.unit == "epoch" else "")
    if pace.share >= 0:
        yield f"{wording.share(pace.share)} done"
    if pace.steps_per_s > 0:
        yield wording.rate(pace.steps_per_s)
    if pace.eta_s > 0 and reading.update.state.name in ("running", "unknown"):
        yield f"{wording.duration(pace.eta_s)} left"


def metric_rows(run: RunView, style: Style) -> Iterator[str]:
    """A row for each of the metrics that people look at first, and how many more there are."""
    names = sorted((name for name, view in run.series.items() if len(view)), key=_place)
    shown = names[:SHOWN_METRICS]
    width = max(map(len, shown), default=0)
    for name in shown:
        yield f"{INDENT}{name:<{width}}  {_span(run.series[name], style)}"
    if len(names) > len(shown):
        rest = _counted(len(names) - len(shown), "more metric")
        yield INDENT + style.paint(f"and {rest} (all are in --json)", FAINT)


def _place(name: str) -> tuple[int, bool, str]:
    """Where a metric stands: what everybody looks at first, then losses, then the alphabet."""
    place = SHOWN_FIRST.index(name) if name in SHOWN_FIRST else len(SHOWN_FIRST)
    is_loss = "loss" in name and not name.startswith("nonfinite/")
    return place, not is_loss, name


def _span(view: SeriesView, style: Style) -> str:
    """First and last value of a series, its change, its bounds where they say more."""
    figures, precision = view.summary(), wording.find_precision(view.value)
    first, last, low, high = (
        wording.metric_value(view.name, value, precision)
        for value in (figures.first, figures.last, figures.min, figures.max)
    )
    if figures.count == 1:
        return f"{last}  (1 sample at {_where(view, figures.last_step)})"
    words = f"{first} {'->' if style.ascii else '→'} {last}"
    if figures.min == figures.max and not figures.nonfinite:
        words = f"{first} throughout"
    if figures.min < min(figures.first, figures.last):
        words += f", lowest {low}"
    if figures.max > max(figures.first, figures.last):
        words += f", highest {high}"
    span = f"{wording.figure(figures.first_step)}-{wording.figure(figures.last_step)}"
    words += f"  ({wording.count(figures.count)} samples, {view.axis}s {span}"
    return words + (f", {figures.nonfinite} not finite)" if figures.nonfinite else ")")


def _where(view: SeriesView, step: float) -> str:
    return f"{view.axis} {wording.figure(step)}"


def _finding_lines(finding: Finding, width: int, style: Style) -> Iterator[str]:
    """One finding; its rule's name takes `width` columns."""
    signs = ASCII_SIGNS if style.ascii else SIGNS
    severity, over = finding.severity, "" if finding.active else "(over) "
    label, name = f"{signs[severity]} {severity.name:<8}", f"{finding.rule:<{width}}"
    first, *rest = style.fold(f"{label} {name}  {over}{finding.title}", "  ", INDENT) or [""]
    label_painted, name_painted = style.paint(label, COLOURS[severity]), style.paint(name, STRONG)
    yield first.replace(label, label_painted, 1).replace(name, name_painted, 1)
    yield from rest
    yield from style.fold(finding.detail, INDENT)
    yield from style.fold(finding.remedy, INDENT)
    for proof in finding.evidence[:SHOWN_EVIDENCE]:
        yield style.paint(_proof(proof, style), FAINT)
    hidden = len(finding.evidence) - SHOWN_EVIDENCE
    if hidden > 0:
        yield style.paint(f"{INDENT}and {_counted(hidden, 'more line')} (all are in --json)", FAINT)


def _proof(proof: Evidence, style: Style) -> str:
    place = "probe" if proof.is_probe else proof.line
    return _cut(f"{INDENT}{place:>6} | {proof.text}", style)


def _cut(text: str, style: Style) -> str:
    width = EVIDENCE_WIDTH if style.width is None else max(style.width, MIN_WIDTH)
    if len(text) <= width:
        return text
    ellipsis = "..." if style.ascii else "…"
    return text[: width - len(ellipsis)] + ellipsis


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
