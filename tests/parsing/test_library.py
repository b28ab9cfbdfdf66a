"""Which patterns may match a line is found once for all lines that hold the same literals."""

import pytest

from logwatch.parsing import library as module
from logwatch.parsing.library import Library

LINES = ["step 3 loss 0.25", "loss of nothing", "hello", "epoch 3/4: loss 1", "val loss inf"]


@pytest.mark.parametrize("line", LINES)
def test_candidates_are_those_of_a_library_that_was_never_asked(
    library: Library, line: str
) -> None:
    """What was remembered of other lines changes nothing."""
    asked, fresh = Library(library.dialects), Library(library.dialects)
    for other in LINES:
        asked.candidates(other)

    assert fresh.candidates(line) == asked.candidates(line)


def test_a_line_without_a_number_has_other_candidates(library: Library) -> None:
    """The same words with and without a number are not taken for one another."""
    named = [
        {p.name for p, _ in library.candidates(line)[1]} for line in ("loss of 3", "loss of x")
    ]

    assert named[0] > named[1]


def test_what_is_remembered_is_bounded(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that all hold other words do not fill the memory."""
    monkeypatch.setattr(module, "MAX_REMEMBERED", 2)
    small = Library(library.dialects)
    found = [len(small.candidates(line)[1]) for line in LINES * 2]

    assert found[: len(LINES)] == found[len(LINES) :]
    assert len(small._candidates) <= 2
