"""What the dialects make of a log, as text: hits, time, and the lines that nothing read."""

import math
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import regex

from logwatch.intake import CHUNK_BYTES, CHUNK_SECONDS
from logwatch.parsing.authoring.coverage import WORD_OF_TRAINING, Findings, Survey
from logwatch.parsing.authoring.starter import sketch_dialect
from logwatch.parsing.library import Library
from logwatch.sources.dialects.beside import library_beside
from logwatch.sources.source import SourceError
from logwatch.sources.targets import Target, open_source

SHOWN_UNREAD = 15
"""Kinds of unread lines that are shown."""
SKETCHED = 5
"""Kinds of lines that a sketched dialect is made of."""
MIN_AGAIN = 3
"""A line of training comes again and again; a setting is told once, or once a rank."""
NOISE = regex.compile(r"""File "|Warning|Traceback|Error|^\s*\(|^\s*\w+\(|\w/\w+/\w""")
"""Tracebacks, warnings, printed modules and paths: frequent, full of numbers, of no use."""
WIDTH = 120


def survey_target(target: Target, library: Library) -> Findings:
    """Read a whole target and count.

    Raises:
        SourceError: it cannot be read.
    """
    survey = Survey(library_beside(library, target.path), time.perf_counter)
    with closing(open_source(target)) as source:
        while True:
            chunk = source.read(CHUNK_BYTES, CHUNK_SECONDS)
            if not chunk.data:
                return survey.finish()
            survey.feed(chunk.data)


def tell_survey(name: str, findings: Findings) -> Iterator[str]:
    """The survey of one log, line by line."""
    share = "no" if math.isnan(findings.share) else f"{findings.share:.1%} of {findings.numeric}"
    yield f"{name}: {share} numeric training lines are read"
    for (dialect, pattern), count in findings.hits.most_common():
        spent = findings.seconds.get((dialect, pattern), 0.0)
        yield f"  {count:>9} x  {dialect} / {pattern}  ({spent * 1e3:.1f} ms)"
    unread = findings.most_unread(SHOWN_UNREAD)
    if unread:
        yield "  most frequent lines with numbers that nothing read:"
    for one in unread:
        yield f"  {one.count:>9} x  line {one.line}: {one.example[:WIDTH]}"


def sketch_target(target: Target, library: Library) -> str:
    """A first dialect, as TOML, of the lines with numbers that a log holds most and nothing reads.

    What only the generic dialect reads counts as not read.

    Raises:
        SourceError: it cannot be read, or there is no such line.
    """
    special = Library([dialect for dialect in library.dialects if not dialect.after])
    findings = survey_target(target, special)
    lines = choose_lines(findings)
    if not lines:
        known = ", ".join(dict.fromkeys(dialect for dialect, _ in findings.hits)) or "none"
        raise SourceError(
            f"{target.name} has no line with numbers that comes again and that no dialect reads "
            f"(dialects that read others: {known}); see logwatch parsers test"
        )
    name = Path(target.name).stem.replace(".", "-").lower() or "own"
    return sketch_dialect(name, lines)


def choose_lines(findings: Findings) -> list[str]:
    """Kinds of lines that a dialect is best made of: frequent, and about training if any are."""
    again = [
        one.example
        for one in findings.most_unread(len(findings.unread))
        if one.count >= MIN_AGAIN and not NOISE.search(one.example)
    ]
    return ([line for line in again if WORD_OF_TRAINING.search(line)] or again)[:SKETCHED]
