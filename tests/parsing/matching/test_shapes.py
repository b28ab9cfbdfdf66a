"""Reading by shape says what reading line by line says."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logwatch.parsing.dialects.table import dialect_from_table
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.lines import Cutter, Stretch
from logwatch.parsing.matching.plan import Planner
from logwatch.parsing.matching.shapes import Shapes
from logwatch.parsing.record import Extract
from tests.parsing.line_by_line import figures_of, read_line_by_line
from tests.strategies import CUTS, LOGS, cut

TELLS_DIGITS = {
    "name": "tells-digits",
    "title": "Patterns that tell digits apart",
    "source": "this test",
    "pattern": [
        {"name": "one", "kind": "regex", "match": r"^tell 1\d* apart loss=(?P<loss>\S+)"},
        {"name": "low", "kind": "regex", "match": r"^tell [02-4]\d* apart loss=(?P<low_loss>\S+)"},
        {"name": "same", "kind": "regex", "match": r"step (\d)\1 \| loss (?P<twin_loss>\S+)"},
    ],
}


def stretch_of(data: bytes) -> Stretch:
    """All segments of the data."""
    return Cutter().feed(data + b"\n")


@pytest.fixture(scope="module")
def everything(library: Library) -> Library:
    """All dialects, and before them one whose patterns tell digits apart."""
    return Library([dialect_from_table(TELLS_DIGITS), *library.dialects])


class TestShapes:
    @settings(max_examples=300)
    @given(log=LOGS)
    @example(log=b"tell 1 apart loss=0.5\ntell 5 apart loss=0.25\ntell 2 apart loss=1\n")
    @example(log=b"step 11 | loss 1.5\nstep 12 | loss 2.5\n")
    @example(log=b"acc1: 0.1 loss_1: 0.5 step=1\nacc5: 0.2 loss_2: 0.25 step=2\n")
    def test_equals_line_by_line(self, everything: Library, log: bytes) -> None:
        """Each figure of each line is the same, bit by bit, whether shapes are shared or not."""
        stretch = stretch_of(log)

        readings, *_ = Shapes(Planner(everything)).read(stretch)
        shared = figures_of(readings)

        plain = read_line_by_line(everything, stretch)
        taken = {row for reading in readings if reading.is_row for row in reading.rows.tolist()}
        assert [figure for figure in plain if figure[0] not in taken] == shared

    @settings(max_examples=150)
    @given(log=LOGS, places=CUTS)
    def test_cuts_do_not_matter(self, library: Library, log: bytes, places: list[float]) -> None:
        """However a log arrives in pieces, the same samples and events come of it."""
        whole = everything_of(library, [log])

        assert whole == everything_of(library, cut(log, places))

    def test_a_full_table_starts_anew(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """When the table of shapes is full, reading goes on and loses nothing."""
        monkeypatch.setattr("logwatch.parsing.matching.shapes.MAX_SHAPES", 10)
        lines = [f"step {i} loss {i}.5{'x' * (i % 30)}" for i in range(200)]
        shapes = Shapes(Planner(library))
        cutter = Cutter()

        found = 0
        for line in lines:
            readings, *_ = shapes.read(cutter.feed(line.encode() + b"\n"))
            found += sum("train/loss" in reading.metrics for reading in readings)

        expected = read_line_by_line(library, stretch_of("\n".join(lines).encode()))
        assert len([figure for figure in expected if figure[3] == "train/loss"]) == found

    @pytest.mark.parametrize(
        "line", ["acc{0}: 0.5 loss: 0.25 step={0}", "plain {0} loss: 0.25", "{0}{0} loss 0.5 {1}"]
    )
    def test_names_without_end(
        self, library: Library, monkeypatch: pytest.MonkeyPatch, line: str
    ) -> None:
        """A log that has another name, or another shape, in each line does not fill the memory."""
        monkeypatch.setattr("logwatch.parsing.matching.shapes.MAX_SHAPES", 50)
        shapes, cutter = Shapes(Planner(library)), Cutter()

        for i in range(600):
            shapes.read(cutter.feed(line.format(i, "x" * (i % 200)).encode() + b"\n"))

        assert 52 >= max(len(shapes._table), len(shapes._variants), len(shapes._plans))

    def test_rows_without_end(self, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nor do rows of blocks that are all different."""
        monkeypatch.setattr("logwatch.parsing.matching.shapes.MAX_SHAPES", 50)
        shapes, cutter = Shapes(Planner(library)), Cutter()

        for i in range(300):
            shapes.read(cutter.feed(f"Epoch {i}:\n  loss_{'x' * i}: 0.5\n".encode()))

        assert 52 >= len(shapes._blocks)

    @given(st.integers(0, 10**15 - 1), st.integers(-22, 15))
    def test_values_are_those_of_float(self, library: Library, mantissa: int, power: int) -> None:
        """A value read as digit columns is what float() makes of the text."""
        text = f"{mantissa}e{power}"

        extract = everything_of(library, [f"step 1 loss {text} x\n".encode()])

        values = [value for name, value, *_ in extract[0] if name == "train/loss"]
        assert [float(text).hex()] == values


def everything_of(library: Library, pieces: list[bytes]) -> tuple[list[tuple], list[tuple]]:
    """All samples and all events of a log fed in pieces, in an order that can be compared."""
    extractor = Extractor(library)
    extracts = [extractor.feed(piece) for piece in pieces] + [extractor.finish()]
    samples = sorted(sample for extract in extracts for sample in rows_of(extract))
    events = sorted((e.offset, e.kind, e.line, e.title) for x in extracts for e in x.events)
    return samples, events


def rows_of(extract: Extract) -> list[tuple]:
    """Each sample as a tuple that can be compared, NaN included."""
    rows = []
    for one in extract.samples:
        columns = (one.value, one.step, one.epoch, one.time)
        texts = [[float(v).hex() for v in column] for column in columns]
        rows += list(
            zip(
                [one.metric] * len(one.value),
                *texts,
                one.line.tolist(),
                one.offset.tolist(),
                strict=True,
            )
        )
    return rows


def test_split_keeps_order(library: Library) -> None:
    """Rows that are split by the digits of their names stay in the order of the log."""
    log = b"".join(b"acc%d: 0.%d loss: 0.5 step=%d\n" % (i % 3, i, i) for i in range(9))
    readings, *_ = Shapes(Planner(library)).read(stretch_of(log))

    rows = [reading.rows for reading in readings if "train/acc1" in reading.metrics]

    assert [[1, 4, 7]] == [np.asarray(row).tolist() for row in rows]
