"""Of several unlabelled bars, the one that runs while the training reports is the run's."""

import math

from hypothesis import example, given, settings
from hypothesis import strategies as st

from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library

Figure = tuple[str, float, float]


def bar(step: int, total: int) -> bytes:
    """One drawing of an unlabelled bar."""
    return b"\r 29%%|##9       | %d/%d [00:51<02:36,  2.00it/s]" % (step, total)


def trained(loss: float) -> bytes:
    """What a trainer prints of a training step: no step in it."""
    return b"{'loss': %.2f, 'learning_rate': 0.5, 'epoch': 1.5}\n" % loss


def evaluated(loss: float) -> bytes:
    """What a trainer prints of an evaluation."""
    return b"{'eval_loss': %.2f, 'eval_runtime': 3.0, 'epoch': 1.5}\n" % loss


def figures_of(library: Library, pieces: list[bytes]) -> list[Figure]:
    """Metric, value and step of every sample, in the order of the log."""
    extractor = Extractor(library)
    extracts = [*map(extractor.feed, pieces), extractor.finish()]
    rows = [
        (int(offset), one.metric, value, step)
        for extract in extracts
        for one in extract.samples
        for offset, value, step in zip(one.offset, one.value, one.step, strict=True)
    ]
    return [row[1:] for row in sorted(rows, key=lambda row: row[:2])]


def steps_of(library: Library, lines: list[bytes], metric: str) -> list[float]:
    """The steps of one metric."""
    return [step for name, _, step in figures_of(library, [b"".join(lines)]) if name == metric]


LINES = st.one_of(
    st.builds(bar, st.integers(0, 90), st.sampled_from([100, 70])),
    st.builds(trained, st.floats(0, 9)),
    st.builds(evaluated, st.floats(0, 9)),
)


class TestRunBar:
    def test_the_bar_before_a_training_line_gives_its_step(self, library: Library) -> None:
        """The dict of a trainer has the step of the bar before it."""
        lines = [bar(9, 100), bar(10, 100), trained(2.5), bar(20, 100), trained(2.25)]

        assert [10, 20] == steps_of(library, lines, "train/loss")

    def test_the_bar_of_an_evaluation_is_not_the_runs(self, library: Library) -> None:
        """An evaluation draws bars too; neither steps nor rates are theirs."""
        lines = [bar(10, 100), trained(2.5), bar(1, 7), bar(7, 7), evaluated(3.5)]
        lines += [bar(11, 100), bar(20, 100), trained(2.25)]

        assert [10, 20] == steps_of(library, lines, "train/loss")
        assert [10] == steps_of(library, lines, "eval/loss")
        assert {10, 11, 20} >= {*steps_of(library, lines, "steps_per_s")}

    def test_another_training_takes_over(self, library: Library) -> None:
        """A second training in the same log has another bar; its lines have the steps of that."""
        lines = [bar(10, 100), trained(2.5), bar(5, 50), trained(1.5), bar(6, 50), trained(1.25)]

        assert [10, 5, 6] == steps_of(library, lines, "train/loss")

    def test_without_a_bar_there_is_no_step(self, library: Library) -> None:
        """Where bars go to another file the dict has its epoch alone."""
        assert all(map(math.isnan, steps_of(library, [trained(2.5)], "train/loss")))

    @settings(max_examples=100)
    @given(pieces=st.lists(st.lists(LINES, max_size=4), max_size=5))
    @example(
        pieces=[
            [bar(52, 100), bar(19, 70), trained(2), bar(0, 100)],
            [trained(2), bar(30, 70)],
        ]
    )
    def test_pieces_do_not_matter(self, library: Library, pieces: list[list[bytes]]) -> None:
        """The choice of the bar is the same however the log arrives."""
        arriving = [b"".join(lines) for lines in pieces]

        whole = figures_of(library, [b"".join(arriving)])

        assert str(whole) == str(figures_of(library, arriving))
