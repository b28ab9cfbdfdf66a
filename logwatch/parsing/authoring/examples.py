"""Dialects prove themselves: every example gives its values, every pattern has an example."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import regex

from logwatch.parsing.dialects.dialect import TIME_BUDGET_S, Dialect, Example
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.lines import Cutter
from logwatch.parsing.matching.plan import Planner
from logwatch.parsing.matching.prefix import peel_prefix
from logwatch.parsing.matching.shapes import Shapes
from logwatch.parsing.matching.time_budget import time_for
from logwatch.parsing.record import MEAN, Extract, Samples
from logwatch.parsing.sanitize import read_text

AXES = ("step", "total", "epoch")
COUNTERS = (*AXES, "epochs")
"""Names in `expect` that say where a sample stands instead of what it is."""


def read_example(library: Library, example: Example) -> Extract:
    """What a library makes of an example alone."""
    return _read_patiently(library, example)[0]


def name_plainly(samples: tuple[Samples, ...]) -> tuple[Samples, ...]:
    """The samples, a mean under the plain name where nothing else has it, as a run shows them."""
    taken = {one.metric for one in samples}
    plain = {name: name.removesuffix(MEAN) for name in taken}
    return tuple(
        one if plain[one.metric] in taken else replace(one, metric=plain[one.metric])
        for one in samples
    )


def _read_patiently(library: Library, example: Example) -> tuple[Extract, bool]:
    """What a library makes of an example, and whether a pattern ran out of time on it."""
    extractor = Extractor(library)
    text = example.text.lstrip("\n")
    fed = extractor.feed(text.encode("utf-8"))
    last = extractor.finish()
    samples, events = name_plainly((*fed.samples, *last.samples)), (*fed.events, *last.events)
    dialects, progress = (*fed.dialects, *last.dialects), last.progress or fed.progress
    return Extract(samples, events, dialects, last.lines, progress), extractor.lost_patience


def check_examples(dialect: Dialect) -> Iterator[str]:
    """The faults of a dialect's examples, one sentence each; none when it proves itself."""
    file = dialect.path or dialect.name
    if not dialect.examples:
        yield f"{file}: the dialect has no example; it must prove itself."
    library = Library([dialect])
    for number, example in enumerate(dialect.examples, 1):
        extract, lost = _read_patiently(library, example)
        where = f"{file}: example {number} ({first_line(example)!r})"
        if lost:
            yield f"{where}: a pattern needs more than {1000 * TIME_BUDGET_S:.0f} ms for a line."
            return
        for fault in check_example(example, extract):
            yield f"{where}: {fault}"
        readers = find_readers(library, example)
        if example.pattern and example.pattern not in readers:
            who = ", ".join(sorted(readers)) or "none"
            yield f"{where}: pattern {example.pattern!r} does not read it, {who} does."
    named = {example.pattern for example in dialect.examples}
    for pattern in dialect.patterns:
        if pattern.name not in named:
            yield f"{file}: pattern {pattern.name!r} has no example that names it."
    kinds = {example.event for example in dialect.examples}
    for event in dialect.events:
        if event.kind not in kinds:
            yield f"{file}: event {event.name!r} has no example."


def find_readers(library: Library, example: Example) -> set[str]:
    """The names of the patterns that read an example."""
    stretch = Cutter().feed(example.text.lstrip("\n").encode("utf-8") + b"\n")
    readings, _, _ = Shapes(Planner(library)).read(stretch, final=True)
    return {reading.pattern.name for reading in readings}


def first_line(example: Example) -> str:
    """The beginning of an example, to name it."""
    return example.text.strip().partition("\n")[0][:60]


def check_example(example: Example, extract: Extract) -> Iterator[str]:
    """What an example should give and does not, or gives and should not."""
    found = samples_by_name(extract)
    for expected in example.expect:
        yield from _check_sample(expected, extract, found)
    if not example.expect and not example.pattern:
        for name in found:
            if name not in AXES:
                yield f"a counter-example gives {name} = {found[name]}."
    kinds = [event.kind for event in extract.events]
    if example.event and example.event not in kinds:
        yield f"event {example.event!r} expected, got {kinds or 'none'}."
    if not example.event and kinds:
        yield f"events {kinds} that nobody expects."
    yield from _check_fields(example.fields, extract)


def _check_sample(
    expected: Mapping[str, float], extract: Extract, found: Mapping[str, list[float]]
) -> Iterator[str]:
    """What one table of `expect` asks for: each value stands at the counters of its table."""
    counters = {name: value for name, value in expected.items() if name in COUNTERS}
    for name, value in expected.items():
        if not any(_is_same(value, other) for other in found.get(name, [])):
            yield f"{name} should be {value!r}, got {found.get(name) or 'nothing'}."
        elif name not in COUNTERS:
            places = _places_of(extract, name, value)
            if places and not any(_is_at(place, counters) for place in places):
                wanted = ", ".join(f"{axis} = {at:g}" for axis, at in counters.items())
                yield f"{name} = {value!r} should be at {wanted}, got {places}."


def _places_of(extract: Extract, name: str, value: float) -> list[dict[str, float]]:
    """The counters of each sample of a metric that has this value; those that it lacks left out."""
    places = []
    for samples in extract.samples:
        if samples.metric != name:
            continue
        columns = {axis: getattr(samples, axis) for axis in AXES}
        for row in np.flatnonzero([_is_same(value, other) for other in samples.value.tolist()]):
            at = {a: float(column[row]) for a, column in columns.items() if column is not None}
            places.append({axis: count for axis, count in at.items() if not math.isnan(count)})
    return places


def _is_at(place: Mapping[str, float], counters: Mapping[str, float]) -> bool:
    """Whether a sample is at these counters; a total may be that of the whole run."""
    return all(
        place.get(axis) == at
        for axis, at in counters.items()
        if axis in ("step", "epoch") or axis in place
    )


def _check_fields(fields: Mapping[str, float | str], extract: Extract) -> Iterator[str]:
    for name, value in fields.items():
        got = [event.fields[name] for event in extract.events if name in event.fields]
        if value not in got:
            yield f"field {name} should be {value!r}, got {got or 'nothing'}."


def explain_example(dialect: Dialect, example: Example) -> Iterator[str]:
    """How far each pattern got on an example, one sentence a pattern."""
    for pattern in dialect.patterns:
        if example.pattern and pattern.name != example.pattern:
            continue
        for line in example.text.strip("\n").splitlines():
            text = read_text(line.encode("utf-8"))
            body = text.body(peel_prefix(text, labelled=False).end).text
            wanted = pattern.match if not pattern.row else f"{pattern.match}|{pattern.row}"
            if wanted and not _finds(wanted, body):
                part, column = farthest(pattern.match, body)
                yield (
                    f"pattern {pattern.name!r} got as far as {part[-40:]!r} at column {column} "
                    f"of {body[:70]!r}"
                )


def farthest(pattern: str, text: str) -> tuple[str, int]:
    """The longest beginning of a pattern that is found in the text, and where it ends there."""
    for end in range(len(pattern), 0, -1):
        try:
            found = _finds(pattern[:end], text)
        except regex.error:
            continue
        if found:
            return pattern[:end], found.end()
    return "", 0


def _finds(pattern: str, text: str) -> "regex.Match[str] | None":
    """Where a pattern is found in a text; nowhere when it runs out of time."""
    try:
        return regex.search(pattern, text, timeout=time_for(text))
    except TimeoutError:
        return None


def samples_by_name(extract: Extract) -> dict[str, list[float]]:
    """All values of an extract by metric, the counters of its samples under their own names."""
    found: dict[str, list[float]] = {}
    for samples in extract.samples:
        found.setdefault(samples.metric, []).extend(samples.value.tolist())
        for name, column in (
            ("step", samples.step),
            ("epoch", samples.epoch),
            ("total", samples.total),
        ):
            if column is not None:
                found.setdefault(name, []).extend(column[~np.isnan(column)].tolist())
    progress = extract.progress
    for name in ("step", "total", "epoch", "epochs"):
        value = getattr(progress, name, None)
        if value is not None:
            found.setdefault(name, []).append(value)
    return found


def _is_same(one: float, two: float) -> bool:
    return (math.isnan(one) and math.isnan(two)) or one == two


def find_collisions(
    dialects: Sequence[Dialect],
    known: Mapping[tuple[str, str], bool] | None = None,
    proven: Collection[str] = (),
) -> dict[tuple[str, str], bool]:
    """For each pair (a, b): whether a reads a figure in one of b's examples.

    Pairs of which both are `proven` are as `known` says, and are not looked at again. A dialect
    that runs out of time on another's example is asked no further.
    """
    speaking = [
        (dialect.name, example, example.text.lower())
        for dialect in dialects
        for example in dialect.examples
        if example.expect
    ]
    claims = dict(known or {})
    for one in dialects:
        library = Library([one])
        others = [it for it in speaking if it[0] != one.name]
        if one.name in proven:
            others = [it for it in others if it[0] not in proven]
        doors = [library.entrance(pattern) for pattern in one.patterns] if others else []
        for name, example, lowered in others:
            if not claims.get((one.name, name)) and any(door.lets_in(lowered) for door in doors):
                extract, lost = _read_patiently(library, example)
                claims[one.name, name] = bool(extract.samples)
                if lost:
                    break
    return claims
