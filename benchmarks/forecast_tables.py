"""Forecasts of real curves as tables in Markdown."""

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
from calibration import Answer
from precedents import TRUSTS
from reaching import Reliability

HORIZONS = ((1.0, 1.5), (1.5, 3.0), (3.0, 5.0))
"""True step over the step at the cut."""


def show_errors(ways: Mapping[str, Sequence[Answer]]) -> str:
    """A row a way to forecast: cases, median errors by true horizon, what intervals held."""
    count = len(next(iter(ways.values())))
    head = [f"{count} cases", "all", *(f"{low:g}-{high:g} times" for low, high in HORIZONS)]
    rows = [[*head, "held", "high/low", "no end"]]
    for name, answers in ways.items():
        inside = [[a for a in answers if low <= a.case.horizon < high] for low, high in HORIZONS]
        rows.append([name, *map(_error, [answers, *inside]), *_interval(answers)])
    return _table(rows)


def show_sources(ways: Mapping[str, Sequence[Answer]], known: frozenset[str]) -> str:
    """A row a collection: median error and what intervals held, for each way to forecast."""

    def collection(answer: Answer) -> str:
        source = answer.case.curve.source
        return source if source in known else "logs"

    rows = [["", *(f"{name}: {what}" for name in ways for what in ("error", "held", "high/low"))]]
    for name in sorted({collection(a) for answers in ways.values() for a in answers}):
        row = [name]
        for answers in ways.values():
            own = [a for a in answers if collection(a) == name]
            row += [_error(own), *_interval(own)[:2]]
        rows.append(row)
    return _table(rows)


def show_trust(answers: Sequence[tuple[Answer, Answer, float]]) -> str:
    """A row a weight of the baseline: errors and what intervals held, without it and with it."""
    names = ("error without", "with", "held without", "with", "high/low without", "with")
    rows = [["weight of the baseline", "cases", *names]]
    for low, high in [(TRUSTS[0], TRUSTS[-1]), *itertools.pairwise(TRUSTS)]:
        part = [row for row in answers if low <= row[2] < high or row[2] == high == TRUSTS[-1]]
        without, beside = ([row[at] for row in part] for at in (0, 1))
        figures = zip(_figures(without), _figures(beside), strict=True)
        title = "all" if high - low == TRUSTS[-1] else f"{low:g}-{high:g}"
        rows.append([title, str(len(part)), *(figure for both in figures for figure in both)])
    return _table(rows)


def show_reliability(found: Reliability) -> str:
    """How often it came true, by the probability that was told."""
    rows = [["told", "cases", "reached"]]
    for low, high, cases, share in found.fifths:
        rows.append([f"{low:.1f}-{high:.1f}", str(cases), f"{share:.2f}"])
    words = f"{found.cases} cases, collections held out: {found.accuracy:.0%} right at one half, "
    return f"{words}area under the ROC curve {found.area:.2f}.\n\n{_table(rows)}"


def _figures(answers: Sequence[Answer]) -> list[str]:
    return [_error(answers), *_interval(answers)[:2]]


def _error(answers: Sequence[Answer]) -> str:
    return f"{np.median([a.error for a in answers]):.3f}" if answers else "-"


def _interval(answers: Sequence[Answer]) -> list[str]:
    """Share held, median width, share without an end; dashes where there is no interval."""
    if not answers or math.isnan(answers[0].low):
        return ["-", "-", "-"]
    held = np.mean([a.holds for a in answers])
    width = np.median([a.high / max(a.low, 1e-9) for a in answers])
    endless = np.mean([math.isinf(a.high) for a in answers])
    return [f"{held:.2f}", f"{width:.2f}", f"{endless:.3f}"]


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
