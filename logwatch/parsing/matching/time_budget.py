"""The time that each pattern has on a line; one that runs away is switched off."""

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import regex

from logwatch.parsing.dialects.dialect import TIME_BUDGET_S, EventPattern, Pattern

PER_CHARACTER_S = 5e-6
"""More time for longer lines: the pairs of the generic dialect need 3.5 us a character."""
ATTEMPTS = 2
"""Python may collect its garbage in the middle of a match, which counts as the pattern's time."""
MAX_STRIKES = 3
"""Lines on which a pattern may run out of time; one odd line must not cost a whole dialect."""

Found = TypeVar("Found")


def time_for(text: str) -> float:
    """Seconds of processor time that a pattern may spend on a text."""
    return TIME_BUDGET_S + PER_CHARACTER_S * len(text)


class TimeBudget:
    """Keeps how often each pattern ran out of time, by dialect and name."""

    def __init__(self) -> None:
        self.switched_off: set[tuple[str, str]] = set()
        self._strikes: Counter[tuple[str, str]] = Counter()

    @property
    def lost(self) -> bool:
        """Whether any pattern ran out of time on any line."""
        return bool(self._strikes)

    def attempt(
        self, pattern: Pattern | EventPattern, look: Callable[[], Found], otherwise: Found
    ) -> Found:
        """What `look` finds; `otherwise` where the pattern is switched off or runs out of time."""
        key = (pattern.dialect, pattern.name)
        if key in self.switched_off:
            return otherwise
        for _ in range(ATTEMPTS):
            try:
                return look()
            except TimeoutError:
                continue
        self._strikes[key] += 1
        if self._strikes[key] >= MAX_STRIKES:
            self.switched_off.add(key)
        return otherwise

    def find_event(self, event: EventPattern, text: str) -> "regex.Match[str] | None":
        """Where an event stands in a text."""
        return self.attempt(event, lambda: event.regex.search(text, timeout=time_for(text)), None)
