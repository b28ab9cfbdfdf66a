"""A loss without a word of its phase is training's or an evaluation's, by how the log goes on."""

import pytest

from logwatch.parsing.authoring.examples import name_plainly
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.record import MEAN

EPOCHS = range(1, 5)


def losses(library: Library, text: str, piece: int) -> dict[str, list[float]]:
    """The losses of a log that arrives in pieces of so many bytes."""
    extractor = Extractor(library)
    data = text.encode()
    extracts = [extractor.feed(data[at : at + piece]) for at in range(0, len(data), piece)]
    found: dict[str, list[tuple[int, float]]] = {}
    every = tuple(one for extract in (*extracts, extractor.finish()) for one in extract.samples)
    for samples in name_plainly(every):
        pairs = zip(samples.offset.tolist(), samples.value.tolist(), strict=True)
        found.setdefault(samples.metric, []).extend(pairs)
    return {name: [value for _, value in sorted(pairs)] for name, pairs in found.items()}


@pytest.mark.parametrize("piece", [1, 7, 40, 1000])
class TestUnphased:
    def test_takes_turns_with_training(self, library: Library, piece: int) -> None:
        """What comes once after each named training loss is the evaluation's."""
        lines = [f"train loss = {1 / n}\nloss: {2 / n}, saving the model\n" for n in EPOCHS]

        found = losses(library, "".join(lines), piece)

        assert {
            "train/loss": [1 / n for n in EPOCHS],
            "eval/loss": [2 / n for n in EPOCHS],
        } == found

    def test_other_words_follow(self, library: Library, piece: int) -> None:
        """Once it is known, a line that differs behind the loss is the evaluation's at once."""
        lines = [f"train loss = {1 / n}\nloss: {2 / n}, saving the model\n" for n in EPOCHS]
        last = "train loss = 0.125\nloss: 0.875, counter: 1 out of 10\n"

        found = losses(library, "".join(lines) + last, piece)

        assert [*(2 / n for n in EPOCHS), 0.875] == found["eval/loss"]

    def test_batches_are_training(self, library: Library, piece: int) -> None:
        """What comes several times between two named training losses, which are means."""
        batches = "".join(f"loss: {n}.5\n" for n in EPOCHS)

        found = losses(library, f"train loss = 9.5\n{batches}train loss = 1.5\n{batches}", piece)

        assert {
            "train/loss": [1.5, 2.5, 3.5, 4.5] * 2,
            "train/loss" + MEAN: [9.5, 1.5],
        } == found

    def test_before_training_is_named(self, library: Library, piece: int) -> None:
        """What came before the first named training loss stays what it was."""
        lines = [f"loss: {2 / n}\ntrain loss = {1 / n}\n" for n in EPOCHS]

        assert {
            "train/loss": [2 / n for n in EPOCHS],
            "train/loss" + MEAN: [1 / n for n in EPOCHS],
        } == losses(library, "".join(lines), piece)

    def test_an_evaluation_is_named(self, library: Library, piece: int) -> None:
        """A log that names its evaluation's loss means training by one without a name."""
        lines = [f"train loss = {1 / n}\nval loss = {3 / n}\nloss: {2 / n}\n" for n in EPOCHS]

        found = losses(library, "".join(lines), piece)

        assert [3 / n for n in EPOCHS] == found["eval/loss"]

    def test_once_is_in_doubt(self, library: Library, piece: int) -> None:
        """One such line alone is nobody's."""
        found = losses(library, "train loss = 0.5\ntrain loss = 0.25\nloss: 0.75\n", piece)

        assert {"train/loss": [0.5, 0.25]} == found
