"""Things that happened, read line by line; a traceback is one event, titled by its last line."""

import bisect
from collections import Counter
from collections.abc import Iterator

import regex

from logwatch.parsing.dialects.dialect import EventPattern
from logwatch.parsing.lines import Stretch
from logwatch.parsing.matching.reading import Hits
from logwatch.parsing.matching.time_budget import Patience
from logwatch.parsing.matching.tracebacks import MAX_TITLE, Tracebacks
from logwatch.parsing.record import Event
from logwatch.parsing.sanitize import clean_text, read_text
from logwatch.parsing.values import NUMBER_TEXT

MAX_OF_KIND = 5000
"""Events read of one kind; a warning that is printed each step must not cost each step."""
FIELD = regex.compile(r"\{([^{}]*)\}")


class Events:
    """Makes events of the lines where patterns hit; tracebacks may end in a later stretch."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._counts: Counter[str] = Counter()
        self._tracebacks = Tracebacks()

    def read(self, stretch: Stretch, hits: list[Hits]) -> list[Event]:
        """The events of a stretch, in the order of the log."""
        found: list[tuple[int, Event]] = []
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
        found += self._follow(stretch, heads)
        return [event for _, event in sorted(found, key=lambda one: one[0])]

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
                    self._tracebacks.begin(event, stretch.segment(row))
            else:
                event = self._tracebacks.follow(stretch.segment(row))
                if event:
                    self._counts[event.kind] += 1
                    yield row, event
            row += 1

    def _event_at(self, pattern: EventPattern, stretch: Stretch, row: int) -> Event | None:
        found = self._patience.find_event(pattern, read_text(stretch.segment(row)).text)
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
