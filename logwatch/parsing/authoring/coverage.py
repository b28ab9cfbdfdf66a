"""How much of a log is read: hits of every pattern, and the frequent lines that nothing read."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import regex

from logwatch.parsing.library import Library
from logwatch.parsing.lines import Cutter, Stretch
from logwatch.parsing.matching.plan import Planner
from logwatch.parsing.matching.shapes import Shapes
from logwatch.parsing.sanitize import clean_text

MAX_SKELETONS = 20_000
"""Kinds of unread lines that are counted; further ones are prose."""
WORD_OF_TRAINING = regex.compile(
    r"(?:loss(?:es)?|nll|perplexity|\bppl|\bacc(?:uracy)?|reward|rmse|\bmse|\bmae|\blr"
    r"|learning[ _-]rate|\bstep|\biter(?:ation)?|\bepoch|grad[ _-]?norm)[\w@)\]'\"]*"
    r"\s*[:=|(\[/]?\s*['\"]?(?:[-+]?[\d.]|nan)",
    regex.IGNORECASE,
)
"""A word of training with a number behind it."""
RUN_OF_DIGITS = regex.compile(r"\d+")


@dataclass
class Unread:
    """A kind of line that nothing read: how often it came, and the first of them."""

    count: int
    example: str
    line: int


@dataclass
class Findings:
    """What a survey of a log found.

    `hits` counts segments by (dialect, pattern); `seconds` is the time that planning spent on each.
    `numeric` counts the segments that hold a digit and a word of training, `read` those of them
    that a pattern read.
    """

    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: Mapping[tuple[str, str], float] = field(default_factory=dict)
    unread: dict[str, Unread] = field(default_factory=dict)
    numeric: int = 0
    read: int = 0

    @property
    def share(self) -> float:
        """The share of numeric training lines that were read; NaN where there are none."""
        return self.read / self.numeric if self.numeric else float("nan")

    def most_unread(self, count: int) -> list[Unread]:
        """The most frequent kinds of unread lines that hold a number."""
        return sorted(self.unread.values(), key=lambda one: -one.count)[:count]


class Survey:
    """Reads a log as an extractor does, and counts instead of keeping."""

    def __init__(self, library: Library, clock: Callable[[], float]) -> None:
        self._planner = Planner(library, clock)
        self._shapes = Shapes(self._planner)
        self._cutter = Cutter()
        self.findings = Findings(seconds=self._planner.seconds)

    def feed(self, data: bytes) -> None:
        """Count what the next bytes hold."""
        self._count(self._cutter.feed(data))

    def finish(self) -> Findings:
        """Count the unfinished last line, and give the result."""
        self._count(self._cutter.finish(), final=True)
        return self.findings

    def _count(self, stretch: Stretch, *, final: bool = False) -> None:
        readings, hits, unread = self._shapes.read(stretch, final=final)
        if unread is not None:
            self._cutter.give_back(stretch, unread)
            stretch = stretch.before(unread)
        touched = np.zeros(len(stretch), bool)
        for reading in readings:
            touched[reading.rows] = True
            self.findings.hits[reading.pattern.dialect, reading.pattern.name] += len(reading.rows)
        for hit in hits:
            touched[hit.rows] = True
        kinds: dict[bytes, list[int]] = {}
        for row, shape in enumerate(stretch.shapes(np.arange(len(stretch)))):
            if b"0" in shape:
                kinds.setdefault(shape, []).append(row)
        for rows in kinds.values():
            self._count_kind(stretch, rows, touched)

    def _count_kind(self, stretch: Stretch, rows: list[int], touched: "np.ndarray") -> None:
        text = clean_text(stretch.segment(rows[0]))
        seen = int(touched[rows].sum())
        if WORD_OF_TRAINING.search(text):
            self.findings.numeric += len(rows)
            self.findings.read += seen
        missed = len(rows) - seen
        skeleton = RUN_OF_DIGITS.sub("0", text)
        if not missed or (
            len(self.findings.unread) >= MAX_SKELETONS and skeleton not in self.findings.unread
        ):
            return
        first = next(row for row in rows if not touched[row])
        known = self.findings.unread.setdefault(
            skeleton, Unread(0, clean_text(stretch.segment(first)), int(stretch.lines[first]))
        )
        known.count += missed
