"""How each kind of pattern finds its claims on a line."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import regex

from logwatch.parsing.dialects.dialect import Pattern
from logwatch.parsing.matching.claim import Claim, Draft, Metric
from logwatch.parsing.matching.line_share import LineShare, is_other, judge_line
from logwatch.parsing.matching.literal import VALUE_KEYS, find_named_value, find_objects
from logwatch.parsing.matching.names import (
    AXES,
    IDENTITIES,
    PHASES,
    UNPHASED,
    end_of_prose,
    is_measurement,
    is_setting,
)
from logwatch.parsing.matching.source_code import find_uncertainty_of_object, skeleton_of
from logwatch.parsing.matching.structure_claim import match_structure
from logwatch.parsing.matching.time_budget import time_for
from logwatch.parsing.sanitize import Text

UNNAMED_COUNTER = "batch"
"""What a counter without a name counts: `Epoch: 3 [640/60000 (1%)]`."""

Matcher = Callable[[Pattern, Text, int, int], Iterator[Claim]]


def match_regex(pattern: Pattern, text: Text, start: int, end: int) -> Iterator[Claim]:
    """Named groups are counters and metrics; repeated `key` and `value` groups are pairs."""
    found = pattern.regex.search(text.text, start, end, timeout=time_for(text.text))
    if not found:
        return
    draft = Draft(pattern, text)
    draft.take_words(found)
    draft.take_groups(found)
    take_pairs(draft, found)
    yield draft.claim(
        start if pattern.whole_line else found.start(), end if pattern.whole_line else found.end()
    )


def match_kv(pattern: Pattern, text: Text, start: int, end: int) -> Iterator[Claim]:
    """A head, then pairs of key and value to the end of the line."""
    head = pattern.regex.search(text.text, start, end, timeout=time_for(text.text))
    if not head:
        return
    draft = Draft(pattern, text)
    draft.take_words(head)
    draft.take_groups(head)
    paired, seen = False, LineShare(text.text[start:end], head.end() - head.start())
    limit = time_for(text.text)
    for pair in pattern.pair_regex.finditer(text.text, head.end(), end, timeout=limit):
        if pair.groupdict().get("section"):
            draft.turn_to(pair["section"])
            seen.add(pair.end() - pair.start(), pair.end() - start)
            continue
        key, key_span, paired = pair["key"] or UNNAMED_COUNTER, pair.span("key"), True
        if pattern.guarded:
            cut = end_of_prose(key)
            key, key_span = key[cut:], (key_span[0] + cut, key_span[1])
            if (
                not key
                or key.lower() in IDENTITIES
                or is_other(key, pair.end("key"), pair.start("value"), text.text)
            ):
                continue
            draft.note_key(key)
        draft.take(key, key_span, pair.span("value"))
        draft.take_total(key, pair)
        seen.add(pair.end() - pair.start(), pair.end() - start)
        if seen.spoken is None and (is_measurement(key) or key.lower() in PHASES):
            seen.spoken = seen.covered / seen.end
            seen.first = pair.start() - start, pair.end() - start
    if pattern.need and not any(key in pattern.need for key in draft.keys):
        return
    if not (paired or draft.metrics or pattern.sets):
        return  # another program's line that begins alike
    tentative = ""
    if pattern.guarded:
        verdict = judge_line(draft, seen)
        if verdict is None:
            return
        tentative = verdict
    yield draft.claim(start, end, tentative)


def match_literal(pattern: Pattern, text: Text, start: int, end: int) -> Iterator[Claim]:
    """Every dict or JSON object that holds one of the needed keys."""
    for items, opens, closes in find_objects(text.text, start, end):
        if pattern.need and not pattern.needs([item.key for item in items]):
            continue
        if pattern.match and not pattern.regex.search(
            text.text, opens, closes, timeout=time_for(text.text)
        ):
            continue
        draft = Draft(pattern, text)
        name = find_named_value(text.text, opens, closes, items) if pattern.guarded else None
        for item in items:
            if name is None:
                draft.take(item.key, item.key_span, (item.start, item.end))
            elif item.key in VALUE_KEYS:
                draft.take(*name, (item.start, item.end))
            elif (counter := item.key.rpartition("/")[2]) in AXES:
                draft.take(counter, item.key_span, (item.start, item.end))
        is_known = name is not None and name[0].lower() in UNPHASED
        if pattern.guarded and not (is_known or any(map(is_measurement, draft.keys))):
            continue
        named = [key for key in draft.keys if key.lower() not in AXES]
        sure = draft.axes and not any(is_setting(key) for key in named)
        tentative = skeleton_of(text.text[opens:closes]) if pattern.guarded and not sure else ""
        doubted = find_uncertainty_of_object(text.text, opens, closes, tentative)
        if doubted is not None and (pattern.guarded or not doubted):
            yield draft.claim(opens, closes, doubted)


def match_bar(pattern: Pattern, text: Text, start: int, end: int) -> Iterator[Claim]:
    """Progress bars: counter, total, rate, and the pairs of their postfix."""
    for found in pattern.regex.finditer(text.text, start, end, timeout=time_for(text.text)):
        draft = Draft(pattern, text)
        draft.take_words(found)
        draft.take_groups(found, ("rate", "rate_unit", "postfix"))
        postfix = found.groupdict().get("postfix")
        if postfix:
            for pair in pattern.pair_regex.finditer(
                text.text, *found.span("postfix"), timeout=time_for(text.text)
            ):
                draft.take(pair["key"], pair.span("key"), pair.span("value"))
        take_rate(draft, found)
        yield draft.claim(found.start(), found.end())


def match_python(pattern: Pattern, text: Text, start: int, end: int) -> Iterator[Claim]:
    """What a function finds: mappings of a name to the characters of its value."""
    assert pattern.find is not None
    for found in pattern.find(text.text[start:end]):
        draft = Draft(pattern, text)
        for name, (first, last) in found.items():
            draft.take(name, (0, 0), (start + first, start + last))
        yield draft.claim(start, end)


SPENT = ("s", "ms", "us")
"""Units of the time that a step takes; a slow bar prints it instead of steps a second."""


def take_rate(draft: Draft, found: "regex.Match[str]") -> None:
    """The steps a second that a bar shows, of `12.3it/s`, `1.62s/it` or `12ms/step` alike."""
    groups = found.groupdict()
    if not groups.get("rate"):
        return
    spent, _, done = (groups.get("rate_unit") or "").partition("/")
    slow = spent in SPENT and done != "s"
    rate = draft.number(found.span("rate"), spent if slow else "")
    if rate:
        rate = rate._replace(inverse=slow)
        draft.axes["rate"] = rate
        if draft.pattern.sets or draft.metrics:
            draft.metrics.setdefault("steps_per_s", Metric("steps_per_s", rate))


class Head(NamedTuple):
    """What the head of a block says of its rows: the columns of a table, a phase, a data set."""

    names: tuple[str, ...] = ()
    phase: str = ""
    dataset: str = ""


def match_row(pattern: Pattern, head: Head, text: Text) -> Claim | None:
    """A row of a block or a table: pairs, named groups, and the cells under the header's names."""
    if not pattern.row:
        return None
    found = pattern.row_regex.search(text.text, timeout=time_for(text.text))
    if not found:
        return None
    draft = Draft(pattern, text, PHASES.get(head.phase.lower(), ""))
    draft.dataset = head.dataset
    draft.take_words(found)
    draft.take_groups(found, ("rate", "rate_unit"))
    take_pairs(draft, found)
    for name, span in zip(head.names, find_cells(text.text, pattern.columns), strict=False):
        draft.take(name, (0, 0), span)
    if "rate" in found.groupdict():
        take_rate(draft, found)
    return replace(draft.claim(0, len(text.text)), is_row=True)


CELLS = {
    "gaps": regex.compile(r"\S+(?: \S+)*"),
    "words": regex.compile(r"\S+"),
    "commas": regex.compile(r"[^,]+"),
    "bars": regex.compile(r"(?<=[|│]) *[^|│]*?(?= *[|│])"),
}
"""What a cell of a table is, by how the columns are cut."""


def find_cells(text: str, columns: str) -> list[tuple[int, int]]:
    """Where the cells of a table's line are."""
    return [(cell.start(), cell.end()) for cell in CELLS[columns].finditer(text)]


def take_pairs(draft: Draft, found: "regex.Match[str]") -> None:
    """Take the repeated `key` and `value` groups of a match."""
    if "key" in found.groupdict():
        pairs = zip(found.captures("key"), found.spans("key"), found.spans("value"), strict=False)
        for key, key_span, span in pairs:
            draft.take(key, key_span, span)


MATCHERS: dict[str, Matcher] = {
    "regex": match_regex,
    "kv": match_kv,
    "literal": match_literal,
    "bar": match_bar,
    "block": match_regex,
    "table": match_regex,
    "python": match_python,
    "structure": match_structure,
}
