"""How far a run is: what bars and lines tell, and which of them is believed."""

import pytest

from logwatch.parsing.dialects.table import dialect_from_table
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.linking.progress import STALE_BYTES
from logwatch.parsing.record import Progress

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


PLAIN = {
    "name": "total",
    "kind": "regex",
    "match": r"^at (?P<step>\d+)/(?P<total>\d+) loss (?P<loss>\S+)",
}
EPOCH = {"name": "epoch", "kind": "regex", "match": r"^epoch (?P<epoch>\d+) loss (?P<loss>\S+)"}
COUNTING = Library(
    [
        dialect_from_table(
            {"name": "d", "title": "d", "source": "d", "pattern": [PLAIN, PATTERNS[1], EPOCH]}
        )
    ]
)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["at 5/10 loss 1", "iter 6 loss 1"], (6, 10)),
        (["at 5/10 loss 1", "iter 6 loss 1", "at 6/20 loss 1"], (6, 20)),
        (["at 60/180 loss 1", "iter 3 loss 1"], (60, 180)),
        (["at 60/180 loss 1", "iter 181 loss 1", "iter 61 loss 1"], (61, 180)),
        (["iter 3 loss 1", "iter 2 loss 1"], (2, None)),
        (["iter 3 loss 1", "epoch 2 loss 1"], (3, None)),
    ],
)
def test_a_total_stays(lines: list[str], expected: tuple[float, float | None]) -> None:
    """A known total stays while steps go on towards it, however the lines come."""
    log = "".join(f"{line}\n" for line in lines)

    for pieces in ([log], log.splitlines(keepends=True)):
        extractor, found = Extractor(COUNTING), None
        for piece in pieces:
            found = extractor.feed(piece.encode()).progress or found
        assert found is not None
        assert expected == (found.step, found.total)


def test_a_total_grows_old() -> None:
    """Steps that contradict a total count once it was not told for long."""
    extractor = Extractor(COUNTING)
    extractor.feed(b"at 60/180 loss 1\n" + b"." * 99 + b"\n")
    extractor.feed((b"x" * 99 + b"\n") * (STALE_BYTES // 100 + 1))

    found = extractor.feed(b"iter 3 loss 1\n").progress

    assert Progress(3) == found
