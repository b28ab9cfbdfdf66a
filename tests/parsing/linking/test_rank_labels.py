"""RankLabels of `srun` are told from numbers that a program prints."""

import pytest

from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.linking.rank_labels import HEAD_BYTES, RankLabels, has_labels
from logwatch.session import Session
from tests.parsing.arrivals import read_pieces


def labelled(ranks: int, steps: int) -> bytes:
    """A log of several ranks as `srun --label` writes it."""
    return "".join(
        f"{rank:>{len(str(ranks - 1))}}: step {step} loss {9 - step / 10 + rank}\n"
        for step in range(steps)
        for rank in range(ranks)
    ).encode()


class TestHasLabels:
    @pytest.mark.parametrize("ranks", [1, 4, 16, 512])
    def test_ranks_repeat(self, ranks: int) -> None:
        """RankLabels of any number of ranks are found once they have all spoken a few times."""
        assert has_labels(labelled(ranks, 5))

    def test_heterogeneous_jobs_have_labels_too(self) -> None:
        """The label of a job of several parts names the part."""
        assert has_labels(b"P0 0: hello\nP0 1: hello\nP1 0: hello\n" * 3)

    def test_the_batch_script_speaks_without_a_label(self) -> None:
        """Lines before the first label do not count against it."""
        assert has_labels(b"loading modules\n" * 90 + labelled(4, 5))

    @pytest.mark.parametrize(
        "log",
        [
            b"",
            b"0: loss 3.5\n1: loss 3.4\n2: loss 3.3\n3: loss 3.2\n4: loss 3.1\n5: loss 3.0\n",
            b"step 1: loss 3.5\n" * 9,
            b"1: warning\n1: warning\nstep 1 loss 2.5\nstep 2 loss 2.5\nstep 3 loss 2.5\n" * 3,
            b"2026: a year\n2027: another\n" * 2,
        ],
    )
    def test_other_numbers_are_no_labels(self, log: bytes) -> None:
        """Steps at the beginning of lines, and numbers on some lines only, are no labels."""
        assert not has_labels(log)


class TestLabels:
    def test_found_once_however_the_log_arrives(self) -> None:
        """RankLabels are found at some piece, and once."""
        labels, log = RankLabels(), labelled(4, 9)

        told = [labels.look(log[at : at + 7]) for at in range(0, len(log), 7)]

        assert 1 == sum(told)

    @pytest.mark.parametrize("size", [1, 30, 200])
    def test_lines_before_labels_were_known_are_read_again(
        self, library: Library, size: int
    ) -> None:
        """All lines have the time behind their label, also those that came before it was known."""
        line = "{0}: 2026-11-20 09:12:33 step {1} loss {2}.5\n"
        log = "".join(line.format(rank, n, 9 - n) for n in range(9) for rank in (0, 1)).encode()

        pieces = [log[at : at + size] for at in range(0, len(log), size)]

        assert read_pieces(library, [log]) == read_pieces(library, pieces)

    def test_what_was_taken_is_not_taken_again(self, library: Library) -> None:
        """Samples before the first label are given at once, those behind it when it is sure."""
        session = Session(library)
        log = b"step 1 loss 9.5\nstep 2 loss 8.5\n" + labelled(2, 9).replace(b"step ", b"step 1")

        taken = []
        for line in log.splitlines(keepends=True):
            session.feed(line)
            taken.append(session.take().series)
        session.finish()
        taken.append(session.take().series)

        counts = [len(view) for series in taken for name, view in series.items() if len(view)]
        values = [v for series in taken if series for v in series["train/loss"].value.tolist()]
        whole = read_pieces(library, [log])["series"]["train/loss"]
        assert [1, 1] == counts[:2]
        assert whole[1] == [value.hex() for value in values]

    def test_only_the_head_is_looked_at(self) -> None:
        """What comes late in a log changes nothing."""
        labels = RankLabels()

        assert not labels.look(b"training\n" * HEAD_BYTES)
        assert not labels.look(labelled(4, 9))

    @pytest.mark.parametrize("piece", [10**6, 64])
    def test_one_rank_counts(self, library: Library, piece: int) -> None:
        """Of labelled lines those of one rank are the run's, also when the log grows slowly."""
        extractor, log = Extractor(library), labelled(4, 200)

        extracts = [extractor.feed(log[at : at + piece]) for at in range(0, len(log), piece)]
        extracts.append(extractor.finish())

        steps = [s for x in extracts for one in x.samples for s in one.step if s >= 10]
        assert [*range(10, 200)] == sorted(steps)
