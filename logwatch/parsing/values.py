"""Numbers in a log: where their digits are, how to read them exactly, what their unit makes of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import regex
from numpy.typing import NDArray

from logwatch.parsing.record import Floats, Ints
from logwatch.parsing.sanitize import Text

Bytes = NDArray[np.uint8]

NUMBER = (
    r"[-+]?(?:\d+(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
    r"|[-+]?(?:nan|NaN|NAN|inf|Inf|INF|[Ii]nfinity)"
)
"""A number as programs print it, thousands separators and non-finite ones included."""

NUMBER_TEXT = regex.compile(NUMBER)
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


@dataclass(frozen=True, slots=True)
class Number:
    """A number that all lines of a shape hold at the same bytes `start:end`.

    `digits` are the byte positions of the mantissa's digits and `weights` what each counts,
    `power` the digits of the exponent; the value is mantissa * 10**(exponent - decimals).
    `constant` is set where the text is nan or inf. `inverse` turns seconds a step into steps a
    second. `exact` is False where only `float()` reads the text correctly.
    """

    start: int
    end: int
    digits: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
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
        return replace(self, multiply=multiply, divide=divide)


def locate_number(text: Text, start: int, end: int) -> Number | None:
    """Where the digits of the number at the characters `start:end` are; None when it is none."""
    token = text.text[start:end]
    if not token:
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
    whole, _, fraction = mantissa.partition(".")
    digits = tuple(where(i) for i, sign in enumerate(mantissa) if sign.isdigit())
    power_at = len(mantissa) + 1
    power = tuple(where(power_at + i) for i, sign in enumerate(exponent) if sign.isdigit())
    return Number(
        first,
        last,
        digits,
        tuple(10.0**i for i in range(len(digits) - 1, -1, -1)),
        len(fraction),
        power,
        -1 if exponent.startswith("-") else 1,
        token.startswith("-"),
        exact=len(digits) <= EXACT_DIGITS and len(power) <= 3,
    )


def _locate_clock(token: str, where: Callable[[int], int], first: int, last: int) -> Number:
    digits, weights, scale = [], [], 1.0
    for index in range(len(token) - 1, -1, -1):
        if token[index] == ":":
            scale = 60.0 if scale < 60.0 else 3600.0
            place = 0
            continue
        if index == len(token) - 1 or token[index + 1] == ":":
            place = 0
        digits.append(where(index))
        weights.append(scale * 10.0**place)
        place += 1
    return Number(first, last, tuple(digits), tuple(weights), clock=True)


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


def read_columns(numbers: list[Number], raw: bytes, buffer: Bytes, starts: Ints) -> list[Floats]:
    """Each number of all lines that start at `starts` (n,): a list of (n,) float64.

    `buffer` is `raw` as uint8. All digits are gathered at once and weighed by one product.
    """
    plain = [number for number in numbers if number.constant is None and number.exact]
    places = [place for number in plain for place in (*number.digits, *number.power)]
    sums = np.zeros((len(starts), 0))
    if places:
        weights = np.zeros((len(places), 2 * len(plain)))
        row = 0
        for index, number in enumerate(plain):
            weights[row : row + len(number.digits), 2 * index] = number.weights
            row += len(number.digits)
            for position in range(len(number.power)):
                weights[row, 2 * index + 1] = 10.0 ** (len(number.power) - 1 - position)
                row += 1
        gathered = buffer[starts[:, None] + np.array(places)]
        sums = (gathered - np.uint8(48)).astype(np.float64) @ weights
    columns, seen = [], 0
    for number in numbers:
        if number.constant is not None:
            value = np.full(len(starts), number.constant)
        elif not number.exact:
            value = _read_texts(number, raw, starts)
        else:
            value = _scaled(number, sums[:, 2 * seen], sums[:, 2 * seen + 1], raw, starts)
            seen += 1
        columns.append(_in_unit(number, value))
    return columns


def _read_texts(number: Number, raw: bytes, starts: Ints) -> Floats:
    first, last = number.start, number.end
    texts = [raw[start + first : start + last].replace(b",", b"") for start in starts.tolist()]
    return np.array([float(text) for text in texts], np.float64)


def _scaled(number: Number, mantissa: Floats, power: Floats, raw: bytes, starts: Ints) -> Floats:
    if number.power:
        exponent = (number.power_sign * power - number.decimals).astype(np.int64)
        if (np.abs(exponent) > EXACT_POWER).any():
            return _read_texts(number, raw, starts)
        scale = POWERS[np.abs(exponent)]
        value = np.where(exponent < 0, mantissa / scale, mantissa * scale)
    else:
        value = mantissa / POWERS[number.decimals] if number.decimals else mantissa.copy()
    return -value if number.negative else value


def _in_unit(number: Number, value: Floats) -> Floats:
    if number.inverse:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(value == 0, np.nan, number.divide / (value * number.multiply))
    if number.multiply == 1.0 and number.divide == 1.0:
        return value
    return value * number.multiply / number.divide
