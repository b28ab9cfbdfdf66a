"""Of several ranks one counts, and another when it falls silent."""

from hypothesis import given

from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import ALL_RANKS, Library
from logwatch.parsing.linking.one_rank import SILENT_LINES
from tests.strategies import CUTS, cut


def attempt(rank, count, first=0):
    """Lines of one rank."""
    return "".join(f"[rank{rank}]: step {n} loss {n / 8}\n" for n in range(first, first + count))


def steps_of(library, pieces):
    """The steps of the training loss of a log in pieces."""
    extractor = Extractor(library)
    extracts = [*map(extractor.feed, pieces), extractor.finish()]
    return [
        step
        for extract in extracts
        for one in extract.samples
        if one.metric == "train/loss"
        for step in one.step.tolist()
    ]


def test_a_rank_that_falls_silent_gives_way(library):
    """A second attempt prints from another rank; its lines count once the first is surely over."""
    log = attempt(0, 5) + attempt(3, SILENT_LINES + 50, 5)

    steps = steps_of(library, [log.encode()])

    assert [0, 1, 2, 3, 4] == steps[:5]
    assert [SILENT_LINES + 54.0] == steps[-1:]
    assert 5 + 50 == len(steps)


def test_ranks_that_take_turns(library):
    """A rank that prints in blocks is not silent."""
    turns = "".join(attempt(rank, 90, 90 * n) for n in range(5) for rank in (0, 1, 2))

    assert list(range(450)) == steps_of(library, [turns.encode()])


def test_the_rank_that_was_asked_for(library):
    """It stays, and so do all ranks where all were asked for."""
    log = (attempt(0, 2) + attempt(1, SILENT_LINES + 5)).encode()

    assert 2 == len(steps_of(Library(library.dialects, rank=0), [log]))
    assert SILENT_LINES + 7 == len(steps_of(Library(library.dialects, rank=ALL_RANKS), [log]))


@given(CUTS)
def test_cuts_do_not_matter(library, places):
    """The same lines count however the log arrives."""
    log = (attempt(0, 3) + attempt(1, SILENT_LINES + 9) + attempt(0, 3)).encode()

    assert steps_of(library, [log]) == steps_of(library, cut(log, places))
