"""No bytes make the extractor raise, and however they come it says the same."""

import random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logwatch.parsing.extractor import ALL_RANKS, PIECE, Extractor, merge_extracts
from logwatch.parsing.library import Library
from logwatch.parsing.matching.time_budget import MAX_STRIKES
from logwatch.parsing.record import Extract, Progress
from tests.parsing.matching.test_shapes import everything_of
from tests.strategies import CUTS, LINES, cut

NOISE = [
    b"\n", b"\r", b"\r\n", b"\b\b", b"\0\0\0", b"\x1b[A", b"\x1b[31m", b"\xe2\x80", b"\xff",
    b"\xc2\x9b", b"nan", b"inf", b"-", b",", b"1e400", b"9" * 400, b"{", b"}", b"'", b'"', b"[",
    b"]", b"|", b"loss=", b" ", b"\t", b":", b"=", b"%", b"\xd9\xa1", b"\xe2\x80\xa8", b"0.",
]  # fmt: skip
EXAMPLES: list[bytes] = []


@pytest.fixture(scope="module", autouse=True)
def _examples(library: Library) -> None:
    """The lines that all dialects show, to be garbled."""
    EXAMPLES.extend(e.text.lstrip("\n").encode() for d in library.dialects for e in d.examples)


def garbled(random_: random.Random) -> bytes:
    """A log of some examples with some bytes put in, taken out or changed."""
    parts = []
    for _ in range(random_.randrange(1, 12)):
        line = bytearray(random_.choice(EXAMPLES))
        for _ in range(random_.randrange(4)):
            at = random_.randrange(len(line) + 1)
            change = random_.randrange(3)
            if change == 0:
                line[at:at] = random_.choice(NOISE)
            elif change == 1:
                del line[at : at + random_.randrange(1, 8)]
            else:
                line[at : at + 1] = bytes([random_.randrange(256)])
        parts.append(bytes(line) + random_.choice([b"\n", b"\n", b"\r", b"\r\n", b"\b\b\r"]))
    return b"".join(parts)


def is_sound(extract: Extract) -> bool:
    """Whether all columns of all samples are of one length, and in the order of the log."""
    return all(
        len(one.value) == len(one.step) == len(one.epoch) == len(one.time) == len(one.line)
        and (np.diff(one.offset) >= 0).all()
        and one.metric.isprintable()
        for one in extract.samples
    ) and all(event.title.isprintable() for event in extract.events)


def values_of(extracts: list[Extract], metric: str) -> list[float]:
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
        log = garbled(random.Random(seed))
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
        assert 0.125 == values_of(extracts, "lr")[-1]

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

        assert [[], [2.5], [2.0]] == [values_of([extract], "train/loss") for extract in told]


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

        assert expected == values_of([Extractor(asked).feed(log.encode())], "train/loss")


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
