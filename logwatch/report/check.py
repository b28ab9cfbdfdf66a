"""`check`: read every target, say what is found, as text or as JSON."""

import difflib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TextIO

from logwatch.diagnosis.finding import Severity
from logwatch.diagnosis.rule import Question
from logwatch.parsing.library import Library
from logwatch.report.document import document_of, run_document
from logwatch.report.run_reading import RunReport, read_probed, read_target
from logwatch.report.text import Style, run_text
from logwatch.sources.probe.client import Probe
from logwatch.sources.targets import Target

NAMED_METRICS = 8
"""Metrics that a hint lists when none is near to what was asked for."""


def read_targets(
    targets: Iterable[Target], library: Library, question: Question, say: Callable[[str], None]
) -> Iterator[RunReport]:
    """Read one target after the other; `say` gets a sentence for each value that has no metric."""
    for target in targets:
        reading = read_target(target, library, question)
        _say_notes(reading, question, say)
        yield reading


def read_probes(
    probes: Mapping[Target, Probe],
    library: Library,
    question: Question,
    seconds: float,
    say: Callable[[str], None],
) -> Iterator[RunReport]:
    """Read one target after the other, each with what its probe tells within so many seconds.

    `say` also gets why a probe could not go in, where there is a log that can be read all the same.
    """
    for target, probe in probes.items():
        reading = read_probed(target, library, question, probe, seconds)
        if probe.state.phase == "refused" and not reading.error:
            say(probe.state.told)
        _say_notes(reading, question, say)
        yield reading


def _say_notes(reading: RunReport, question: Question, say: Callable[[str], None]) -> None:
    for sentence in missing_metrics(reading, question):
        say(sentence)
    for note in reading.update.notes:
        say(note)


def trouble(reading: RunReport) -> str:
    """Why a run says nothing: its log could not be read, or is empty. Else nothing."""
    if reading.error:
        return reading.error
    return "" if reading.update.run.bytes else f"{reading.path} is empty"


def missing_metrics(reading: RunReport, question: Question) -> Iterator[str]:
    """A sentence for each metric that has a value to reach and is not in the log."""
    run = reading.update.run
    for metric in question.targets:
        if not trouble(reading) and run.get(metric) is None:
            yield f"{reading.path} has no metric {metric}{_hint(metric, list(run.series))}"


def print_text(readings: Iterable[RunReport], out: TextIO, style: Style) -> Iterator[RunReport]:
    """Print each run as soon as it is read, and hand it on."""
    for number, reading in enumerate(readings):
        out.write(("\n" if number else "") + run_text(reading, style))
        out.flush()
        yield reading


def print_json(readings: Iterable[RunReport], out: TextIO) -> Iterator[RunReport]:
    """Hand on each run, then print all of them as one object."""
    runs = []
    for reading in readings:
        runs.append(run_document(reading))
        yield reading
    json.dump(document_of(runs), out, allow_nan=False)
    out.write("\n")


def is_found(reading: RunReport, least: Severity) -> bool:
    """Whether a run has a finding at or above a severity."""
    return any(finding.severity >= least for finding in reading.update.findings)


def _hint(metric: str, names: list[str]) -> str:
    if not names:
        return ": it has none at all"
    near = difflib.get_close_matches(metric, names, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]}?"
    rest = ", ..." if len(names) > NAMED_METRICS else ""
    return f"; it has {', '.join(names[:NAMED_METRICS])}{rest}"
