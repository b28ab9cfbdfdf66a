"""`export`: every sample of a log, exactly, in the order of the log, as it is read."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from itertools import repeat
from typing import TextIO

import numpy as np

from logwatch.diagnosis.rule import Question
from logwatch.intake import Intake
from logwatch.metrics.series import SeriesView
from logwatch.parsing.escapes import escape_controls
from logwatch.parsing.library import Library
from logwatch.parsing.record import PROBE_BASE, Floats
from logwatch.report.json_numbers import EXACT_INTEGER, JsonNumber, json_count, json_number
from logwatch.report.run_reading import open_probed
from logwatch.sources.dialects.beside import library_beside
from logwatch.sources.probe.client import Probe
from logwatch.sources.targets import Target, open_source

COLUMNS = ("run", "metric", "step", "epoch", "time", "value", "line", "offset")

FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the begin of a formula, in ASCII and as wide characters."""

Row = tuple[str, str, JsonNumber, JsonNumber, JsonNumber, float | str, int, int]
Writer = Callable[[Iterator[Row]], None]


def csv_writer(out: TextIO) -> Writer:
    """Writes rows as CSV, the column names first; what is not known is empty."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)

    def write(rows: Iterator[Row]) -> None:
        writer.writerows((cell_text(run), cell_text(name), *rest) for run, name, *rest in rows)

    return write


def cell_text(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula: such a one begins with `'`.

    Controls are escapes, a tab or a newline at its begin among them. Numbers are no texts: -0.5
    stays as it is.
    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    shown = escape_controls(text)
    return f"'{shown}" if shown.startswith(FORMULA_SIGNS) else shown


def jsonl_writer(out: TextIO) -> Writer:
    """Writes a JSON object a line; what is not known is null."""

    def write(rows: Iterator[Row]) -> None:
        dump = json.JSONEncoder(allow_nan=False).encode
        out.writelines(dump(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in rows)

    return write


FORMATS: dict[str, Callable[[TextIO], Writer]] = {"csv": csv_writer, "jsonl": jsonl_writer}


def export_target(target: Target, library: Library, write: Writer, metrics: set[str]) -> set[str]:
    """Write the samples of these metrics (all, where the set is empty); return the names seen.

    Raises:
        SourceError: the target cannot be read, from there on.
    """
    with closing(open_source(target)) as source:
        own = library_beside(library, target.path)
        intake = Intake(source, own, Question())
        for _ in intake.advance():
            views = intake.session.take().series
            write(_rows_of(target.name, _wanted(views, metrics), intake.origin))
        return set(views)


def export_probed(
    target: Target, library: Library, write: Writer, metrics: set[str], probe: Probe, seconds: float
) -> None:
    """Write the samples of a log and of a probe beside it, once both have been heard.

    Raises:
        SourceError: the log cannot be read, or there is none and attaching is refused.
    """
    with closing(open_probed(target, probe)) as source:
        own = library_beside(library, target.path)
        intake = Intake(source, own, Question(), probe if target.path else None)
        for _ in intake.follow(seconds, probe):
            views = intake.session.take().series
            write(_rows_of(target.name, _wanted(views, metrics), intake.origin))
        told = intake.session.view().series  # now that it is known how steps of both lie together
        write(_rows_of(target.name, _wanted(told, metrics), intake.origin))


def _wanted(views: Mapping[str, SeriesView], metrics: set[str]) -> Iterator[SeriesView]:
    """The series that have samples and were asked for: all, where none was named."""
    for name, view in views.items():
        if len(view) and (not metrics or name in metrics):
            yield view


def _rows_of(run: str, views: Iterable[SeriesView], origin: int) -> Iterator[Row]:
    """Samples, sorted by their place in the log."""
    rows = [row for view in views for row in _rows(run, view, origin)]
    return iter(sorted(rows, key=lambda row: row[-1]))


def _rows(run: str, view: SeriesView, origin: int) -> Iterator[Row]:
    count = len(view)
    return zip(
        [run] * count,
        [view.name] * count,
        _counts(_known_steps(view)),
        _counts(view.epoch),
        _counts(view.time),
        view.value.tolist() if np.isfinite(view.value).all() else map(json_number, view.value),
        view.line.tolist(),
        (view.offset + origin * (view.offset < PROBE_BASE)).tolist(),
        strict=True,
    )


def _known_steps(view: SeriesView) -> Floats:
    """Steps of the log; where it counts epochs only, or nothing, no step is made up."""
    return view.step if view.axis == "step" else np.full(len(view), np.nan)


def _counts(column: Floats) -> Iterable[JsonNumber]:
    """`json_count` of a (n,) column, which mostly holds whole numbers or nothing."""
    known = np.isfinite(column)
    if not known.any():
        return repeat(None, len(column))
    if known.all() and (column == np.trunc(column)).all() and np.abs(column).max() < EXACT_INTEGER:
        whole: list[int] = column.astype(np.int64).tolist()
        return whole
    return map(json_count, column.tolist())
