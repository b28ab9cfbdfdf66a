"""Figures and places as a colleague writes them."""

import math

from logwatch.diagnosis.finding import Evidence
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import PROBE_BASE

OWN_DIGITS = 7
"""Significant digits up to which a number is shown as the log has it; float32 holds no more.
Source: IEEE 754 binary32, 24 bits = 7.2 decimal digits."""


def figure(value: float) -> str:
    """A number with the log's own digits where they are few, else with four: `3.07`, `2.05e+12`."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if float(value).is_integer() and abs(value) < 10**OWN_DIGITS:
        return str(int(value))
    own = f"{value:.{OWN_DIGITS}g}"
    return own if float(own) == value else f"{value:.4g}"


def digits(value: float) -> int:
    """Significant digits of a number as a log would have written it; zeros at its end are none."""
    mantissa = f"{value!r}".lower().partition("e")[0]
    return len(mantissa.replace("-", "").replace(".", "").strip("0")) if value else 0


def counted(count: float) -> str:
    """A whole number with thousands apart: `46,142`."""
    return f"{count:,.0f}"


def percent(fraction: float) -> str:
    """A signed change: `-28 %`, `+0.5 %`, `-0.42 %`."""
    value = 100 * fraction
    if not math.isfinite(value):
        return figure(value) + " %"
    digits = 0 if abs(value) >= 9.95 else 1
    if 99 <= abs(value) < 100:  # -99.95 % is not all
        digits = 2
    text = f"{value:+.{digits}f}"
    return f"{text if float(text) else text[1:]} %"


def share(fraction: float) -> str:
    """An unsigned part of a whole: `41 %`, `0.05 %`."""
    value = 100 * fraction
    return f"{value:.0f} %" if value >= 9.95 else f"{value:.2g} %"


def at(view: SeriesView, index: int) -> str:
    """Where a sample lies: `step 748`, `epoch 5`."""
    return f"{view.axis} {figure(float(view.step[index]))}"


def between(view: SeriesView, first: int, last: int) -> str:
    """A stretch of samples: `steps 0-2999`, `step 5` where it does not move."""
    ends = figure(float(view.step[first])), figure(float(view.step[last]))
    return at(view, last) if ends[0] == ends[1] else f"{view.axis}s {ends[0]}-{ends[1]}"


def steps(view: SeriesView, first: int = 0, last: int = -1) -> tuple[float, float]:
    """The steps of two samples, as a finding holds them."""
    return float(view.step[first]), float(view.step[last])


def evidence(view: SeriesView, *indices: int) -> tuple[Evidence, ...]:
    """The lines of these samples, each line once, in the order of the log.

    What a probe told is quoted as that one figure: its line holds all of a step.
    """
    places = {(int(view.line[i]), int(view.offset[i])): i for i in indices}
    return tuple(
        Evidence(line, offset, _quote(view, i) if offset >= PROBE_BASE else "")
        for (line, offset), i in sorted(places.items())
    )


def _quote(view: SeriesView, index: int) -> str:
    return f"{at(view, index)}: {view.name} = {float(view.value[index])!r}"
