"""One log in pieces of many forms, and all that is read of it, so that two ways can be compared."""

import itertools
import random

from logwatch.metrics.run import Run, RunView
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library

LABELLED = 0.3
"""The share of made logs with labels."""
PART_BYTES = 20_000

Told = dict[str, object]
"""What a log says, part by part, in values that can be compared, NaN included."""

NOISE = [
    b"\n", b"\r", b"\r\n", b"\b\b", b"\0\0\0", b"\x1b[A", b"\x1b[31m", b"\xe2\x80", b"\xff",
    b"\xc2\x9b", b"nan", b"inf", b"-", b",", b"1e400", b"9" * 400, b"{", b"}", b"'", b'"', b"[",
    b"]", b"|", b"loss=", b" ", b"\t", b":", b"=", b"%", b"\xd9\xa1", b"\xe2\x80\xa8", b"0.",
]  # fmt: skip
"""Bytes that stand where a pattern does not expect them."""


def lines_of(log: bytes) -> list[bytes]:
    """A log as a pipe gives it: line by line."""
    return log.splitlines(keepends=True)


def random_pieces(log: bytes, random_: random.Random) -> list[bytes]:
    """A log in pieces of random lengths, of which some are empty."""
    ends = sorted(random_.randrange(len(log) + 1) for _ in range(random_.randrange(1, 12)))
    return [log[a:b] for a, b in itertools.pairwise([0, *ends, len(log)])]


def read_pieces(library: Library, pieces: list[bytes]) -> Told:
    """What a log says that comes in these pieces."""
    extractor, run = Extractor(library), Run()
    for piece in pieces:
        extract = extractor.feed(piece)
        run = Run() if extract.anew else run
        run.append(extract)
    run.append(extractor.finish())
    return _told(run.view())


def _told(view: RunView) -> Told:
    series = {
        name: [
            part.axis,
            *(
                [float(value).hex() for value in column]
                for column in (part.value, part.step, part.epoch, part.time)
            ),
            part.line.tolist(),
            part.offset.tolist(),
        ]
        for name, part in view.series.items()
    }
    events = [
        (one.offset, one.kind, one.line, one.title, repr(one.step), repr(one.fields))
        for one in view.events
    ]
    return {
        "series": series,
        "order": list(series),
        "events": sorted(events),
        "restarts": repr(view.restarts),
        "dialects": list(view.dialects),
        "progress": repr(view.progress),
        "lines": view.lines,
    }


def differing_parts(one: Told, two: Told) -> list[str]:
    """The parts in which two readings differ."""
    return [part for part in one if one[part] != two[part]]


def mixed_log(random_: random.Random, examples: list[bytes]) -> bytes:
    """A log of the lines of a few examples, repeated in any order; some with srun's labels."""
    chosen = random_.sample(examples, random_.randrange(1, 4))
    parts = (random_.choice(chosen).rstrip(b"\n") + b"\n" for _ in range(random_.randrange(2, 9)))
    log = b"".join(parts)
    if random_.random() < LABELLED:
        ranks = random_.randrange(1, 4)
        log = b"".join(b"%d: %b" % (random_.randrange(ranks), line) for line in lines_of(log))
    return log


def part_of(log: bytes, random_: random.Random) -> bytes:
    """The head of a long log and a stretch further on."""
    size = random_.randrange(200, PART_BYTES)
    start = random_.randrange(max(1, len(log) - size))
    return log[: size // 2] + b"\n" + log[start : start + size]


def garbled_log(random_: random.Random, examples: list[bytes]) -> bytes:
    """A log of some examples with some bytes put in, taken out or changed."""
    parts = []
    for _ in range(random_.randrange(1, 12)):
        line = bytearray(random_.choice(examples))
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
