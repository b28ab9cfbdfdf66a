"""How each kind of pattern finds its claims on a line."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

import regex

from logwatch.parsing.claim import Claim, Draft, Metric
from logwatch.parsing.dialect import Pattern
from logwatch.parsing.literal import find_objects
from logwatch.parsing.names import IDENTITIES, end_of_prose, is_measurement
from logwatch.parsing.patience import time_for
from logwatch.parsing.sanitize import Text
from logwatch.parsing.values import NUMBER_TEXT

MIN_COVERED = 0.5
"""A guarded line is a training line when counters, keys and numbers are half of it at least: prose
with a number in it is not. Measured on the real logs that stand beside the checkout."""

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
    covered, spoken = head.end() - head.start(), None
    limit = time_for(text.text)
    for pair in pattern.pair_regex.finditer(text.text, head.end(), end, timeout=limit):
        key, key_span = pair["key"], pair.span("key")
        if pattern.guarded:
            cut = end_of_prose(key)
            key, key_span = key[cut:], (key_span[0] + cut, key_span[1])
            if not key or key.lower() in IDENTITIES:
                continue
        draft.take(key, key_span, pair.span("value"))
        draft.take_total(key, pair)
        covered += pair.end() - pair.start()
        if spoken is None and is_measurement(key):
            spoken = covered / (pair.end() - start)
    if pattern.need and not any(key in pattern.need for key in draft.keys):
        return
    weak = ""
    if pattern.guarded:
        verdict = judge_line(draft, text.text[start:end], covered, spoken)
        if verdict is None:
            return
        weak = verdict
    yield draft.claim(start, end, weak)


def judge_line(draft: Draft, line: str, covered: int, spoken: float | None) -> str | None:
    """Whether an unknown program's line reports training: "" yes, None no, else its skeleton.

    It must name a loss or a score; `spoken` is the share of counters, keys and numbers up to the
    first of them. A line with a counter counts at once, whatever is glued behind it; one without
    counts when its skeleton comes again with other numbers.
    """
    if spoken is None or not any(is_measurement(key) for key in draft.keys):
        return None
    if draft.axes and spoken >= MIN_COVERED:
        return ""
    if covered < MIN_COVERED * len(line.strip()):
        return None
    return str(regex.sub(r"\d+", "0", NUMBER_TEXT.sub("0", line.strip())))


def match_literal(pattern: Pattern, text: Text, start: int, end: int) -> Iterator[Claim]:
    """Every dict or JSON object that holds one of the needed keys."""
    for items, opens, closes in find_objects(text.text, start, end):
        if pattern.need and not any(fnmatchcase(i.key, n) for i in items for n in pattern.need):
            continue
        if pattern.match and not pattern.regex.search(
            text.text, opens, closes, timeout=time_for(text.text)
        ):
            continue
        draft = Draft(pattern, text)
        for item in items:
            draft.take(item.key, item.key_span, (item.start, item.end))
        if pattern.guarded and not any(is_measurement(key) for key in draft.keys):
            continue
        yield draft.claim(opens, closes)


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
        rate = replace(rate, inverse=slow)
        draft.axes["rate"] = rate
        if draft.pattern.sets or draft.metrics:
            draft.metrics.setdefault("steps_per_s", Metric("steps_per_s", rate))


def match_row(pattern: Pattern, names: tuple[str, ...], text: Text) -> Claim | None:
    """A row of a block or a table: pairs, named groups, and the cells under the header's names."""
    if not pattern.row:
        return None
    found = pattern.row_regex.search(text.text, timeout=time_for(text.text))
    if not found:
        return None
    draft = Draft(pattern, text)
    draft.take_words(found)
    draft.take_groups(found, ("rate", "rate_unit"))
    take_pairs(draft, found)
    for name, span in zip(names, find_cells(text.text, pattern.columns), strict=False):
        draft.take(name, (0, 0), span)
    if "rate" in found.groupdict():
        take_rate(draft, found)
    return replace(draft.claim(0, len(text.text)), is_row=True)


CELLS = {
    "gaps": regex.compile(r"\S+(?: \S+)*"),
    "words": regex.compile(r"\S+"),
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
}
