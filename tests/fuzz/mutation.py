"""Unsound input made of sound input: the same seed gives the same inputs everywhere."""

import random
from collections.abc import Callable, Iterator, Sequence

TOKENS = (
    b"nan", b"-inf", b"1e400", b"9" * 400, b"-1", b"0", b"1e-320", b"\x1b[", b"\x9b", b"\r", b"\n",
    b"\t", b"\0", b"\xff", b"\xe2\x80\xae", b"{", b"}", b"[", b"]", b"(", b")", b'"', b"'", b"\\",
    b"|", b"=", b":", b",", b"/", b"%", b" " * 50, b"loss", b"step", b"epoch", b"lr", b"null",
    b"true", b"[]", b"{}", b"Traceback (most recent call last):\n", b"Epoch 1/3\n", b"val ", b"--",
)  # fmt: skip
"""What matters to one reader or another: numbers at the edge, signs that open, words that mean."""

LONGEST = 8000
"""Bytes of an input: what costs more is another test's matter."""

Change = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def mutate(seeds: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """The seeds, then changed ones without end."""
    chance = random.Random(seed)
    yield from seeds
    while True:
        data = chance.choice(seeds)
        for _ in range(chance.choice((1, 1, 2, 3, 8))):
            data = chance.choice(CHANGES)(chance, data, seeds)
        yield data[:LONGEST]


def _flip(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _put(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(TOKENS) * chance.choice((1, 1, 1, 9)) + data[at:]


def _replace(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    first, last = _span(chance, data)
    return data[:first] + chance.choice(TOKENS) + data[last:]


def _drop(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    first, last = _span(chance, data)
    return data[:first] + data[last:]


def _repeat(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    first, last = _span(chance, data)
    return data[:first] + data[first:last] * chance.choice((2, 3, 20)) + data[last:]


def _splice(chance: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = chance.choice(seeds)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _span(chance: random.Random, data: bytes) -> tuple[int, int]:
    first = chance.randrange(len(data) + 1)
    return first, min(len(data), first + chance.choice((1, 2, 4, 8, 40)))


CHANGES: tuple[Change, ...] = (_flip, _put, _replace, _drop, _repeat, _splice)
