"""How far a run is: what bars and lines tell, and which of them is believed."""

import pytest

from logwatch.parsing.dialects.table import dialect_from_table
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library

PATTERNS = [
    {
        "name": "bar",
        "kind": "bar",
        "match": r"^\| (?P<step>\d+)/(?P<total>\d+) bar (?P<rate>[\d.]+)(?P<rate_unit>it/s)",
        "sets": "bar",
        "scope": "global",
    },
    {"name": "line", "kind": "regex", "match": r"^iter (?P<step>\d+) loss (?P<loss>\S+)"},
    {
        "name": "dict",
        "kind": "literal",
        "need": ["loss"],
        "match": "'loss'",
        "uses": "bar",
        "scope": "global",
    },
]
LIBRARY = Library(
    [dialect_from_table({"name": "d", "title": "d", "source": "d", "pattern": PATTERNS})]
)
BAR, LINE, DICT = "| 7/9 bar 2.0it/s", "iter 500 loss 1.5", "{'loss': 1.5}"


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([[BAR]], (7, 9)),
        ([[LINE, BAR]], (500, None)),
        ([[LINE], [BAR]], (500, None)),
        ([[BAR, DICT, BAR]], (7, 9)),
    ],
    ids=["only a bar", "an evaluation's bar", "an evaluation's bar later", "the training's bar"],
)
def test_a_bar_without_a_label(pieces: list[list[str]], expected: tuple[float, float]) -> None:
    """A bar tells how far the run is if lines go by it, or as long as nothing else does."""
    extractor = Extractor(LIBRARY)
    found = None
    for lines in pieces:
        found = extractor.feed("".join(f"{line}\n" for line in lines).encode()).progress or found

    assert found is not None
    assert expected == (found.step, found.total)
