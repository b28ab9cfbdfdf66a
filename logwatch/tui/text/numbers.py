"""Numbers, durations and sizes as short text, at the precision that the log gives. Pure."""

import math
from dataclasses import dataclass

import numpy as np

from logwatch.parsing.record import Floats

RECENT = 32
"""Newest values that tell a log's precision: enough that trailing zeros do not hide a digit
(one value in ten ends in 0, so 32 values all do with a chance of 1e-32)."""

PLAIN_LOW, PLAIN_HIGH = 1e-3, 1e7
"""Outside of these a number is written as 3.0e-05. Between them digits are read at a glance."""

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


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


def show_value(value: float, precision: Precision | None = None, width: int = 9) -> str:
    """A number in at most `width` (>= 6) characters; NaN, Inf and -Inf by these names."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    precision = precision or find_precision(np.array([value]))
    if precision.exponent and value != 0:
        text = f"{value:.{max(precision.decimals, 1)}e}"
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


def show_change(first: float, last: float) -> str:
    """How `last` differs from `first`: `-46 %`, `x12` from ten times on; else empty."""
    if not (math.isfinite(first) and math.isfinite(last)) or first == 0:
        return ""
    ratio = last / first
    if ratio >= 10:
        return f"x{ratio:.0f}" if ratio < 1e4 else f"x{ratio:.0e}".replace("e+0", "e")
    change = 100 * (last - first) / abs(first)
    if abs(change) >= 1000:
        return ""
    text = f"{change:+.0f} %" if abs(change) >= 9.95 else f"{change:+.1f} %"
    return "0 %" if change == 0 else text


def show_tick(value: float, step: float) -> str:
    """A round number beside an axis whose ticks are `step` apart (0 on a log axis)."""
    size = max(abs(value), abs(step))
    if value == 0:
        return "0"
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        unit = 1e3 if letter == "k" else limit
        if limit <= size < 1e12 and _is_round(value / unit):
            return f"{value / unit:g}{letter}"
    if size < PLAIN_LOW or size >= PLAIN_HIGH:
        return f"{value:.3g}"
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    return f"{value:.{decimals}f}" if step > 0 else f"{value:g}"


def _is_round(value: float) -> bool:
    return abs(value * 100 - round(value * 100)) < 1e-6


def show_clock(seconds: float, step: float) -> str:
    """A time since the start, as short as the distance between ticks allows."""
    if step >= DAY and seconds >= DAY:
        return f"{seconds / DAY:g} d"
    if step >= HOUR or seconds == 0:
        return f"{seconds / HOUR:g} h"
    hours, minutes = int(seconds // HOUR), int(seconds % HOUR // MINUTE)
    if step >= MINUTE:
        return f"{hours}:{minutes:02d}" if hours else f"{minutes} min"
    clock = f"{minutes}:{int(seconds % MINUTE):02d}"
    return f"{hours}:{clock.zfill(5)}" if hours else clock


def show_duration(seconds: float) -> str:
    """A length of time in two units: `45 s`, `3 m 20 s`, `12 h 03 m`, `2 d 04 h`; `?` for NaN."""
    if not math.isfinite(seconds) or seconds < 0:
        return "?"
    total = round(seconds)
    if total < MINUTE:
        return f"{total} s"
    if total < HOUR:
        return f"{total // 60} m {total % 60:02d} s"
    if total < DAY:
        return f"{total // 3600} h {total % 3600 // 60:02d} m"
    return f"{total // 86400} d {total % 86400 // 3600:02d} h"


def show_age(seconds: float) -> str:
    """How long ago, no finer than it matters: `20 s`, `39 min`, `3 h 12 m`, `2 d 04 h`."""
    if seconds < MINUTE:
        return f"{seconds // 10 * 10:.0f} s"
    return (
        f"{seconds // MINUTE:.0f} min" if seconds < HOUR else show_duration(seconds // MINUTE * 60)
    )


def show_rate(steps_per_s: float) -> str:
    """A speed the way that people say it: `1.62 s/it` when slow, `3.1 it/s` when fast."""
    if not math.isfinite(steps_per_s) or steps_per_s <= 0:
        return ""
    if steps_per_s >= 1:
        return f"{steps_per_s:.3g} it/s" if steps_per_s < 1000 else f"{steps_per_s:.0f} it/s"
    seconds = 1 / steps_per_s
    return f"{seconds:.3g} s/it" if seconds < MINUTE else f"{show_duration(seconds)}/it"


def show_count(value: float) -> str:
    """A count as people write it: `3000`, from five digits on with commas: `24,941`."""
    if not math.isfinite(value):
        return "?"
    if value != round(value):
        return f"{value:,.2f}"
    return f"{value:.0f}" if abs(value) < 10_000 else f"{value:,.0f}"


def show_size(count: float) -> str:
    """Bytes in units of 1000: `1.4 GB`."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < 1000 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return ""
