"""Figures that count only as long as no other line tells them."""

from dataclasses import replace

import numpy as np

from logwatch.parsing.matching.reading import MISSING, MatchedLines, is_missing


class Fallbacks:
    """Remembers which metrics lines of other patterns have told.

    A bar of epochs shows the mean of the last one while the next one runs, and a message of a
    checkpoint names its evaluation: both are all that some logs have, and repetition in others.
    """

    def __init__(self) -> None:
        self._told: set[str] = set()

    def admit(self, readings: list[MatchedLines]) -> list[MatchedLines]:
        """The readings, without figures of fallback patterns that came after the metric's first."""
        first: dict[str, int] = {}
        for reading in readings:
            for name, column in {} if reading.pattern.fallback else reading.metrics.items():
                said = reading.rows[:0] if name in self._told else reading.rows[~is_missing(column)]
                if len(said):
                    first[name] = min(int(said[0]), first.get(name, int(said[0])))
        admitted = [
            self._without_told(reading, first) if reading.pattern.fallback else reading
            for reading in readings
        ]
        self._told.update(first)
        return admitted

    def _without_told(self, reading: MatchedLines, first: dict[str, int]) -> MatchedLines:
        kept = {}
        for name, column in reading.metrics.items():
            told = -1 if name in self._told else first.get(name, np.inf)
            kept[name] = np.where(reading.rows >= told, MISSING, column)
        return replace(reading, metrics=kept)
