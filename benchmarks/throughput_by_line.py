"""The fastest plain Python that we could write for the same fields: a pattern and `float()` a line.

The text of many lines is decoded and split at once, the groups of a match come in one call, and
nothing but the floats is kept. These readers are told which pattern fits and need not find out;
which line a value stands on, and at which byte, is noted by logwatch alone.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from operator import itemgetter

from throughput_logs import CHUNK, Stream

from logwatch.parsing.dialects.dialect import Pattern
from logwatch.sources.dialects.load import load_library

STAMP = 19
"""Characters of a date and a time; the pairs begin behind them."""
EPOCH = datetime(1970, 1, 1)
COUNTERS = ("epoch", "epochs", "step", "total", "rate")

HAND_BAR = (
    r"Epoch (\d+)/(\d+): +\d+%\|[^|]*\| (\d+)/(\d+) \[[\d:]+<[\d:?]+, *([\d.]+)it/s, "
    r"loss=([^,]+), lr=([^]]+)\]"
)
HAND_EVAL = r"(\w+):? ([\d.]+)"
HAND_PAIRS = r"(.{19}) step=(\d+) loss=(\S+) lr=(\S+)"

Columns = dict[str, list[float]]
Findall = Callable[..., list[tuple[str, ...]]]
Pick = Callable[[tuple[str, ...]], tuple[str, str]]


def split_lines(stream: Stream) -> Iterator[list[str]]:
    """The lines of a log, those of one chunk at a time, cut at `\\n` and `\\r`."""
    rest = b""
    while data := stream.read(CHUNK):
        data = rest + data
        end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        rest = data[end:]
        yield data[:end].decode().replace("\r", "\n").split("\n")
    yield rest.decode().split("\n")


def dialect_patterns() -> dict[str, Pattern]:
    """All patterns that come with logwatch, by `dialect/name`."""
    return {f"{one.dialect}/{one.name}": one for one in load_library()[0].patterns}


def find_pairs(pattern: Pattern) -> tuple[Findall, Pick]:
    """What finds all pairs of a text, and what takes key and value from each find."""
    groups = pattern.pair_regex.groupindex
    return pattern.pair_regex.findall, itemgetter(groups["key"] - 1, groups["value"] - 1)


def read_bars(stream: Stream) -> Columns:
    """Bars by the pattern of the dialect `tqdm`, lines that name a loss by that of `generic`."""
    patterns = dialect_patterns()
    bar = patterns["tqdm/epoch-bar"].regex.search
    pairs_of_bar, pick_of_bar = find_pairs(patterns["tqdm/epoch-bar"])
    pairs_of_line, pick_of_line = find_pairs(patterns["generic/pairs"])
    columns: Columns = defaultdict(list)
    epoch, epochs, step, total, rate = (columns[name].append for name in COUNTERS)
    for lines in split_lines(stream):
        for line in lines:
            found = bar(line)
            if found:
                one, two, three, four, five, postfix = found.group(*COUNTERS, "postfix")
                epoch(float(one))
                epochs(float(two))
                step(float(three))
                total(float(four))
                rate(float(five))
                for key, value in map(pick_of_bar, pairs_of_bar(postfix)):
                    columns[key].append(float(value))
            elif "loss" in line:
                for key, value in map(pick_of_line, pairs_of_line(line)):
                    columns[f"eval/{key}"].append(float(value))
    return {name.strip(): column for name, column in columns.items()}


def read_pairs(stream: Stream) -> Columns:
    """Lines of pairs behind a time, by the pattern of the dialect `generic`."""
    pairs, pick = find_pairs(dialect_patterns()["generic/pairs"])
    columns: Columns = {name: [] for name in ("time", "step", "loss", "lr")}
    times, parse, since = columns["time"].append, datetime.fromisoformat, EPOCH
    for lines in split_lines(stream):
        for line in lines:
            if line:
                times((parse(line[:STAMP]) - since).total_seconds())
                for key, value in map(pick, pairs(line, STAMP + 1)):
                    columns[key].append(float(value))
    return columns


def read_bars_by_hand(stream: Stream) -> Columns:
    """The same fields by patterns of `re` that fit this log and no other."""
    bar, said = re.compile(HAND_BAR).match, re.compile(HAND_EVAL).findall
    columns: Columns = {name: [] for name in (*COUNTERS, "loss", "lr")}
    epoch, epochs, step, total, rate, loss, lr = (column.append for column in columns.values())
    for lines in split_lines(stream):
        for line in lines:
            found = bar(line)
            if found:
                one, two, three, four, five, six, seven = found.groups()
                epoch(float(one))
                epochs(float(two))
                step(float(three))
                total(float(four))
                rate(float(five))
                loss(float(six))
                lr(float(seven))
            elif line.startswith("[Eval]"):
                for key, value in said(line):
                    columns.setdefault(f"eval/{key}", []).append(float(value))
    return columns


def read_pairs_by_hand(stream: Stream) -> Columns:
    """The same fields by a pattern of `re` that fits this log and no other."""
    match = re.compile(HAND_PAIRS).match
    columns: Columns = {name: [] for name in ("time", "step", "loss", "lr")}
    times, steps, losses, rates = (column.append for column in columns.values())
    parse, since = datetime.fromisoformat, EPOCH
    for lines in split_lines(stream):
        for line in lines:
            found = match(line)
            if found:
                when, step, loss, lr = found.groups()
                times((parse(when) - since).total_seconds())
                steps(float(step))
                losses(float(loss))
                rates(float(lr))
    return columns


BY_LINE: dict[str, dict[str, Callable[[Stream], Columns]]] = {
    "tqdm": {"regex": read_bars, "hand": read_bars_by_hand},
    "kv": {"regex": read_pairs, "hand": read_pairs_by_hand},
}
