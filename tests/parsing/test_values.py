"""A number in a log is the number that `float()` makes of its text."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logwatch.parsing.sanitize import read_text
from logwatch.parsing.values import (
    NUMBER_TEXT,
    SCALES,
    Number,
    locate_number,
    read_columns,
    read_number,
)
from tests.strategies import NUMBERS


def locate(token: str, before: str = "loss ") -> Number | None:
    """Where a token behind some text lies."""
    text = read_text((before + token).encode())
    return locate_number(text, len(text.text) - len(token), len(text.text))


def read(token: str, before: str = "loss ") -> float:
    """The value of a token, read as a column; the plain way gives the same."""
    number = locate(token, before)
    assert number is not None, token
    line = (before + token).encode()
    (column,) = read_columns([number], b"\n" + line, np.array([1]))
    assert float(column[0]).hex() == read_number(number, line).hex()
    return float(column[0])


EXACT = st.one_of(
    NUMBERS,
    st.floats().map(repr),
    st.floats(allow_nan=False, allow_infinity=False).map("{:.17g}".format),
    st.floats(allow_nan=False, allow_infinity=False, width=16).map("{:E}".format),
    st.decimals(allow_nan=False, allow_infinity=False).map("{:f}".format),
    st.integers(0, 10**40).map(str),
    st.tuples(st.integers(0, 10**6), st.integers(-400, 400)).map("{0[0]}e{0[1]}".format),
    st.tuples(st.integers(0, 999), st.integers(0, 10**30)).map("{0[0]}.{0[1]}".format),
)


class TestReadNumber:
    @settings(max_examples=1000)
    @given(token=EXACT)
    @example(token="9007199254740993")
    @example(token="0.1")
    @example(token="1e22")
    @example(token="1e23")
    @example(token="123456789012345e-22")
    @example(token="-0.0")
    @example(token="+.5e+07")
    @example(token="5.")
    @example(token="1,234,567.89")
    @example(token="1e400")
    @example(token="0e-9999")
    def test_equals_float(self, token: str) -> None:
        """Each form of a number gives the same double, bit by bit."""
        assert float(token.replace(",", "")).hex() == read(token).hex()

    def test_ten_thousand_digits(self) -> None:
        """A number of any length is read."""
        assert float("1" * 300) == read("1" * 300)
        assert math.inf == read("1" * 10_000)
        assert float("0." + "3" * 10_000) == read("0." + "3" * 10_000)

    @pytest.mark.parametrize("token", ["nan", "NaN", "NAN", "-nan"])
    def test_nan(self, token: str) -> None:
        """NaN is read in the ways that programs print it."""
        assert math.isnan(read(token))

    @pytest.mark.parametrize("token", ["inf", "Inf", "INF", "infinity", "Infinity", "+inf"])
    def test_inf(self, token: str) -> None:
        """So is infinity, with its sign."""
        assert math.inf == read(token)
        assert -math.inf == read("-" + token.removeprefix("+"))

    @pytest.mark.parametrize(
        "token",
        [
            "", "-", ".", "e5", "1e", "1.2.3", "1,23", "12,3456", "0x1f", "1_000", "nano", "infer",
            "nanz", "1-2", "--1", "1:2", "1:234", ":12", "½", "²", "١٢٣", "１２", "3.5١", "n/a",
        ],
    )  # fmt: skip
    def test_what_is_no_number(self, token: str) -> None:
        """Words, versions, other scripts' digits and broken numbers are none."""
        assert locate(token) is None

    def test_no_number_has_a_control_in_it(self) -> None:
        """Digits between which a colour stands are no number of the log."""
        raw = b"loss 0.\x1b[31m5"

        assert locate_number(read_text(raw), 5, 8) is None

    def test_behind_other_letters(self) -> None:
        """Places are bytes, whatever stands before them."""
        assert 0.25 == read("0.25", before="\x1b[1mpérte ▏█ ")

    @given(
        hours=st.integers(0, 999), minutes=st.integers(0, 59), seconds=st.integers(0, 59)
    )  # fmt: skip
    def test_clocks(self, hours: int, minutes: int, seconds: int) -> None:
        """Hours, minutes and seconds are seconds."""
        assert 60 * minutes + seconds == read(f"{minutes:02}:{seconds:02}")
        assert 3600 * hours + 60 * minutes + seconds == read(f"{hours}:{minutes:02}:{seconds:02}")

    def test_units(self) -> None:
        """A unit makes seconds, bytes, fractions or plain counts."""
        number = locate("1500")
        assert number is not None

        read_in = {unit: read_number(number.in_unit(unit), b"loss 1500") for unit in SCALES}

        assert (1.5, 15.0, 90_000.0, 1.5e6) == tuple(read_in[u] for u in ("ms", "%", "min", "K"))
        assert 1500 * 2**20 == read_in["MB"] == read_in["MiB"]

    def test_seconds_a_step_become_steps_a_second(self) -> None:
        """An inverted number is its inverse; zero seconds a step is no speed."""
        number = Number(0, 3, (0, 2), (10.0, 10.0), 1, inverse=True)

        (column,) = read_columns([number], b"1.6 0.0", np.array([0, 4]))

        assert [0.625] == column[:1].tolist()
        assert math.isnan(column[1]) and math.isnan(read_number(number, b"0.0"))


class TestReadColumns:
    @given(values=st.lists(st.integers(10**5, 10**6 - 1), min_size=1), power=st.integers(10, 99))
    def test_all_lines_of_a_shape(self, values: list[int], power: int) -> None:
        """Every line of a shape is read, whatever exponent it has."""
        lines = [f"a {value / 1000:.3f}e-{power}\n".encode() for value in values]
        number = locate(lines[0][2:-1].decode(), before="a ")
        assert number is not None

        (column,) = read_columns([number], b"".join(lines), np.arange(len(lines)) * len(lines[0]))

        assert [float(line[2:]) for line in lines] == column.tolist()

    def test_no_digits_at_all(self) -> None:
        """Columns of words alone, NaN and inf, need no digit."""
        numbers = [locate("nan", before=""), locate("-inf", before="")]

        nan, inf = read_columns([n for n in numbers if n], b"nan\nnan\n", np.array([0, 4]))

        assert np.isnan(nan).all() and [-math.inf] * 2 == inf.tolist()


class TestNumberText:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("(+nanz)", "+nan"),
            ("1,234,5", "1,234"),
            ("3.5e", "3.5"),
            ("-1.5e-05,", "-1.5e-05"),
            ("x-1", "-1"),
        ],
    )
    def test_takes_the_longest_number(self, text: str, found: str) -> None:
        """What begins like a number is read as far as it is one."""
        match = NUMBER_TEXT.search(text)

        assert match is not None and found == match.group()
