"""What is read on every line of one shape: the claims of all patterns, found on one such line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from logwatch.parsing.dialects.dialect import EventPattern, Pattern
from logwatch.parsing.dialects.literal_search import Matches
from logwatch.parsing.library import Library
from logwatch.parsing.matching.claim import Claim
from logwatch.parsing.matching.matchers import MATCHERS, Head, find_cells, match_row
from logwatch.parsing.matching.prefix import Prefix, peel_prefix
from logwatch.parsing.matching.time_budget import TimeBudget, time_for
from logwatch.parsing.sanitize import DIGIT, Text, read_text

WIDE = str.maketrans("：，；（）【】＝／％｜", ":,;()[]=/%|")
"""Full-width signs, which programs of East Asia print between names and numbers.
Source: Unicode, Halfwidth and Fullwidth Forms (U+FF00) and CJK brackets."""


def narrow(text: Text) -> Text:
    """The text with full-width signs as the ASCII ones that they stand for; positions stay."""
    return text if text.text.isascii() else replace(text, text=text.text.translate(WIDE))


MAX_CLAIMS = 12
"""Claims on one line; more of them is data, not a log."""


@dataclass(frozen=True)
class Plan:
    """What one shape of line says. `depends` are the bytes whose digits matter; `by_line` lines
    are planned one by one; `event_patterns` are tried on each line itself."""

    claims: tuple[Claim, ...] = ()
    event_patterns: tuple[EventPattern, ...] = ()
    prefix: Prefix = field(default_factory=lambda: Prefix(0))
    depends: tuple[int, ...] = ()
    by_line: bool = False

    @property
    def says_nothing(self) -> bool:
        """Whether lines of this shape can be passed over."""
        return not (self.claims or self.event_patterns or self.by_line or self.depends)

    @property
    def head(self) -> Pattern | None:
        """The block that such a line opens."""
        return next((c.pattern for c in self.claims if c.pattern.kind in ("block", "table")), None)


NOTHING = Plan()
MIN_SEARCHED = 2000
"""Bytes of new lines from which on they are searched at once: that takes as long as 20 lines do."""
WHOLE_LINE = ("ckpt_save", "ckpt_load", "nan", "crash")
"""Events that are about all that follows them on the line: a checkpoint's loss is no sample."""


def reads_something(claim: Claim) -> bool:
    """Whether a claim holds a figure; a head whose pairs were not found leaves the line to others.

    A dialect may know a line and miss its figures, where a program has changed a blank.
    """
    return bool(claim.metrics) or claim.pattern.kind != "kv"


class Planner:
    """Finds plans, with time_budget for each pattern.

    With a `clock` (seconds), `seconds` tells what each pattern has cost.
    """

    def __init__(self, library: Library, clock: Callable[[], float] | None = None) -> None:
        self._library = library
        self._clock = clock
        self.labelled = False
        self.time_budget = TimeBudget()
        self.seconds: dict[tuple[str, str], float] = {}

    def find_literals(self, lines: list[bytes]) -> list[Matches | None]:
        """What the dialects listen to in each of some lines; None where that is not known yet.

        Many lines are searched at once; for a few short ones that does not pay.
        """
        if sum(map(len, lines)) < MIN_SEARCHED:
            return [None] * len(lines)
        return self._library.find_literals(lines)

    def plan(self, line: bytes, matches: Matches | None = None) -> Plan:
        """The plan for one line and all others of its shape.

        `matches` is what the dialects listen to in it, where that is known.
        """
        if matches == ():
            return NOTHING
        text = narrow(read_text(line)) if matches is None else Text(line.decode("ascii"))
        events, patterns = self._library.candidates(text.text.lower(), matches)
        if not events and not patterns:
            return NOTHING
        prefix = peel_prefix(text, self.labelled)
        hits, free = self._find_events(events, text, prefix.end)
        claims: list[Claim] = []
        by_line = False
        for pattern, door in patterns:
            by_line = by_line or door.tells_digits
            pieces, free = free, []
            for piece in pieces:
                shut = claims and not pattern.words and not door.lets_in(piece.text.lower())
                found = [] if shut else self._claims(pattern, piece)
                claims += found
                free += self._left(piece, [one for one in found if reads_something(one)])
        depends = tuple(sorted(text.depends))
        if not (claims or hits or depends or by_line):
            return NOTHING
        return Plan(tuple(claims[:MAX_CLAIMS]), hits, prefix, depends, by_line)

    def _left(self, piece: Text, claims: list[Claim]) -> list[Text]:
        """What claims leave of a stretch; what follows one is a line of its own, prefix and all."""
        left, begin = [], 0
        for claim in claims:
            if claim.start > begin:
                left.append(piece.body(begin, claim.start))
            begin = max(begin, claim.end)
        if not claims:
            return [piece]
        rest = piece.body(begin)
        rest = rest.body(peel_prefix(rest, labelled=False).end)
        return [*left, rest] if rest.text.strip() else left

    def plan_row(self, block: Pattern, head: Head, line: bytes) -> Plan | None:
        """The plan for a line as a row of a block; None when it is neither row nor gap."""
        text = narrow(read_text(line))
        prefix = peel_prefix(text, self.labelled)
        body = text.body(prefix.end)
        claim = self.time_budget.attempt(block, lambda: match_row(block, head, body), None)
        if claim is None:
            return NOTHING if self._is_gap(block, body.text) else None
        return Plan((claim,), (), prefix, tuple(sorted(body.depends)))

    def _is_gap(self, block: Pattern, text: str) -> bool:
        found = self.time_budget.attempt(
            block, lambda: block.gap_regex.search(text, timeout=time_for(text)), None
        )
        return found is not None

    def read_head(self, block: Pattern, line: bytes) -> Head:
        """What the line that opens a block says of its rows."""
        text = narrow(read_text(line))
        body = text.body(peel_prefix(text, self.labelled).end).text
        names: tuple[str, ...] = ()
        if block.kind == "table":
            names = block.names or tuple(body[a:b] for a, b in find_cells(body, block.columns))
        if not block.names_rows:
            return Head(names)
        found = self.time_budget.attempt(
            block, lambda: block.regex.search(body, timeout=time_for(body)), None
        )
        words = found.groupdict() if found else {}
        return Head(names, (words.get("phase") or "").strip(), words.get("dataset") or "")

    def _find_events(
        self, events: Sequence[EventPattern], text: Text, body: int
    ) -> tuple[tuple[EventPattern, ...], list[Text]]:
        """The events that stand on a line, and the stretches behind the prefix that they leave."""
        hits, free = [], [(body, len(text.text))]
        for event in events:
            found = self.time_budget.find_event(event, text.text)
            if found or (event.tells_digits and DIGIT.search(text.text)):
                hits.append(event)
            if found:
                end = len(text.text) if event.kind in WHOLE_LINE else found.end()
                if event.claims:
                    free = _without(free, found.start(), end)
        return tuple(hits), [text.body(start, end) for start, end in free]

    def _claims(self, pattern: Pattern, piece: Text) -> list[Claim]:
        key = (pattern.dialect, pattern.name)
        begun = self._clock() if self._clock else 0.0
        try:
            match = MATCHERS[pattern.kind]
            return self.time_budget.attempt(
                pattern, lambda: list(match(pattern, piece, 0, len(piece.text))), []
            )
        except Exception:
            if pattern.kind != "python":
                raise
            self.time_budget.switched_off.add(key)  # a stranger's function raised
            return []
        finally:
            if self._clock:
                self.seconds[key] = self.seconds.get(key, 0.0) + self._clock() - begun


def _without(free: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """The free spans that are left once `start:end` is claimed."""
    left = []
    for low, high in free:
        if end <= low or start >= high:
            left.append((low, high))
            continue
        left += [(a, b) for a, b in ((low, start), (end, high)) if b > a]
    return left
