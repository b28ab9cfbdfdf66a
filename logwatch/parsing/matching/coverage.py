"""How much of a log is read: lines that report how training goes, and those that gave a number."""

from dataclasses import dataclass

import numpy as np
import regex

from logwatch.parsing.lines import Stretch
from logwatch.parsing.matching.names import SETTING_WORD
from logwatch.parsing.matching.reading import MatchedLines, is_missing
from logwatch.parsing.record import Coverage, Ints, Mask
from logwatch.parsing.sanitize import clean_text

MAX_KINDS = 2000
"""Kinds of lines that are counted; a log has a few dozen, and more of them are prose."""

LEAST_LINES = 3
"""Lines of a kind that make it one of training: settings and sentences stand once or twice."""

MAX_SHOWN = 200
"""Characters kept of an example."""

REPORTED = regex.compile(
    r"(?P<key>(?:loss(?:es)?|nll|xent|perplexity|reward|rmse"
    r"|(?<![a-z])(?:ppl|acc(?:uracy)?|mse|mae|elbo|bleu))[\w@./-]*+)(?<!/)"
    r"[)\]'\"]*[ \t]*(?:[:=|(\[]|=>|is\b|of\b)?[ \t]*['\"\[(]*(?:[-+]?\.?\d|nan\b|inf\b)",
    regex.IGNORECASE,
)
"""A loss or a score with a number behind it."""

BEFORE = regex.compile(r"[\w./-]*\Z")
"""What of a key stands before the word that `REPORTED` finds."""

CODE = regex.compile(r"\.(?:py|cuh?|cc|cpp|h)\b")
"""A key that is a file: its number is that of a line."""

RETOLD = regex.compile(
    r"\b(?:resum|load|restor|sav(?:e|ing)|best|early|expect|target|improv|usage|default|warn"
    r"|did not|finished|done|final)",
    regex.IGNORECASE,
)
"""Words of lines that repeat what training lines say, and of settings."""

HELD = regex.compile(rb"loss|nll|xent|ppl|perplexity|acc|reward|mse|mae|elbo|bleu")
"""What each line that `REPORTED` finds holds, in lower case: most lines are passed over by it."""

RUN_OF_DIGITS = regex.compile(r"\d+")
NOT_COUNTED = 0
"""The kind of the lines that do not report how training goes."""


@dataclass(slots=True)
class _Kind:
    """The first line of a kind that nothing read."""

    example: str = ""
    line: int = 0


class Counted:
    """Counts the lines of each kind that reports how training goes, and those that were read."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._kinds = [_Kind()]
        self._lines = np.zeros(MAX_KINDS + 1, np.int64)
        self._read = np.zeros(MAX_KINDS + 1, np.int64)

    def number(self, line: bytes) -> int:
        """The number of the kind of a line, `NOT_COUNTED` where it reports nothing of training."""
        lowered = line.lower()
        if not HELD.search(lowered) or not reports(text := clean_text(line)):
            return NOT_COUNTED
        skeleton = RUN_OF_DIGITS.sub("0", text)
        number = self._numbers.get(skeleton)
        if number is None:
            if len(self._numbers) >= MAX_KINDS:
                return NOT_COUNTED
            number = self._numbers[skeleton] = len(self._kinds)
            self._kinds.append(_Kind())
        return number

    def count(self, kinds: Ints, read: Mask, stretch: Stretch) -> None:
        """Count the (n,) segments of a stretch; `kinds` are their numbers, `read` which were."""
        rows = np.flatnonzero(kinds)
        if not len(rows):
            return
        said = kinds[rows]
        np.add.at(self._lines, said, 1)
        np.add.at(self._read, said[read[rows]], 1)
        for row in _firsts(rows[~read[rows]], kinds):
            kind = self._kinds[int(kinds[row])]
            if not kind.line:
                kind.example = clean_text(stretch.segment(row)).strip()[:MAX_SHOWN]
                kind.line = int(stretch.lines[row])

    def look(self) -> Coverage:
        """What was counted so far."""
        again = self._lines >= LEAST_LINES
        missed = np.where(again, self._lines - self._read, 0)
        worst = int(np.argmax(missed))
        least = self._kinds[worst] if missed[worst] else _Kind()
        return Coverage(
            int(self._lines[again].sum()), int(self._read[again].sum()), least.example, least.line
        )


def reports(text: str) -> bool:
    """Whether a line names a loss or a score with its number, and is not a setting or an echo."""
    for found in REPORTED.finditer(text):
        begin = max(0, found.start() - MAX_SHOWN)
        before = BEFORE.search(text, begin, found.start())
        key = (before[0] if before else "") + found["key"]
        if not SETTING_WORD.search(key) and not CODE.search(key):
            return not RETOLD.search(text, 0, found.end())
    return False


def rows_read(readings: list[MatchedLines], size: int) -> Mask:
    """Which of the segments of a stretch gave a number: (size,) bool."""
    read = np.zeros(size, bool)
    for reading in readings:
        for column in reading.metrics.values():
            read[reading.rows[~is_missing(np.asarray(column))]] = True
    return read


def _firsts(rows: Ints, kinds: Ints) -> list[int]:
    """The first row of each kind."""
    return [int(rows[at]) for at in np.unique(kinds[rows], return_index=True)[1]]
