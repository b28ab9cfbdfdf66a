"""No bytes make the extractor raise, and however they come it says the same."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logwatch.parsing.extractor import PIECE, Extractor, merge_extracts
from logwatch.parsing.library import ALL_RANKS, Library
from logwatch.parsing.matching.time_budget import MAX_STRIKES
from logwatch.parsing.record import MEAN, Extract, Progress
from tests.parsing.arrivals import (
    differing_parts,
    garbled_log,
    lines_of,
    mixed_log,
    part_of,
    random_pieces,
    read_pieces,
)
from tests.parsing.matching.test_shapes import everything_of
from tests.strategies import CUTS, LINES, cut

EXAMPLES: list[bytes] = []


@pytest.fixture(scope="module", autouse=True)
def _examples(library: Library) -> None:
    """The lines that all dialects show, to be garbled."""
    EXAMPLES.extend(e.text.lstrip("\n").encode() for d in library.dialects for e in d.examples)


def is_sound(extract: Extract) -> bool:
    """Whether all columns of all samples are of one length, and in the order of the log."""
    return all(
        len(one.value) == len(one.step) == len(one.epoch) == len(one.time) == len(one.line)
        and (np.diff(one.offset) >= 0).all()
        and one.metric.removesuffix(MEAN).isprintable()
        for one in extract.samples
    ) and all(event.title.isprintable() for event in extract.events)


def goals_of(extracts: list[Extract], metric: str) -> list[float]:
    """All values of one metric."""
    samples = [one for extract in extracts for one in extract.samples if one.metric == metric]
    return [value for one in samples for value in one.value.tolist()]


class TestExtractor:
    @settings(max_examples=150)
    @given(data=st.binary(max_size=400))
    @example(data=b"\r\n\b\0\xff")
    def test_any_bytes(self, library: Library, data: bytes) -> None:
        """Random bytes say nothing, without an error."""
        extractor = Extractor(library)

        assert is_sound(extractor.feed(data))
        assert is_sound(extractor.finish())

    @settings(max_examples=150)
    @given(seed=st.integers(0, 10**9), places=CUTS)
    def test_garbled_logs(self, library: Library, seed: int, places: list[float]) -> None:
        """Real lines with errors in them are read, and in the same way in whatever pieces."""
        log = garbled_log(random.Random(seed), EXAMPLES)
        extractor = Extractor(library)

        extracts = [*map(extractor.feed, cut(log, places)), extractor.finish()]

        assert all(map(is_sound, extracts))
        assert set() == extractor.switched_off
        assert everything_of(library, [log]) == everything_of(library, cut(log, places))

    @pytest.mark.parametrize(
        "line",
        [
            "loss: " + "9" * 10_000,
            "loss: 0." + "3" * 10_000 + " step: 1",
            "step " + "1" * 10_000 + " loss 2.5",
            "{'loss': " * 5_000 + "1" + "}" * 5_000,
            '{"loss": 1, ' + '"a": {' * 5_000,
            "loss {" + "{" * 30_000,
            "loss " + "[" * 30_000,
            "loss=" + "0.5," * 10_000,
            "step 1 " + "loss=0.5 " * 7_000,
            "loss: 1 " + "a.b-c/d@e_f" * 6_000,
            "Epoch " * 10_000,
            " 29%|###| 3/7 [00:01<00:02, 1.1s/it, " + "abc " * 9_000 + "]",
            "nan found in " * 4_000,
            "Missing key(s) in state_dict: " + '"a.b.c", ' * 7_000,
            "step 1 loss " + "\x1b[31m" * 9_000 + "0.5",
            "loss " + "█" * 20_000,
            "the loss of the " * 4_000,
            " iteration 1/ 5 |" + " lm loss: 2 |" * 5_000,
        ],
        ids=lambda line: line[:24],
    )
    def test_monstrous_lines(self, library: Library, line: str) -> None:
        """Lines that no pattern was made for cost no dialect, and not what comes after them."""
        extractor = Extractor(library)
        log = "".join(f"{line}{'!' * (1 + n)}\n" for n in range(MAX_STRIKES))

        extracts = [extractor.feed(f"{log}step 1 loss: 2.5 lr: 0.125\n".encode())]

        assert set() == extractor.switched_off
        assert 0.125 == goals_of(extracts, "lr")[-1]

    def test_many_short_lines(self, library: Library) -> None:
        """A hundred thousand lines of a few letters are all passed over or read."""
        log = "".join(f"{i % 7} a\nx{i}\n\n" for i in range(33_000)) + "step 1 loss 2.5\n"

        (samples,) = Extractor(library).feed(log.encode()).samples

        assert ("train/loss", [2.5], [99_001]) == (
            samples.metric,
            samples.value.tolist(),
            samples.line.tolist(),
        )

    @settings(max_examples=30)
    @given(lines=st.lists(LINES, min_size=1, max_size=20))
    def test_a_feed_of_several_pieces(self, library: Library, lines: list[str]) -> None:
        """More than is read at once is the same as in one read, at the place where it stands."""
        log = "".join(f"{line}\n" for line in lines).encode()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("logwatch.parsing.extractor.PIECE", 7)
            small = everything_of(library, [log])

        assert PIECE > len(log)
        assert everything_of(library, [log]) == small

    def test_an_empty_log(self, library: Library) -> None:
        """Nothing says nothing."""
        extractor = Extractor(library)

        assert Extract() == extractor.feed(b"")
        assert Extract() == extractor.finish()

    def test_an_unfinished_last_line(self, library: Library) -> None:
        """The last line counts when nothing more will come, and not before."""
        extractor = Extractor(library)

        told = [extractor.feed(data) for data in (b"step 1 loss 2.", b"5\nstep 2 loss 2")]
        told.append(extractor.finish())

        assert [[], [2.5], [2.0]] == [goals_of([extract], "train/loss") for extract in told]


class TestRanks:
    LINES = (
        "[rank2]: step {0} loss 2.5",
        "[rank0]: step {0} loss 0.5",
        "[rank1]: step {0} loss 1.5",
    )

    @pytest.mark.parametrize(
        ("rank", "expected"),
        [(None, [2.5] * 2), (1, [1.5] * 2), (7, []), (ALL_RANKS, [2.5, 0.5, 1.5] * 2)],
    )
    def test_whose_lines_count(
        self, library: Library, rank: int | None, expected: list[float]
    ) -> None:
        """The rank that speaks first, the one that was asked for, or all of them."""
        log = "".join(f"{line.format(step)}\n" for step in range(2) for line in self.LINES)
        asked = Library(library.dialects, library.entrances, rank)

        assert expected == goals_of([Extractor(asked).feed(log.encode())], "train/loss")


class TestMergeExtracts:
    def test_order_and_newest(self) -> None:
        """Parts follow each other; dialects are named once, and the newest progress counts."""
        one = Extract(dialects=("a", "b"), progress=Progress(1))
        two = Extract(dialects=("b", "c"), progress=Progress(2))

        merged = merge_extracts([one, two, Extract()], 9)

        assert (("a", "b", "c"), Progress(2), 9) == (merged.dialects, merged.progress, merged.lines)


def test_a_leap_forgets_what_lines_say_of_later_ones(library: Library) -> None:
    """A dict has the step of the bar before it, but not over a leap in the log."""
    bar, line = b"\r 10%|# | 7/70 [00:10<00:20, 9.00it/s]", b"\n{'loss': 2.5, 'epoch': 0.1}\n"
    near, far = Extractor(library), Extractor(library)
    near.feed(bar + line)
    far.feed(bar + line)
    far.leap()
    later = line.replace(b"0.1", b"0.2")
    steps = [
        [float(s.step[-1]) for s in one.feed(later).samples if s.metric == "train/loss"]
        for one in (near, far)
    ]

    assert "[[7.0], [nan]]" == str(steps)


def as_lines(*lines: str) -> bytes:
    """A log of some lines."""
    return "".join(f"{line}\n" for line in lines).encode()


BAR_LINE = (
    "Training epoch 0, iteration 9/99 | lr: 2.699e-06 | global_step: 9 | "
    "reduced_train_loss: 10.82 | train_step_timing in s: 1.234"
)
PLAIN_LINE = "completed step: 5, seconds: 1.234, TFLOP/s: 190.123, loss: 9.876"
ODD_LOGS = {
    "a doubtful NaN": as_lines(
        "step 0 | loss 0 | kl 0 | lr 0",
        "Step 0: train_loss = 0",
        "2026-11-20 09:12:10 - root - INFO - step: 100  loss:  0  lr: nan",
        "Step 0: train_loss = 0",
        "2026-11-20 09:12:10 - root - INFO - step: 100  loss:  0  lr: 0",
    ),
    "a bar after lines": as_lines(BAR_LINE, PLAIN_LINE, BAR_LINE, BAR_LINE, PLAIN_LINE),
    "labels and a table": as_lines(
        *["1: step 7 loss 2.5", "0: step 7 loss 3.5"] * 3,
        "1: E    #       LOSS TRANS...  LOSS MORPH...  LOSS COREF  TAG_ACC  SPEED     SCORE ",
        "0: ---  ------  -------------  -------------  ----------  -------  --------  ------",
        "1:   0       0         113.24          55.50         nan    21.50  12345.67    0.25",
        "0:   0       0         113.24          55.50         nan    21.50  12345.67    0.25",
    ),
    "a bar that begins anew": as_lines(
        *[
            "Epoch 1/6",
            " 1/40 ━━━━━━━━━━━━━━━━━━━━ 1:02 5ms/step - loss: 1.0888",
            "40/40 ━━━━━━━━━━━━━━━━━━━━ 0s 5ms/step - loss: 0.8858",
        ]
        * 4
    ),
    "steps without bounds": as_lines(
        *[f"  3%|3  | {'9' * 400}/100 [05:00<2:41:40,  2.0s/it, loss=2.5]"] * 3,
        f"Epoch [{'9' * 400}][0/80] loss 2.5",
        f"Epoch: [{'9' * 400}] [0/{'9' * 400}] loss: 2.5 (2.5) time: {'9' * 310}.0",
        *[f"step {'9' * 400} loss 2.5 time {'9' * 307}h"] * 3,
    ),
}


@pytest.mark.parametrize("log", ODD_LOGS.values(), ids=ODD_LOGS)
def test_odd_logs_in_pieces(library: Library, log: bytes) -> None:
    """Lines that are told apart by what comes later are read alike, however they come."""
    whole = read_pieces(library, [log])

    assert [] == differing_parts(whole, read_pieces(library, lines_of(log)))
    assert [] == differing_parts(whole, read_pieces(library, [bytes([byte]) for byte in log]))


@settings(max_examples=300)
@given(seed=st.integers(0, 10**9))
def test_examples_in_pieces(library: Library, seed: int) -> None:
    """What dialects show, repeated, mixed, garbled or with labels, is read alike in all pieces."""
    random_ = random.Random(seed)
    log = mixed_log(random_, EXAMPLES) if seed % 3 else garbled_log(random_, EXAMPLES)
    whole = read_pieces(library, [log])

    for pieces in (lines_of(log), random_pieces(log, random_)):
        assert [] == differing_parts(whole, read_pieces(library, pieces))


@pytest.mark.real_logs
def test_real_logs_in_pieces(library: Library, shared: Path) -> None:
    """Parts of the real logs are read alike, whole, by lines and in random pieces."""
    logs = sorted(path for path in (shared / "logs").rglob("*") if path.is_file())
    random_ = random.Random(7)
    for path in random_.sample(logs, 30):
        log = part_of(path.read_bytes(), random_)
        whole = read_pieces(library, [log])
        for pieces in (lines_of(log), random_pieces(log, random_)):
            assert [] == differing_parts(whole, read_pieces(library, pieces)), path.name
