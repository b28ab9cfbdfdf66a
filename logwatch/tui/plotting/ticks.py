"""The numbers and times at the ticks of an axis."""

import math

from logwatch.wording import DAY, HOUR, MINUTE, PLAIN_HIGH, PLAIN_LOW


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
