"""How fast steps arrive in a log that is followed, for logs that print neither time nor rate."""

import math
from collections import deque

from logwatch.metrics.pace import LEAST_SECONDS

MOST_STEPS = 256
"""Newest arrivals that are kept: a rate of an hour ago says little."""
LEAST_STEPS = 3
"""Fewer arrivals tell no rate: the first may have come with a whole buffer of lines."""


class Arrivals:
    """When each newest step was first seen; only steps that come while we look are noted."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque(maxlen=MOST_STEPS)

    def note(self, clock: float, step: float) -> None:
        """Take in the newest step; `clock` is in seconds. A step that goes back begins anew."""
        if math.isnan(step) or (self._seen and step == self._seen[-1][1]):
            return
        if self._seen and step < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((clock, step))

    @property
    def per_s(self) -> float:
        """Steps per second, NaN until that can be told."""
        if len(self._seen) < LEAST_STEPS:
            return math.nan
        (began, first), (ended, last) = self._seen[0], self._seen[-1]
        return (last - first) / (ended - began) if ended - began >= LEAST_SECONDS else math.nan
