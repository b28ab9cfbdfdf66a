"""A sketched dialect reads the lines it was made of, and passes the loader's checks."""

import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.parsing.authoring.examples import check_examples
from logwatch.parsing.authoring.starter import quote, sketch_dialect, sketch_pattern
from logwatch.parsing.dialects.table import dialect_from_table
from tests.strategies import LINES

ORDINARY = [
    "iter 10010 || Loss: 3.6592 || timer: 0.2051 sec.",
    "Epoch [3/10], Step [100/600], Loss: 0.1234",
    "[Epoch 1/200] [Batch 10/938] [D loss: 0.5] [G loss: 0.7]",
    "it's 3 o'clock: loss '''2.5'''",
    "2026-11-20 09:12:33,123 - INFO - wobble=3 flop=1e-3",
]


class TestSketchDialect:
    @pytest.mark.parametrize("line", ORDINARY)
    def test_proves_itself(self, line: str) -> None:
        """What is sketched from an ordinary line passes the checks and gives its numbers."""
        dialect = dialect_from_table(tomllib.loads(sketch_dialect("own", [line])))

        assert [] == list(check_examples(dialect))
        assert 1 == len(dialect.patterns)
        assert dialect.examples[0].expect

    @pytest.mark.parametrize(
        ("line", "names"),
        [
            ("took 2.3s 4.5 loss", ["took", "number"]),
            ("ran 3.1it/s 12", ["ran", "number"]),
            ("Epoch 3 1e-05 2.0", ["epoch", "epoch_", "number"]),
            ("acc 81.2% 0.5", ["acc", "acc_"]),
        ],
    )
    def test_no_name_from_a_number(self, line: str, names: list[str]) -> None:
        """A group is named after a word, never after the unit or the exponent of a number."""
        assert names == re.findall(r"\?P<(\w+)>", sketch_pattern(line))

    @given(line=LINES)
    def test_any_line(self, line: str) -> None:
        """Any printed line gives TOML that loads, if it gives a pattern at all."""
        table = tomllib.loads(sketch_dialect("own", [line.split("\n", maxsplit=1)[0]]))

        assert "own" == dialect_from_table(table).name

    def test_one_pattern_for_lines_alike(self) -> None:
        """A line that an earlier pattern reads gives none of its own."""
        text = sketch_dialect("own", ["wob 1 of 2", "wob 10 of 20", "other 5"])

        assert 2 == len(tomllib.loads(text)["pattern"])


class TestQuote:
    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_is_read_back(self, text: str) -> None:
        """A quoted text is read back as it was."""
        assert text == tomllib.loads(f"key = {quote(text)}")["key"]
