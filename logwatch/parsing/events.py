"""Things that happened, read line by line; a traceback is one event, titled by its last line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import regex

from logwatch.parsing.dialect import EventPattern
from logwatch.parsing.lines import Stretch
from logwatch.parsing.reading import Hits
from logwatch.parsing.record import Event
from logwatch.parsing.sanitize import clean_text, read_text
from logwatch.parsing.values import NUMBER_TEXT

MAX_OF_KIND = 5000
"""Events read of one kind; a warning that is printed each step must not cost each step."""
MAX_TITLE = 300
MAX_TRACEBACK = 400
"""Lines of a traceback that are waited for; Python folds the frames of a deep recursion."""
EXCEPTION = regex.compile(r"[A-Za-z_][\w.]*(?:: |:?$)")
"""The last line of a traceback names the exception; a warning that quotes a stack has none."""


@dataclass
class _OpenTraceback:
    event: Event
    rank: str
    waited: int = 0


class Events:
    """Makes events of the lines where patterns hit; tracebacks may end in a later stretch."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._open: list[_OpenTraceback] = []

    def read(self, stretch: Stretch, hits: list[Hits]) -> list[Event]:
        """The events of a stretch, in the order of the log."""
        found: list[tuple[int, Event]] = []
        heads: dict[int, EventPattern] = {}
        for hit in hits:
            for row in hit.rows.tolist():
                if hit.pattern.block:
                    heads[row] = hit.pattern
                    continue
                if self._counts.get(hit.pattern.kind, 0) >= MAX_OF_KIND:
                    break
                event = _event_at(hit.pattern, stretch, row)
                if event:
                    self._counts[event.kind] = self._counts.get(event.kind, 0) + 1
                    found.append((row, event))
        found += self._follow(stretch, heads)
        return [event for _, event in sorted(found, key=lambda one: one[0])]

    def finish(self) -> list[Event]:
        """The tracebacks that the log leaves without an end."""
        return [one.event for one in self._open]

    def _follow(
        self, stretch: Stretch, heads: dict[int, EventPattern]
    ) -> Iterator[tuple[int, Event]]:
        if not heads and not self._open:
            return
        rows = iter(range(len(stretch.shapes))) if self._open else iter(sorted(heads))
        row = next(rows, None)
        while row is not None and row < len(stretch.shapes):
            if row in heads:
                event = _event_at(heads[row], stretch, row)
                if event and self._counts.get(event.kind, 0) < MAX_OF_KIND:
                    self._open.append(_OpenTraceback(event, _rank_of(stretch.segment(row))))
            elif self._open:
                yield from ((row, event) for event in self._continue(stretch.segment(row)))
            row = (
                row + 1
                if self._open
                else next((head for head in sorted(heads) if head > row), None)
            )

    def _continue(self, line: bytes) -> Iterator[Event]:
        """Offer a line to the open tracebacks; the first line without indent ends its own."""
        rank = _rank_of(line)
        text = read_text(line).text[len(rank) :]
        for one in list(self._open):
            if one.rank != rank and one.waited < MAX_TRACEBACK:
                one.waited += 1
                continue
            if text[:1].isspace() or not text.strip():
                one.waited += 1
                if one.waited < MAX_TRACEBACK:
                    continue
            self._open.remove(one)
            if EXCEPTION.match(text):
                self._counts[one.event.kind] = self._counts.get(one.event.kind, 0) + 1
                title = clean_text(text.encode("utf-8", "surrogateescape"))[:MAX_TITLE]
                yield replace(one.event, title=title)
            return


def _rank_of(line: bytes) -> str:
    text = read_text(line)
    found = regex.match(r"(?:\[[a-z_]+\d+\]: ?|\[\d+,\d+\]<std\w+>: ?| *\d+: )*", text.text)
    return found.group() if found else ""


def _event_at(pattern: EventPattern, stretch: Stretch, row: int) -> Event | None:
    line = stretch.segment(row)
    text = read_text(line).text
    found = pattern.regex.search(text)
    if not found:
        return None
    fields = read_fields(found)
    title = pattern.title or found.group().strip()
    for name, value in fields.items():
        title = title.replace("{" + name + "}", _as_text(value))
    step = fields.get("step")
    return Event(
        pattern.kind,
        pattern.severity,
        clean_text(title.encode("utf-8", "surrogateescape"))[:MAX_TITLE],
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
