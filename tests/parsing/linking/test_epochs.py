"""A counter that begins anew each epoch is the run's where the log tells how long an epoch is."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from logwatch.parsing.dialects.table import dialect_from_table
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library


def library_of(base: int, counter: str = "epochs") -> Library:
    """A dialect whose step begins anew each epoch, and an evaluation that names only the epoch."""
    train = {
        "name": "train",
        "kind": "regex",
        "match": rf"^epoch (?P<epoch>\d+)/(?P<{counter}>\d+) (?P<step>\d+)/(?P<total>\d+) "
        r"loss (?P<loss>\S+)",
        "scope": "epoch",
        "epoch_base": base,
        "sets": "e",
    }
    valid = {
        "name": "valid",
        "kind": "regex",
        "match": r"^valid loss (?P<val_loss>\S+)",
        "uses": "e",
        "scope": "epoch",
        "epoch_base": base,
    }
    table = {"name": "d", "title": "d", "source": "d", "pattern": [train, valid]}
    return Library([dialect_from_table(table)])


def steps_of(library: Library, lines: list[str], metric: str = "train/loss") -> list[float]:
    """The steps of one metric's samples."""
    extract = Extractor(library).feed("".join(f"{line}\n" for line in lines).encode())
    return [step for one in extract.samples if one.metric == metric for step in one.step.tolist()]


class TestEpochs:
    @given(st.integers(1, 1000), st.integers(0, 1), st.lists(st.integers(0, 9), min_size=1))
    def test_adds_the_epochs_before(self, total: int, base: int, epochs: list[int]) -> None:
        """Step s of epoch e is step s + (e - base) * total of the run, whatever came before."""
        epochs = [base, *(base + epoch for epoch in epochs)]
        lines = [f"epoch {epoch}/10 {total // 2}/{total} loss 1" for epoch in epochs]

        expected = [(epoch - base) * total + total // 2 for epoch in epochs]
        assert expected == steps_of(library_of(base), lines)

    def test_learns_that_epochs_begin_at_0(self) -> None:
        """A program that counts from 0, in a dialect that counts from 1, has no negative step."""
        lines = [f"epoch {epoch}/3 {step}/10 loss 1" for epoch in (0, 1) for step in (1, 10)]

        assert [1, 10, 11, 20] == steps_of(library_of(1), lines)

    def test_places_an_evaluation_at_the_end_of_its_epoch(self) -> None:
        """Evaluations that come when each epoch ends do not share one step."""
        lines = [
            line
            for epoch in (1, 2, 3)
            for line in (f"epoch {epoch}/3 10/10 loss 1", f"valid loss {epoch}")
        ]

        assert [10, 20, 30] == steps_of(library_of(1), lines, "eval/loss")

    def test_a_restart_goes_back(self) -> None:
        """A run that begins again from its first epoch is seen to go back."""
        lines = [f"epoch {epoch}/3 10/10 loss 1" for epoch in (1, 2, 1)]

        steps = steps_of(library_of(1), lines)

        assert [False, True] == [later < earlier for earlier, later in pairwise(steps)]

    def test_progress_counts_the_whole_run(self) -> None:
        """The total is that of the run; the number of the last epoch gives their count."""
        lines = b"epoch 1/4 5/10 loss 1\n"

        for base, counter, total in ((1, "epochs", 40.0), (0, "last_epoch", 50.0)):
            progress = Extractor(library_of(base, counter)).feed(lines).progress
            assert progress is not None
            assert (5.0 if base else 15.0, total) == (progress.step, progress.total)


def untold_library() -> Library:
    """A dialect whose step begins anew each epoch and whose lines tell no total."""
    table = {
        "name": "d",
        "title": "d",
        "source": "d",
        "pattern": [
            {
                "name": "train",
                "kind": "regex",
                "match": r"^epoch (?P<epoch>\d+) batch (?P<step>\d+) loss (?P<loss>\S+)",
                "scope": "epoch",
                "sets": "d",
            },
            {
                "name": "valid",
                "kind": "regex",
                "match": r"^valid loss (?P<val_loss>\S+)",
                "uses": "d",
                "scope": "epoch",
            },
        ],
    }
    return Library([dialect_from_table(table)])


class TestUntoldEpochs:
    def test_adds_what_was_seen(self) -> None:
        """Where nothing tells how long an epoch is, it was as long as its lines went."""
        lines = [f"epoch {epoch} batch {step} loss 1" for epoch in (1, 2, 3) for step in (10, 20)]

        assert [10, 20, 30, 40, 50, 60] == steps_of(untold_library(), lines)

    def test_evaluations_stand_where_training_was(self) -> None:
        """An evaluation has the step of the training line before it, in each epoch."""
        lines = [
            line
            for epoch in (1, 2)
            for line in (
                f"epoch {epoch} batch 10 loss 1",
                "valid loss 2",
                f"epoch {epoch} batch 20 loss 1",
            )
        ]

        assert [10, 30] == steps_of(untold_library(), lines, "eval/loss")

    def test_a_counter_of_the_run_goes_on(self) -> None:
        """A counter that does not begin anew is left as it is."""
        lines = [f"epoch {epoch} batch {epoch * 10} loss 1" for epoch in range(5)]

        assert [0, 10, 20, 30, 40] == steps_of(untold_library(), lines)

    def test_goes_back_to_where_an_epoch_began(self) -> None:
        """A run that resumes from an epoch counts on from its beginning."""
        before = [f"epoch {epoch} batch {step} loss 1" for epoch in (1, 2, 3) for step in (10, 20)]
        after = [f"epoch 2 batch {step} loss 1" for step in (10, 20)]

        assert [30, 40] == steps_of(untold_library(), before + after)[-2:]

    @given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.integers(1, 20))
    def test_pieces_do_not_matter(self, steps: list[int], piece: int) -> None:
        """However the log arrives, the steps are the same."""
        lines = [f"epoch {i // 5} batch {step} loss 1\n" for i, step in enumerate(steps)]
        data = "".join(lines).encode()
        extractor = Extractor(untold_library())
        parts = [extractor.feed(data[at : at + piece]) for at in range(0, len(data), piece)]

        found = [step for part in parts for one in part.samples for step in one.step.tolist()]

        assert steps_of(untold_library(), [line.strip() for line in lines]) == found
