"""The learning rate that the log prints against the one that a probe finds in the optimizer."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from logwatch.diagnosis.analysis import probe_parts, wording
from logwatch.diagnosis.analysis.printed_lr import RATE
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

IN_A_ROW = 3
"""Printed rates that no group has: a schedule that is stepped between the print and the step is one
late, not three."""

NEWEST = 50
"""Printed rates that are looked at: a log that is long since wrong says so in these too."""

HALF_PLACE = 0.51
"""Of the last printed place: what rounding may have moved, and a little for binary fractions."""

MOST_ROUNDED = 0.05
"""Part of a rate up to which rounding is believed: `%.1e`, the coarsest format in use, keeps two
digits, so that 1.0e-04 may be 9.5e-05."""


@rule("lr-not-printed")
def find_other_rate(run: RunView, question: Question) -> Iterable[Finding]:
    """The learning rate that the log prints is not one that the optimizer has.

    Needs a probe beside a log.
    Values: `printed`, `used` (the nearest of the groups at that time), `times` (in a row).
    """
    printed, rates = run.get("lr"), probe_parts.parts_of(run, "lr")
    if printed is None or not rates or not probe_parts.is_probed(run):
        return
    compared = list(_compare(printed, list(rates.values()), question))
    wrong = 0
    while wrong < len(compared) and not compared[-1 - wrong][2]:
        wrong += 1
    if wrong < IN_A_ROW:
        return
    first, (index, used, _) = compared[-wrong][0], compared[-1]
    value = float(printed.value[index])
    yield Finding(
        rule="lr-not-printed",
        severity=Severity.warning,
        title=(
            f"the log prints lr {wording.figure(value)}, the optimizer uses {wording.figure(used)}"
        ),
        detail=(
            f"So in the newest {wrong} logs of it: no group "
            f"({probe_parts.list_names(sorted(rates))}) had the printed rate at that time. A rate "
            "that is printed per sample or per replica would explain a constant factor."
        ),
        remedy="Print optimizer.param_groups[i]['lr'], after scheduler.step().",
        metric=printed.name,
        steps=wording.steps(printed, first, index),
        values={"printed": value, "used": used, "times": float(wrong)},
        evidence=(
            *wording.evidence(printed, first, index),
            *wording.evidence(next(iter(rates.values())), -1),
        ),
    )


def _compare(
    printed: SeriesView, rates: list[SeriesView], question: Question
) -> Iterator[tuple[int, float, bool]]:
    """For the newest rates printed while probed: index, nearest real rate, whether one fits.

    A rate fits where a group's went through it between the printed lines before and after.
    """
    began = min(int(rate.line[0]) for rate in rates)
    start = max(int(printed.line.searchsorted(began)), len(printed) - NEWEST)
    for index in range(start, len(printed) - 1):  # the newest one may be older than its line
        before, after = int(printed.line[max(index - 1, 0)]), int(printed.line[index + 1])
        spans = []
        for rate in rates:
            at = rate.value[(rate.line >= before) & (rate.line <= after)]
            if len(at):
                spans.append((float(at.min()), float(at.max())))
        if spans:
            value = float(printed.value[index])
            slack = _slack(value, int(printed.offset[index]), question)
            nearest = min((abs(value - end), end) for span in spans for end in span)[1]
            fits = any(low - slack <= value <= high + slack for low, high in spans)
            yield index, nearest, fits


def _slack(value: float, offset: int, question: Question) -> float:
    """How far a printed rate may lie from the real one: half of its last place.

    `0.0000` may be anything below 0.00005, `0.00e+00` and `0.0` are 0.
    """
    if value:
        place = Decimal(repr(value)).as_tuple().exponent
        return min(HALF_PLACE * 10.0 ** int(place), MOST_ROUNDED * abs(value))
    found = RATE.search(question.read_line(offset))
    text = found[1].lower() if found else ""
    decimals = len(text.partition(".")[2])
    return HALF_PLACE * 10.0**-decimals if decimals >= 2 and "e" not in text else 0.0
