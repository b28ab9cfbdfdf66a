"""A pattern's claim on a stretch of a line: which numbers it holds, and what they mean."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import regex

from logwatch.parsing.dialect import TIME_BUDGET_S, Pattern
from logwatch.parsing.literal import find_objects
from logwatch.parsing.names import IDENTITIES, PHASES, end_of_prose, is_measurement, name_metric
from logwatch.parsing.sanitize import Text
from logwatch.parsing.values import NUMBER_TEXT, SCALES, Number, locate_number

AXIS_GROUPS = ("step", "total", "epoch", "epochs", "rate", "batch")
WORD_GROUPS = ("phase", "dataset")
UNIT_TEXT = regex.compile(r" ?(?P<unit>%|[A-Za-z]{1,3})(?:\([\d.]+%\))?")
MIN_COVERED = 0.5
"""A guarded line is a training line when counters, keys and numbers are half of it at least: prose
with a number in it is not. Measured on the real logs that stand beside the checkout."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a claim under its metric's name; values at or below `above` are dropped."""

    name: str
    number: Number
    above: float | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What one pattern reads on all lines of a shape.

    `start` and `end` are characters of the text. `weak` claims count only once the same skeleton has been seen with other numbers.
    """

    pattern: Pattern
    start: int
    end: int
    axes: tuple[tuple[str, Number], ...] = ()
    metrics: tuple[Metric, ...] = ()
    weak: str = ""
    is_row: bool = False


class Draft:
    """A claim while it is put together."""

    def __init__(self, pattern: Pattern, text: Text, phase: str = "") -> None:
        self.pattern, self.text = pattern, text
        self.phase = phase or pattern.phase
        self.dataset = ""
        self.axes: dict[str, Number] = {}
        self.metrics: dict[str, Metric] = {}
        self.keys: list[str] = []

    def take_words(self, found: "regex.Match[str]") -> None:
        """Phase and dataset, where the pattern captures them."""
        groups = found.groupdict()
        if groups.get("phase"):
            self.phase = PHASES.get(groups["phase"].strip().lower(), self.phase)
            self.text.rest_on(*found.span("phase"))
        if groups.get("dataset"):
            self.dataset = groups["dataset"]
            self.text.rest_on(*found.span("dataset"))

    def take_groups(self, found: "regex.Match[str]", skip: tuple[str, ...] = ()) -> None:
        """Every named group that is no word and no pair: a counter or a metric of that name."""
        for name, value in found.groupdict().items():
            if value is None or name in WORD_GROUPS or name in ("key", "value", *skip):
                continue
            if name in AXIS_GROUPS:
                number = self._number(*found.span(name), "")
                if number:
                    self.axes.setdefault(name, number)
            else:
                self.take(name, found.span(name), found.span(name), from_log=False)

    def take(self, key: str, key_span: tuple[int, int], span: tuple[int, int], *, from_log: bool = True) -> None:
        """One key with its value; what is no number is left out."""
        if from_log:
            self.text.rest_on(*key_span)
        translation = self.pattern.translate(key)
        number = self._number(*span, translation.unit)
        if number is None or translation.name == "-":
            return
        self.keys.append(key)
        if translation.name.startswith("@"):
            self.axes[translation.name[1:]] = number
            return
        given = translation.name or (self.pattern.prefix and self.pattern.prefix + key)
        meaning = name_metric(key, self.phase, given)
        if meaning.axis:
            self.axes.setdefault(meaning.axis, number)
        elif meaning.metric:
            name = meaning.metric
            if self.dataset and "/" in name:
                name = name.replace("/", f"/{self.dataset}/", 1)
            if name.endswith("_per_s") and self.text.text[slice(*span)].endswith("s/it"):
                number = replace(number, inverse=True)
            self.metrics.setdefault(name, Metric(name, number, translation.above))

    def _number(self, start: int, end: int, unit: str) -> Number | None:
        text = self.text.text
        while start < end and text[start] in " '\"":
            start += 1
        while end > start and text[end - 1] in " '\"":
            end -= 1
        whole = locate_number(self.text, start, end)
        if whole is None:
            found = NUMBER_TEXT.match(text, start, end)
            suffix = UNIT_TEXT.fullmatch(text, found.end(), end) if found else None
            if not found or not suffix or suffix["unit"] not in SCALES:
                return None
            whole = locate_number(self.text, *found.span())
            unit = unit or suffix["unit"]
        return whole.in_unit(unit) if whole and unit else whole

    def claim(self, start: int, end: int, weak: str = "") -> Claim:
        """The claim on the characters `start:end`."""
        if "batch" in self.axes:
            batch = self.axes.pop("batch")
            self.axes.setdefault("step", batch)
        return Claim(
            self.pattern,
            start,
            end,
            tuple(self.axes.items()),
            tuple(self.metrics.values()),
            weak,
        )


Matcher = Callable[[Pattern, Text, int, int], Iterator[Claim]]


def match_regex(pattern: Pattern, text: Text, start: int, end: int) -> Iterator[Claim]:
    """Named groups are counters and metrics; repeated `key` and `value` groups are pairs."""
    found = pattern.regex.search(text.text, start, end, timeout=TIME_BUDGET_S)
    if not found:
        return
    draft = Draft(pattern, text)
    draft.take_words(found)
    draft.take_groups(found)
    if "key" in found.groupdict():
        pairs = zip(found.captures("key"), found.spans("key"), found.spans("value"), strict=False)
        for key, key_span, span in pairs:
            draft.take(key, key_span, span)
    yield draft.claim(start if pattern.whole_line else found.start(), end if pattern.whole_line else found.end())


def match_kv(pattern: Pattern, text: Text, start: int, end: int) -> Iterator[Claim]:
    """A head, then pairs of key and value to the end of the line."""
    head = pattern.regex.search(text.text, start, end, timeout=TIME_BUDGET_S)
    if not head:
        return
    draft = Draft(pattern, text)
    draft.take_words(head)
    draft.take_groups(head)
    covered, spoken = head.end() - head.start(), None
    for pair in pattern.pair_regex.finditer(text.text, head.end(), end, timeout=TIME_BUDGET_S):
        key, key_span = pair["key"], pair.span("key")
        if pattern.guarded:
            cut = end_of_prose(key)
            key, key_span = key[cut:], (key_span[0] + cut, key_span[1])
            if not key or key.lower() in IDENTITIES:
                continue
        draft.take(key, key_span, pair.span("value"))
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
    return regex.sub(r"\d+", "0", regex.sub(NUMBER_TEXT.pattern, "0", line.strip()))


def match_literal(pattern: Pattern, text: Text, start: int, end: int) -> Iterator[Claim]:
    """Every dict or JSON object that holds one of the needed keys."""
    for items, opens, closes in find_objects(text.text, start, end):
        if pattern.need and not any(_is_needed(item.key, pattern.need) for item in items):
            continue
        if pattern.match and not pattern.regex.search(text.text, opens, closes, timeout=TIME_BUDGET_S):
            continue
        draft = Draft(pattern, text)
        for item in items:
            draft.take(item.key, item.key_span, (item.start, item.end))
        if pattern.guarded and not any(is_measurement(key) for key in draft.keys):
            continue
        yield draft.claim(opens, closes)


def _is_needed(key: str, need: tuple[str, ...]) -> bool:
    return any(key == word or (word.endswith("*") and key.startswith(word[:-1])) for word in need)


def match_bar(pattern: Pattern, text: Text, start: int, end: int) -> Iterator[Claim]:
    """Progress bars: counter, total, rate, and the pairs of their postfix."""
    for found in pattern.regex.finditer(text.text, start, end, timeout=TIME_BUDGET_S):
        draft = Draft(pattern, text)
        draft.take_words(found)
        draft.take_groups(found, ("rate", "rate_unit", "postfix"))
        postfix = found.groupdict().get("postfix")
        if postfix:
            for pair in pattern.pair_regex.finditer(text.text, *found.span("postfix")):
                draft.take(pair["key"], pair.span("key"), pair.span("value"))
        draft.axes.pop("rate", None)
        rate = draft._number(*found.span("rate"), "") if found["rate"] else None
        if rate:
            rate = replace(rate, inverse=found["rate_unit"].startswith("s/"))
            draft.axes["rate"] = rate
            if pattern.sets or draft.metrics:
                draft.metrics.setdefault("steps_per_s", Metric("steps_per_s", rate))
        yield draft.claim(found.start(), found.end())


def match_row(pattern: Pattern, text: Text, start: int, end: int) -> Claim | None:
    """A row of a block: `key` and `value` pairs, or named groups."""
    found = pattern.row_regex.search(text.text, start, end, timeout=TIME_BUDGET_S)
    if not found:
        return None
    draft = Draft(pattern, text)
    draft.take_words(found)
    draft.take_groups(found)
    if "key" in found.groupdict():
        pairs = zip(found.captures("key"), found.spans("key"), found.spans("value"), strict=False)
        for key, key_span, span in pairs:
            draft.take(key, key_span, span)
    return replace(draft.claim(start, end), is_row=True)


MATCHERS: dict[str, Matcher] = {
    "regex": match_regex,
    "kv": match_kv,
    "literal": match_literal,
    "bar": match_bar,
    "block": match_regex,
}
