"""What the pairs of an unknown line mean together: a report of training, or nothing."""

import re
from collections.abc import Iterator

from logwatch.parsing.dialects.dialect import Pattern
from logwatch.parsing.matching.claim import Claim, Draft
from logwatch.parsing.matching.line_share import LineShare, is_other, judge_line
from logwatch.parsing.matching.names import (
    AXES,
    IDENTITIES,
    PHASES,
    UNPHASED,
    end_of_prose,
    is_measurement,
    is_setting,
)
from logwatch.parsing.matching.source_code import find_uncertainty_of_pairs, skeleton_of
from logwatch.parsing.matching.structure import BEFORE_COUNTER, Pair, find_pairs
from logwatch.parsing.matching.time_budget import time_for
from logwatch.parsing.sanitize import Text

UNNAMED = "batch"
"""What a counter without a name counts: `[ 120/ 1000]`."""
UNKNOWN_COVERED = 0.7
"""A line whose names nobody knows is a report when pairs are most of it, a counter among them."""


def match_structure(pattern: Pattern, text: Text, start: int, end: int) -> Iterator[Claim]:
    """The pairs of a line of a program that no dialect knows."""
    if _is_wordy(text.text[start:end]) or not _may_report(pattern, text, start, end):
        return
    pairs = find_pairs(text.text, start, end)
    if _is_prose(text.text[start:end], pairs):
        return
    draft, seen = Draft(pattern, text), LineShare(text.text[start:end], 0)
    fractions = settings = 0
    for pair in pairs:
        key, key_span = _name_of(pair, text.text)
        if pair.value[0] == pair.value[1]:
            if pair.name:
                draft.turn_to(pair.name)
        elif (
            not key
            or key.lower() in IDENTITIES
            or is_other(key, key_span[1], pair.value[0], text.text)
        ):
            continue
        span = min(pair.key[0], pair.value[0]), max(pair.key[1], pair.value[1], pair.end)
        seen.add(span[1] - span[0], span[1] - start)
        if pair.value[0] == pair.value[1] or _is_no_report(pair, key, text.text):
            continue
        draft.note_key(key)
        before = len(draft.metrics)
        draft.take(key, key_span, pair.value)
        _take_total(draft, key, pair)
        if len(draft.metrics) > before:
            fractions += not text.text[slice(*pair.value)].isdigit()
            settings += is_setting(key)
        if seen.spoken is None and (is_measurement(key) or key.lower() in PHASES):
            seen.spoken = seen.covered / max(seen.end, 1)
            seen.first = span[0] - start, span[1] - start
    if seen.spoken is not None:
        tentative = judge_line(draft, seen)
    else:
        tentative = _judge_unknown(draft, seen, fractions, settings)
    if tentative is not None and draft.metrics:
        yield draft.claim(start, end, tentative)


MOST_LEFT = 3
"""Words outside of pairs that a report may have: `INFO trainer rank`; a sentence has more."""
NAME_WORDS = 2
"""Words that a quantity's name has: `training loss`; more before them are a sentence."""
SENTENCE = frozenset({
    "a", "an", "and", "are", "be", "but", "by", "can", "did", "does", "for", "from", "has", "have",
    "if", "it", "not", "or", "should", "so", "than", "that", "the", "them", "then", "there",
    "this", "to", "us", "was", "we", "were", "when", "which", "will", "with", "you",
})  # fmt: skip
"""Words of sentences; a report has none outside of its names."""
WORD = re.compile(r"[^\W\d_]{2,}")
TIMED = re.compile(r"[\d.]+ ?(?:[mun]?s|sec|min|h)\b")


NUMBER_WORDS = 6
"""Words that a report has at most for each of its numbers: a name, a unit, a type around it."""
DIGITS = re.compile(r"\d+|\b(?:nan|inf)\b", re.IGNORECASE)


def _is_wordy(line: str) -> bool:
    """Whether a line has so few numbers for its words that it need not be cut into tokens."""
    return len(WORD.findall(line)) > MOST_LEFT + NUMBER_WORDS * len(DIGITS.findall(line))


def _may_report(pattern: Pattern, text: Text, start: int, end: int) -> bool:
    """Whether the line passes the head of its pattern."""
    limit = time_for(text.text)
    return not pattern.match or bool(pattern.regex.search(text.text, start, end, timeout=limit))


def _is_prose(line: str, pairs: list[Pair]) -> bool:
    """Whether more words stand outside of pairs than a report has."""
    rest = list(line)
    left = []
    for pair in pairs:
        left += WORD.findall(line[slice(*pair.key)])[:-NAME_WORDS]
        wrapped = (pair.key[0], max(pair.key[1], pair.end))
        for first, last in (wrapped, pair.value, pair.total or pair.key):
            rest[first:last] = " " * (last - first)
    left += [word for word in WORD.findall("".join(rest)) if word.lower() not in BEFORE_COUNTER]
    return len(left) > MOST_LEFT or not SENTENCE.isdisjoint(word.lower() for word in left)


def _is_no_report(pair: Pair, key: str, line: str) -> bool:
    """Whether a number is a time, or behind it stands a word that names no quantity."""
    if is_measurement(key) or key.lower() in AXES or key.lower() in UNPHASED:
        return "packet" in key.lower()
    return (pair.behind and "/" not in key) or bool(TIMED.match(line, pair.value[0]))


def _name_of(pair: Pair, line: str) -> tuple[str, tuple[int, int]]:
    """The words of a name that count, and where they are: a counter's own word, no prose."""
    first, last = pair.key
    if first == last:
        return UNNAMED, pair.key
    key = line[first:last].strip("[]()'\" ")
    counter = key.rpartition(" ")[2]
    if counter.lower() in AXES:
        return counter, (last - len(counter), last)
    cut = end_of_prose(key)
    return key[cut:], (first + cut, last)


def _take_total(draft: Draft, key: str, pair: Pair) -> None:
    """What a counter counts to."""
    axis = AXES.get(key.lower(), "")
    name = {"step": "total", "batch": "total", "epoch": "epochs"}.get(axis, "")
    number = draft.number(pair.total, "") if name and pair.total else None
    if number:
        draft.axes.setdefault(name, number)


def _judge_unknown(draft: Draft, seen: LineShare, floats: int, settings: int) -> str | None:
    """A line without a known loss: it counts when it comes again, with a counter and fractions."""
    covered = seen.covered >= UNKNOWN_COVERED * len(seen.line.strip())
    if not (draft.axes and covered and floats and not settings):
        return None
    return find_uncertainty_of_pairs(seen.line, 0, seen.end, skeleton_of(seen.line))
