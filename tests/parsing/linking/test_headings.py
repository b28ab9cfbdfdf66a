"""Of the bars under a heading, the first total counts; a fallback counts until others tell."""

from hypothesis import given
from hypothesis import strategies as st

from logwatch.parsing.dialects.table import dialect_from_table
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from tests.strategies import CUTS, cut

PATTERNS = [
    {"name": "head", "kind": "regex", "match": r"^Epoch (?P<epoch>\d+)$", "sets": "h"},
    {
        "name": "bar",
        "kind": "bar",
        "match": r"^(?P<step>\d+)/(?P<total>\d+) bar (?P<postfix>.*)$",
        "pair": r"(?P<key>\w+)=(?P<value>\S+)",
        "uses": "h",
        "one_total": True,
        "scope": "epoch",
    },
    {
        "name": "outer",
        "kind": "regex",
        "match": r"^outer loss=(?P<loss>\S+) val_loss=(?P<val_loss>\S+)$",
        "fallback": True,
    },
]
LIBRARY = Library(
    [dialect_from_table({"name": "d", "title": "d", "source": "d", "pattern": PATTERNS})]
)


def values_of(pieces: list[bytes]) -> dict[str, list[tuple[float, float]]]:
    """Step and value of each sample, by metric, of a log that comes in pieces."""
    extractor = Extractor(LIBRARY)
    found: dict[str, list[tuple[float, float]]] = {}
    for extract in [*map(extractor.feed, pieces), extractor.finish()]:
        for one in extract.samples:
            pairs = zip(one.step.tolist(), one.value.tolist(), strict=True)
            found.setdefault(one.metric, []).extend(pairs)
    return found


class TestHeadings:
    LOG = (
        b"5/5 bar loss=9\n"  # an evaluation before any training
        b"Epoch 1\n10/40 bar loss=4\n40/40 bar loss=3\n5/5 bar loss=8\n"
        b"Epoch 2\n40/40 bar loss=2\n3/5 bar loss=7\n5/5 bar loss=6\n"
    )

    def test_only_the_announced_bar_counts(self) -> None:
        """What an evaluation draws after the training of an epoch is no training loss."""
        assert {"train/loss": [(10, 4), (40, 3), (80, 2)]} == values_of([self.LOG])

    @given(CUTS)
    def test_cuts_do_not_matter(self, places: list[float]) -> None:
        """The same bars count however the log arrives."""
        assert values_of([self.LOG]) == values_of(cut(self.LOG, places))

    AGAIN = (
        b"Epoch 1\n1/2 bar loss=4\n2/2 bar loss=3\n1/5 bar loss=8\n2/2 bar loss=3 val_loss=9\n"
        b"Epoch 2\n1/2 bar loss=2\n2/2 bar loss=1\n1/2 bar loss=7\n2/2 bar loss=6\n"
    )

    @given(CUTS)
    def test_a_bar_that_begins_anew_is_another(self, places: list[float]) -> None:
        """An evaluation may have as many batches as the training; its bar counts for nothing."""
        found = values_of(cut(self.AGAIN, places))

        assert [(1, 4), (2, 3), (2, 3), (3, 2), (4, 1)] == found["train/loss"]
        assert [(2, 9)] == found["eval/loss"]

    @given(st.integers(1, 99))
    def test_a_heading_may_announce_another_total(self, total: int) -> None:
        """Each heading announces anew: the next epoch may be longer or shorter."""
        log = f"Epoch 1\n1/7 bar loss=1\nEpoch 2\n1/{total} bar loss=2\n".encode()

        assert 2 == len(values_of([log])["train/loss"])


class TestFallbacks:
    LOG = b"outer loss=1 val_loss=2\nEpoch 1\n1/2 bar loss=3\nouter loss=4 val_loss=5\n"

    @given(CUTS)
    def test_counts_until_others_tell(self, places: list[float]) -> None:
        """A figure that has a better source is taken from there from then on."""
        found = values_of(cut(self.LOG, places))

        assert [1, 3] == [value for _, value in found["train/loss"]]
        assert [2, 5] == [value for _, value in found["eval/loss"]]
