"""Numbers in a log: where their digits are, how to read them exactly, what their unit makes."""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import regex
from numpy.typing import NDArray

from logwatch.parsing.record import Floats, Ints
from logwatch.parsing.sanitize import Text

Bytes = NDArray[np.uint8]

NUMBER = (
    r"[-+]?(?:\d++(?:,\d{3})+(?:\.\d++)?|\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?"
    r"|[-+]?(?:nan|NaN|NAN|inf|Inf|INF|[Ii]nfinity)"
)
"""A number as programs print it, thousands separators and non-finite ones included.

Its digits are never given back: a number is all of them or none, also where thousands stand.
"""

NUMBER_TEXT = regex.compile(NUMBER)
PLAIN_NUMBER = re.compile(r"([-+]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([-+]?)(\d+))?", re.ASCII)
"""All finite numbers without thousands separators."""
CLOCK_TEXT = regex.compile(r"\d+(?::\d\d){1,2}")

EXACT_DIGITS = 15
"""Digits of an integer that a float64 holds exactly: 10**15 < 2**53."""
EXACT_POWER = 22
"""The greatest power of ten that a float64 holds exactly, as 5**22 < 2**53. One multiplication or
division of two exact numbers is correctly rounded, so the result is what `float()` gives.
Source: W. D. Clinger, How to read floating point numbers accurately, PLDI 1990, section 3."""
POWERS = 10.0 ** np.arange(EXACT_POWER + 1)

SCALES = {
    "%": (1.0, 100.0),
    "ns": (1.0, 1e9), "us": (1.0, 1e6), "ms": (1.0, 1e3), "s": (1.0, 1.0), "sec": (1.0, 1.0),
    "m": (60.0, 1.0), "min": (60.0, 1.0), "h": (3600.0, 1.0),
    "k": (1e3, 1.0), "K": (1e3, 1.0), "M": (1e6, 1.0), "G": (1e9, 1.0), "B": (1e9, 1.0),
    "T": (1e12, 1.0),
    "KiB": (2.0**10, 1.0), "MiB": (2.0**20, 1.0), "GiB": (2.0**30, 1.0), "TiB": (2.0**40, 1.0),
    "KB": (2.0**10, 1.0), "MB": (2.0**20, 1.0), "GB": (2.0**30, 1.0),
    "1": (1.0, 1.0),
}  # fmt: skip
"""A unit as (multiply, divide) towards seconds, bytes, fractions or plain counts. Frameworks print
memory as MB and GB and mean powers of two. Source: torch.cuda.max_memory_allocated() / 2**20 in
references/detection/utils.py of pytorch/vision, under the name `max mem`."""


class Number(NamedTuple):
    """A number that all lines of a shape hold at the same bytes `start:end`.

    Of lines that are all different one is made for each number that is printed: a tuple takes a
    fifth of the time that a frozen dataclass does.

    `digits` are the byte positions of the mantissa's digits; before each is added, what stands
    already is multiplied by its factor (10, or 6 where a clock goes from minutes to hours).
    `power` are the digits of the exponent; the value is mantissa * 10**(exponent - decimals).
    `constant` is set where the text is nan or inf. `inverse` turns seconds a step into steps a
    second. `exact` is False where only `float()` reads the text correctly.
    """

    start: int
    end: int
    digits: tuple[int, ...] = ()
    factors: tuple[float, ...] = ()
    decimals: int = 0
    power: tuple[int, ...] = ()
    power_sign: int = 1
    negative: bool = False
    constant: float | None = None
    exact: bool = True
    clock: bool = False
    multiply: float = 1.0
    divide: float = 1.0
    inverse: bool = False

    def in_unit(self, unit: str) -> "Number":
        """The same number, printed in `unit`, read in seconds, bytes or fractions."""
        multiply, divide = SCALES[unit]
        return self._replace(multiply=multiply, divide=divide)

    def times(self, unit: str) -> "Number":
        """The same number with the scale of one more unit: `1.2K` milliseconds."""
        multiply, divide = SCALES[unit]
        return self._replace(multiply=self.multiply * multiply, divide=self.divide * divide)


def locate_number(text: Text, start: int, end: int) -> Number | None:
    """Where the digits of the number at the characters `start:end` are; None when it is none."""
    found = PLAIN_NUMBER.fullmatch(text.text, start, end)
    if found:
        return _locate_plain(text, found)
    token = text.text[start:end]
    if not token or not token.isascii():  # other scripts have digits too
        return None

    def where(index: int) -> int:
        return text.byte(start + index)

    first, last = where(0), where(len(token) - 1) + 1
    if CLOCK_TEXT.fullmatch(token) and last - first == len(token):
        return _locate_clock(token, where, first, last)
    if NUMBER_TEXT.fullmatch(token) is None or last - first != len(token):
        return None
    if "n" in token.lower():
        return Number(first, last, constant=float(token.lower()), exact=True)
    mantissa, _, exponent = token.lower().partition("e")
    _, _, fraction = mantissa.partition(".")
    digits = tuple(where(i) for i, sign in enumerate(mantissa) if sign.isdigit())
    power_at = len(mantissa) + 1
    power = tuple(where(power_at + i) for i, sign in enumerate(exponent) if sign.isdigit())
    return Number(
        first,
        last,
        digits,
        (10.0,) * len(digits),
        len(fraction),
        power,
        -1 if exponent.startswith("-") else 1,
        token.startswith("-"),
        exact=len(digits) <= EXACT_DIGITS and len(power) <= 3,
    )


def _locate_plain(text: Text, found: "re.Match[str]") -> Number | None:
    """The number that was found, unless the log put something between its digits."""
    start, end = found.span()
    first = text.byte(start)
    if text.byte(end - 1) != first + end - 1 - start:
        return None
    shift = first - start
    whole, fraction = found.span(2), found.span(3 if found[2] is not None else 4)
    digits = (*_bytes(whole, shift), *_bytes(fraction, shift))
    power = (*_bytes(found.span(6), shift),)
    return Number(
        first,
        end + shift,
        digits,
        TENS[: len(digits)] if len(digits) <= len(TENS) else (10.0,) * len(digits),
        fraction[1] - fraction[0],
        power,
        -1 if found[5] == "-" else 1,
        found[1] == "-",
        exact=len(digits) <= EXACT_DIGITS and len(power) <= 3,
    )


TENS = (10.0,) * 32


def _bytes(span: tuple[int, int], shift: int) -> range:
    """The bytes of a group's characters; none where the group is not there."""
    return range(span[0] + shift, span[1] + shift) if span[1] >= 0 else range(0)


def _locate_clock(token: str, where: Callable[[int], int], first: int, last: int) -> Number:
    digits = tuple(where(i) for i, sign in enumerate(token) if sign != ":")
    factors = tuple(
        6.0 if token[i - 1] == ":" and i else 10.0 for i, sign in enumerate(token) if sign != ":"
    )
    return Number(first, last, digits, factors, clock=True)


def read_number(number: Number, line: bytes) -> float:
    """The value of one line, as `float()` reads its text."""
    if number.constant is not None:
        value = number.constant
    elif number.clock:
        value = 0.0
        for part in line[number.start : number.end].split(b":"):
            value = value * 60.0 + float(part)
    else:
        value = float(line[number.start : number.end].replace(b",", b""))
    if number.inverse:
        return number.divide / (value * number.multiply) if value else float("nan")
    return value * number.multiply / number.divide


def read_columns(numbers: list[Number], raw: bytes, starts: Ints) -> list[Floats]:
    """Each number of all lines that start at the bytes `starts` (n,) of `raw`: (n,) float64 each.

    The part of the lines that holds digits is copied once, as rows of a table; every number is
    then a sum over columns of that table. One line alone is read as text.
    """
    if len(starts) == 1:
        line = raw[int(starts[0]) : int(starts[0]) + max((n.end for n in numbers), default=0)]
        return list(np.array([read_number(n, line) for n in numbers]).reshape(-1, 1))
    places = [place for number in numbers for place in (*number.digits, *number.power)]
    low, high = (min(places), max(places) + 1) if places else (0, 1)
    rows = _rows(raw, starts, low, high) if places else np.zeros((len(starts), 0), np.uint8)
    return [_in_unit(number, _read_column(number, rows, low, raw, starts)) for number in numbers]


def _rows(raw: bytes, starts: Ints, low: int, high: int) -> Bytes:
    """The digits 0..9 of the bytes `low:high` of each line: (n, high - low) uint8.

    Rows are gathered as opaque items of their width at any byte, which copies each row at once.
    """
    width = high - low
    items = np.ndarray((len(raw) - width + 1,), f"V{width}", raw, strides=(1,))
    return items[starts + low].view(np.uint8).reshape(len(starts), width) - np.uint8(48)


def _read_column(number: Number, rows: Bytes, low: int, raw: bytes, starts: Ints) -> Floats:
    if number.constant is not None:
        return np.full(len(starts), number.constant)
    if not number.exact:
        return _read_texts(number, raw, starts)
    mantissa = _sum_digits(rows, low, number.digits, number.factors)
    if number.power:
        power = _sum_digits(rows, low, number.power, (10.0,) * len(number.power))
        exponent = (number.power_sign * power - number.decimals).astype(np.int64)
        if (np.abs(exponent) > EXACT_POWER).any():
            return _read_texts(number, raw, starts)
        scale = POWERS[np.abs(exponent)]
        value = np.where(exponent < 0, mantissa / scale, mantissa * scale)
    else:
        value = mantissa / POWERS[number.decimals] if number.decimals else mantissa
    return -value if number.negative else value


def _sum_digits(
    rows: Bytes, low: int, digits: tuple[int, ...], factors: tuple[float, ...]
) -> Floats:
    total = rows[:, digits[0] - low].astype(np.float64)
    for place, factor in zip(digits[1:], factors[1:], strict=True):
        total *= factor
        total += rows[:, place - low]
    return total


def _read_texts(number: Number, raw: bytes, starts: Ints) -> Floats:
    first, last = number.start, number.end
    texts = [raw[start + first : start + last].replace(b",", b"") for start in starts.tolist()]
    return np.array([float(text) for text in texts], np.float64)


def _in_unit(number: Number, value: Floats) -> Floats:
    if number.inverse:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.where(value == 0, np.nan, number.divide / (value * number.multiply))
    if number.multiply == 1.0 and number.divide == 1.0:
        return value
    with np.errstate(over="ignore"):  # what is too large is infinite, as of one line alone
        return value * number.multiply / number.divide
