"""How much of an unknown line is counters, names and numbers: prose with a number is no report."""

from dataclasses import dataclass

import regex

from logwatch.parsing.matching.claim import Draft
from logwatch.parsing.matching.names import PHASES, is_measurement
from logwatch.parsing.matching.source_code import find_uncertainty_of_pairs, skeleton_of

MIN_COVERED = 0.5
"""A guarded line is a training line when counters, keys and numbers are half of it at least: prose
with a number in it is not. Measured on the real logs that stand beside the checkout."""

ALL_COVERED = 0.9
"""Of a line that begins with a loss, so much is it: the rest are blanks and a bracket."""


@dataclass(slots=True)
class LineShare:
    """How much of a line is counters, keys and numbers: `covered` of its first `end` characters.

    `spoken` is the share of them up to the first loss or score, which stands at `first`.
    """

    line: str
    covered: int
    end: int = 0
    spoken: float | None = None
    first: tuple[int, int] = (0, 0)

    def add(self, length: int, end: int) -> None:
        """Count a pair of `length` that ends at `end`."""
        self.covered += length
        self.end = end

    @property
    def is_most(self) -> bool:
        """Whether it is half of the line, or all that the line begins with and no number after."""
        if self.covered >= MIN_COVERED * len(self.line.strip()):
            return True
        rest = self.line[self.end :]
        return (self.spoken or 0.0) >= ALL_COVERED and not any(map(str.isdigit, rest))


def judge_line(draft: Draft, seen: LineShare) -> str | None:
    """Whether an unknown program's line reports training: "" yes, None no, else its skeleton.

    It must name a loss or a score. A line with a counter counts at once, whatever is glued behind
    it; one without counts when its skeleton comes again with other numbers. `train 2.3 | val 2.4`
    are losses where a counter stands with them; without it they are sizes.
    """
    phases = {PHASES.get(key.lower()) for key in draft.keys}
    bare = bool(draft.axes) and "train" in phases and len(phases - {None}) > 1
    if seen.spoken is None or not (bare or any(is_measurement(key) for key in draft.keys)):
        return None
    if draft.axes and seen.spoken >= MIN_COVERED:
        return find_uncertainty_of_pairs(seen.line, *seen.first, "")
    return (
        find_uncertainty_of_pairs(seen.line, *seen.first, skeleton_of(seen.line))
        if seen.is_most
        else None
    )


TIMED = regex.compile(r"[\d.]+ ?(?:[mun]?s|sec(?:onds?)?|min(?:utes?)?)\b")
MAX_WORDS = 16
"""Characters before a loss in which is looked whether it is counted."""
WHOLE = regex.compile(r"\d++(?![.,]?\d)")
COUNTED = regex.compile(r"(?i:number of|count of|n_)\s*$")


def is_other(key: str, key_end: int, value: int, text: str) -> bool:
    """Whether a phase is only numbered, `Eval 3 at step 4000`, or a loss only timed, `loss 3 ms`,
    or counted, `number of losses: 3`. Its name ends at `key_end`, its number begins at `value`."""
    if key.lower() in PHASES:
        return WHOLE.match(text, value) is not None
    if not is_measurement(key):
        return False
    begin = key_end - len(key)
    before = text[max(0, begin - MAX_WORDS) : begin]
    return bool(TIMED.match(text, value) or COUNTED.search(before))
