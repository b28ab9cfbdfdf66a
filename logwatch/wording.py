"""Numbers, durations, sizes and rates as short text: one place for `check`, screen and findings.

The same value reads the same wherever it is printed. A step is written without separators, as the
log has it, so that it can be searched for; a count of things has them from five digits on.
"""

import math
from dataclasses import dataclass

import numpy as np

from logwatch.parsing.record import Floats

OWN_DIGITS = 7
"""Significant digits up to which a number is shown as the log has it; float32 holds no more.
Source: IEEE 754 binary32, 24 bits = 7.2 decimal digits."""

WHOLE_DIGITS = 10
"""Digits up to which a whole number is written out."""

RECENT = 32
"""Newest values that tell a log's precision: enough that trailing zeros do not hide a digit
(one value in ten ends in 0, so 32 values all do with a chance of 1e-32)."""

PLAIN_LOW, PLAIN_HIGH = 1e-3, 1e7
"""Outside of these a number is written as 3.0e-05. Between them digits are read at a glance."""

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1.0, "s"))

COMPUTED = ("_bytes", "_per_s", "_s", "mfu")
"""Endings of metrics that parsing has converted to base units: their digits are not the log's."""


def figure(value: float) -> str:
    """A number with the log's own digits where they are few, else with four: `3.07`, `2.05e+12`."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Inf" if value > 0 else "-Inf"
    if float(value).is_integer() and abs(value) < 10**WHOLE_DIGITS:
        return str(int(value))
    own = f"{value:.{OWN_DIGITS}g}"
    return own if float(own) == value else f"{value:.4g}"


def digits(value: float) -> int:
    """Significant digits of a number as a log would have written it; zeros at its end are none."""
    mantissa = f"{value!r}".lower().partition("e")[0]
    return len(mantissa.replace("-", "").replace(".", "").strip("0")) if value else 0


def rough(value: float) -> str:
    """A computed number with three significant digits."""
    return f"{value:.0f}" if 1000 <= abs(value) < 10**WHOLE_DIGITS else f"{value:.3g}"


def count(number: float) -> str:
    """A count as people write it: `3000`, from five digits on with commas: `24,941`."""
    if not math.isfinite(number):
        return "?"
    if number != round(number):
        return f"{number:,.2f}"
    return f"{number:.0f}" if abs(number) < 10_000 else f"{number:,.0f}"


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


def change(first: float, last: float) -> str:
    """How `last` differs from `first`: `-46 %`, `x12` from ten times on; else empty."""
    if not (math.isfinite(first) and math.isfinite(last)) or first == 0:
        return ""
    ratio = last / first
    if ratio >= 10:
        return f"x{ratio:.0f}" if ratio < 1e4 else f"x{ratio:.0e}".replace("e+0", "e")
    moved = (last - first) / abs(first)
    if moved == 0 or abs(moved) >= 10:
        return "" if moved else "0 %"
    return percent(moved)


def duration(seconds: float) -> str:
    """A length of time in the two greatest units that matter: `10 h 17 min`; `?` for NaN, Inf."""
    if not math.isfinite(seconds):
        return "?"
    left, words = max(0.0, round(seconds)), []
    for size, unit in UNITS:
        number, left = divmod(left, size)
        if number:
            words.append(f"{number:.0f} {unit}")
        elif words:
            break
    return " ".join(words[:2]) or "0 s"


def rough_duration(seconds: float) -> str:
    """A computed length of time in one unit: `45 s`, `12 min`, `5.2 h`; `no end` for Inf."""
    if math.isinf(seconds):
        return "no end"
    size, unit = next((pair for pair in UNITS if seconds >= 2 * pair[0]), UNITS[-1])
    number = seconds / size
    return f"{number:.0f} {unit}" if number >= 10 or unit == "s" else f"{number:.2g} {unit}"


def age(seconds: float) -> str:
    """How long ago, no finer than it matters: `20 s`, `39 min`, `3 h 12 min`, `2 d 4 h`."""
    step = 10 if seconds < MINUTE else MINUTE
    return duration(seconds // step * step)


def rate(steps_per_s: float) -> str:
    """A speed the way that people say it: `1.62 s/it` when slow, `3.1 it/s` when fast."""
    if not math.isfinite(steps_per_s) or steps_per_s <= 0:
        return ""
    if steps_per_s >= 1:
        return f"{steps_per_s:.3g} it/s" if steps_per_s < 1000 else f"{steps_per_s:.0f} it/s"
    seconds = 1 / steps_per_s
    return f"{seconds:.3g} s/it" if seconds < MINUTE else f"{duration(seconds)}/it"


def size(number: float) -> str:
    """Bytes in units of 1000: `1.4 GB`."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if number < 1000 or unit == "TB":
            return (
                f"{number:.0f} {unit}" if unit == "B" or number >= 100 else f"{number:.1f} {unit}"
            )
        number /= 1000
    return ""


@dataclass(frozen=True, slots=True)
class Precision:
    """How a log writes a quantity: digits after the point, with or without an exponent."""

    decimals: int = 2
    exponent: bool = False


def find_precision(values: Floats) -> Precision:
    """The precision of the newest values, (n,), told by their shortest exact text; NaN ignored."""
    recent = values[-RECENT:]
    recent = recent[np.isfinite(recent)]
    sizes = np.abs(recent[recent != 0])
    if not len(sizes):
        return Precision(0 if len(recent) else 2)
    exponent = bool(sizes.max() < PLAIN_LOW or sizes.max() >= PLAIN_HIGH)
    texts = [f"{v!r}" if not exponent else _mantissa(v) for v in map(float, recent) if v != 0]
    decimals = max(_count_decimals(text) for text in texts)
    return Precision(min(decimals, 2 if exponent else 6), exponent)


def _mantissa(value: float) -> str:
    """The mantissa of the shortest exact text: 3e-05 is `3`, 1.25e-05 is `1.25`."""
    digits = f"{value:.16e}".partition("e")[0]
    for count in range(17):
        text = f"{value:.{count}e}"
        if float(text) == value:
            digits = text.partition("e")[0]
            break
    return digits


def _count_decimals(text: str) -> int:
    mantissa, _, power = text.partition("e")
    fraction = mantissa.partition(".")[2]
    fraction = "" if fraction == "0" else fraction
    return max(len(fraction) - (int(power) if power else 0), 0)


def value_text(value: float, precision: Precision | None = None, width: int = 9) -> str:
    """A number in at most `width` (>= 6) characters; NaN, Inf and -Inf by these names."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    precision = precision or find_precision(np.array([value]))
    if precision.exponent and value != 0:
        text = f"{value:.{precision.decimals}e}"
    else:
        text = f"{value:.{precision.decimals}f}"
        if value != 0 and abs(value) < 0.5 * 10.0**-precision.decimals:
            text = f"{value:.1e}"
    if len(text) <= width:
        return text
    for digits in range(min(width, 17), 0, -1):
        text = f"{value:.{digits}g}"
        if len(text) <= width:
            return text
    return f"{value:.0e}"


def metric_value(name: str, number: float, precision: Precision, width: int = 9) -> str:
    """A value in its unit: as the log writes it, but what was computed from it in few digits."""
    last = name.rpartition("/")[2]
    if not math.isfinite(number) or not last.endswith(COMPUTED):
        return value_text(number, precision, width)
    if last.endswith("_bytes"):
        return size(number)
    return f"{number:.3g}" if abs(number) < 1000 else value_text(number, Precision(0), width)
