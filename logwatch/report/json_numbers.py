"""Numbers as JSON can hold them."""

import math

EXACT_INTEGER = 2.0**53
"""Above it a float64 no longer tells neighbours apart."""

JsonNumber = float | int | str | None


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
