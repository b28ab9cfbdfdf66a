"""Numbers as people read them, and as JSON can hold them."""

import math

SHORT_DIGITS = 10
"""A number that the log wrote with more signs is shown with six significant digits instead."""
EXACT_INTEGER = 2.0**53
"""Above it a float64 no longer tells neighbours apart."""

JsonNumber = float | int | str | None
UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


def json_number(value: float) -> float | str:
    """A number for JSON, which has no NaN and no infinity: those become strings."""
    if math.isfinite(value):
        return float(value)
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def json_count(value: float | None) -> JsonNumber:
    """A step or an epoch for JSON: whole where it is whole, None where it is not known."""
    if value is None or math.isnan(value):
        return None
    if value.is_integer() and abs(value) < EXACT_INTEGER:
        return int(value)
    return json_number(value)


def short_number(value: float) -> str:
    """A number with the log's own digits where they are few: `3.07`, `3e-05`, `NaN`, `Inf`."""
    if not math.isfinite(value):
        return str(json_number(value)).replace("Infinity", "Inf")
    if value.is_integer() and abs(value) < 10**SHORT_DIGITS:
        return str(int(value))
    text = repr(float(value))
    return text if len(text) <= SHORT_DIGITS else f"{value:.6g}"


def rough_number(value: float) -> str:
    """A computed rate with three significant digits."""
    return f"{value:.0f}" if 1000 <= abs(value) < 10**SHORT_DIGITS else f"{value:.3g}"


def duration(seconds: float) -> str:
    """Seconds in the two greatest units that matter: `10 h 17 min`, `42 s`."""
    if not math.isfinite(seconds):
        return "unknown time"
    left, words = max(0.0, round(seconds)), []
    for size, unit in UNITS:
        count, left = divmod(left, size)
        if count:
            words.append(f"{count:.0f} {unit}")
        elif words:
            break
    return " ".join(words[:2]) or "0 s"
