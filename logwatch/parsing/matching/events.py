"""Things that happened, read line by line; a traceback is one event, titled by its last line."""

import bisect
from collections import Counter
from collections.abc import Iterator

import regex

from logwatch.parsing.dialects.dialect import EventPattern
from logwatch.parsing.lines import Stretch
from logwatch.parsing.matching.reading import Hits
from logwatch.parsing.matching.time_budget import TimeBudget
from logwatch.parsing.matching.tracebacks import MAX_TITLE, Tracebacks
from logwatch.parsing.record import Event
from logwatch.parsing.sanitize import clean_text, read_text
from logwatch.parsing.values import NUMBER_TEXT

MAX_OF_KIND = 5000
"""Events read of one kind; a warning that is printed each step must not cost each step."""
DEATHS = frozenset({"crash", "task_failed", "oom_gpu", "oom_host", "nccl_timeout"})
"""Kinds of which a line says one thing, however many patterns know its words."""
VAGUE = ("crash", "task_failed")
"""Kinds that any error is, where another kind names what ran out."""
FIELD = regex.compile(r"\{([^{}]*)\}")


class Events:
    """Makes events of the lines where patterns hit; tracebacks may end in a later stretch."""

    def __init__(self, patience: TimeBudget) -> None:
        self._time_budget = patience
        self._counts: Counter[str] = Counter()
        self._tracebacks = Tracebacks()
        self._before = b""

    def read(self, stretch: Stretch, hits: list[Hits]) -> list[Event]:
        """The events of a stretch, in the order of the log."""
        found: list[tuple[int, Event]] = []
        ends: list[tuple[int, Event]] = []
        heads: dict[int, EventPattern] = {}
        for hit in hits:
            for row in hit.rows.tolist():
                if self._counts[hit.pattern.kind] >= MAX_OF_KIND:
                    break
                if hit.pattern.block:
                    heads[row] = hit.pattern
                    continue
                event = self._event_at(hit.pattern, stretch, row)
                if event:
                    self._counts[event.kind] += 1
                    found.append((row, event))
        ends.extend(self._follow(stretch, heads))
        told = {row for row, _ in ends}
        found = [
            one
            for one in _one_death_a_line(found)
            if not (one[0] in told and one[1].kind == "crash")
        ]
        if len(stretch):
            self._before = stretch.segment(len(stretch) - 1)
        return [event for _, event in sorted([*found, *ends], key=lambda one: one[0])]

    def finish(self) -> list[Event]:
        """The tracebacks that the log leaves without an end."""
        return self._tracebacks.finish()

    def _follow(
        self, stretch: Stretch, heads: dict[int, EventPattern]
    ) -> Iterator[tuple[int, Event]]:
        """Walk through the tracebacks of a stretch; what lies between them is passed over."""
        begins = sorted(heads)
        row = 0
        while row < len(stretch):
            if not self._tracebacks:
                place = bisect.bisect_left(begins, row)
                if place == len(begins):
                    return
                row = begins[place]
            if row in heads:
                event = self._event_at(heads[row], stretch, row)
                if event and self._counts[event.kind] < MAX_OF_KIND:
                    before = stretch.segment(row - 1) if row else self._before
                    self._tracebacks.begin(event, stretch.segment(row), before)
            else:
                event = self._tracebacks.follow(stretch.segment(row))
                if event:
                    self._counts[event.kind] += 1
                    yield row, event
            row += 1

    def _event_at(self, pattern: EventPattern, stretch: Stretch, row: int) -> Event | None:
        found = self._time_budget.find_event(pattern, read_text(stretch.segment(row)).text)
        if not found:
            return None
        fields = read_fields(found)
        shown = {name: _as_text(value)[:MAX_TITLE] for name, value in fields.items()}
        told = pattern.title[:MAX_TITLE] or found.group().strip()
        title = FIELD.sub(lambda field: shown.get(field[1], field[0]), told)
        step = fields.get("step")
        return Event(
            pattern.kind,
            pattern.severity,
            clean_text(title.encode())[:MAX_TITLE],
            int(stretch.lines[row]),
            stretch.offset + int(stretch.starts[row]),
            step if isinstance(step, float) else None,
            fields,
        )


def _dies(event: Event) -> bool:
    return event.kind in DEATHS


def _one_death_a_line(found: list[tuple[int, Event]]) -> list[tuple[int, Event]]:
    """The events without those that say of a death on their line less than another one does."""
    best: dict[int, Event] = {}
    for row, event in found:
        if _dies(event):
            best[row] = max(best.get(row, event), event, key=_weight)
    return [(row, event) for row, event in found if not _dies(event) or best[row] is event]


def _weight(event: Event) -> tuple[bool, int]:
    """How much an event says of a death: a kind that names what ran out, then the most words."""
    return event.kind not in VAGUE, len(event.title)


def _as_text(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value.is_integer() else f"{value:g}"


def read_fields(found: "regex.Match[str]") -> dict[str, float | str]:
    """The named groups of a match, numbers as float; repeated key and value groups as pairs."""
    fields: dict[str, float | str] = {}
    for name, value in found.groupdict().items():
        if value is not None and name not in ("key", "value"):
            fields[name] = read_field(value)
    if "key" in found.groupdict():
        pairs = zip(found.captures("key"), found.captures("value"), strict=False)
        fields |= {key: read_field(value) for key, value in pairs}
    return fields


def read_field(text: str) -> float | str:
    """A captured text: a float where it is a number."""
    token = text.strip()
    return float(token.replace(",", "")) if NUMBER_TEXT.fullmatch(token) else token
