"""What might be prose waits until it comes again; nothing is told out of order."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.linking.tentative import MAX_HELD
from logwatch.parsing.record import Samples
from tests.strategies import CUTS, cut


def read(library: Library, pieces: list[bytes]) -> list[Samples]:
    """All samples of a log that arrives in pieces."""
    extractor = Extractor(library)
    extracts = [*map(extractor.feed, pieces), extractor.finish()]
    return [samples for extract in extracts for samples in extract.samples]


def losses_of(library: Library, *pieces: str) -> list[float]:
    """The training losses of a log, in the order in which they are told."""
    found = read(library, [piece.encode() for piece in pieces])
    return [v for one in found if one.metric == "train/loss" for v in one.value.tolist()]


class TestTentative:
    def test_once_is_no_figure(self, library: Library) -> None:
        """A lone number with a name, seen once, might be prose."""
        assert [] == losses_of(library, "loss: 3.5\n")
        assert [] == losses_of(library, "loss: 3.5\nloss: 3.5\n", "loss: 3.5\n")

    @pytest.mark.parametrize("cut_at", [0, 5, 10, 14, 20, 30])
    def test_again_with_another_number(self, library: Library, cut_at: int) -> None:
        """Seen again with another number it is a figure, and the first was one too."""
        log = "loss: 3.5\nloss: 3.4\nloss: 3.3\n"

        assert [3.5, 3.4, 3.3] == losses_of(library, log[:cut_at], log[cut_at:])

    def test_lines_that_count_need_not_wait(self, library: Library) -> None:
        """A line with a counter is one of training at once."""
        assert [3.5] == losses_of(library, "step 1 loss: 3.5\n")

    def test_a_known_metric_need_not_wait(self, library: Library) -> None:
        """A metric that sure lines have told before is no prose in another form."""
        assert [3.5, 3.25] == losses_of(library, "step 1 loss: 3.5\n", "mean loss 3.25\n")

    def test_nothing_is_told_out_of_order(self, library: Library) -> None:
        """What was held back is left out where later samples of the metric were told meanwhile."""
        values = losses_of(
            library, "loss: 3.5\n", "step 1 loss 3.25\n", "loss: 3.0\n", "step 2 loss 2.5\n"
        )

        assert [3.25, 3.0, 2.5] == values

    @settings(max_examples=200)
    @given(
        lines=st.lists(
            st.sampled_from(
                ["loss: {}.5", "mean loss {}", "step 4 loss {}.5", "loss {} acc 0.{}", "acc 0.{}",
                 "the loss of {} is {}", "val loss: {}.25", "train loss: {}.5"]
            ).flatmap(lambda form: st.integers(0, 9).map(lambda n: form.format(n, n))),
            max_size=12,
        ),
        places=CUTS,
    )  # fmt: skip
    def test_the_order_of_the_log(
        self, library: Library, lines: list[str], places: list[float]
    ) -> None:
        """In whatever pieces a log arrives, each metric is told from its beginning to its end."""
        newest: dict[str, int] = {}
        log = "".join(f"{line}\n" for line in lines).encode()

        for samples in read(library, cut(log, places)):
            assert (np.diff(samples.offset) >= 0).all()
            assert newest.get(samples.metric, -1) <= samples.offset[0]
            newest[samples.metric] = int(samples.offset[-1])

    def test_prose_without_end(self, library: Library) -> None:
        """Of prose with numbers only so much is kept."""
        words = ["".join(letters) for letters in itertools.product("abcdefgh", repeat=4)]
        extractor = Extractor(library)

        extractor.feed("".join(f"{word} loss: 3.5\n" for word in words).encode())

        assert MAX_HELD == len(extractor._tentative._held) < len(words)
