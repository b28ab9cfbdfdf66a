"""Python dicts and JSON objects that stand anywhere in a line: their keys, and where values are."""

import re
from dataclasses import dataclass
from functools import lru_cache

import regex

from logwatch.parsing.values import NUMBER

TOKEN = re.compile(
    rf"(?P<string>'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\")"
    rf"|(?P<number>{NUMBER})(?![\w.])"
    r"|(?P<call>[A-Za-z_][\w.]*\()"
    r"|(?P<word>[A-Za-z_][\w.]*)"
    r"|(?P<sign>[{}\[\](),:=])"
    r"|(?P<space>\s+|\.\.\.|<[^<>{}]{0,99}>)"  # `grad_fn=<MeanBackward0>` says nothing either
    r"|(?P<other>.)"
)
PLAIN_PAIR = re.compile(rf"""\s*+(?:"([^"\\]*+)"|'([^'\\]*+)')\s*+:\s*+({NUMBER})\s*+,""", re.ASCII)
"""A key and its number in an object, where more follows; what most objects in logs are made of."""
NUMBER_STRING = regex.compile(rf"['\"](?P<number>{NUMBER})['\"]")
NAME_FIELD = re.compile(
    r"""["'](?:key|name|metric|tag)["']\s*+:\s*+["'](?P<name>[A-Za-z][^"'\\]{0,80}+)["']"""
)
VALUE_KEYS = ("value", "val", "scalar")
"""Where a record of one metric keeps its name and its number.
Source: mlperf_logging's `mllog.py`, TensorBoard's `Summary.Value` (`tag`), MLflow's `Metric`."""
MAX_DEPTH = 8
"""Objects nested deeper are data, not metrics."""
MAX_BROKEN = 40
"""Braces of a line that open no object; a line with more of them is code or data."""


@dataclass(frozen=True, slots=True)
class Item:
    """A number in an object: its keys joined by `/`, and its place in the text."""

    key: str
    key_span: tuple[int, int]
    start: int
    end: int


@dataclass(slots=True)
class _Level:
    path: str
    closes: str
    key: str | None = None
    key_span: tuple[int, int] = (0, 0)
    index: int = 0


def scan_object(text: str, start: int, end: int) -> tuple[list[Item], int] | None:
    """The numbers of the object that opens at `start`, and where it closes; None if it does not.

    A quoted number is a number (Transformers 5 prints every float so). Nested keys are joined by
    `/`. A list gives them under `key/0`, `key/1`; `tensor(x, ...)` and `np.float64(x)` give x.
    """
    items: list[Item] = []
    levels: list[_Level] = []
    while True:
        if levels and levels[-1].closes == "}" and levels[-1].key is None:
            start = _take_plain(items, levels[-1].path, text, start, end)
        token = TOKEN.match(text, start, end)
        if token is None:
            return None
        start = token.end()
        kind = token.lastgroup
        if kind == "space":
            continue
        if kind in ("sign", "call"):
            closed = _step(levels, token.group(), token.end())
            if closed is None:
                return None
            if closed:
                return items, token.end()
            continue
        if not levels or kind == "other":
            return None
        level = levels[-1]
        if kind == "string" and level.key is None and level.closes == "}":
            level.key, level.key_span = token.group()[1:-1], (token.start() + 1, token.end() - 1)
            continue
        span = _number_span(token, kind)
        if (
            span
            and (level.closes != "}" or level.key is not None)
            and not _is_later_argument(level)
        ):
            items.append(Item(_path(level), level.key_span, *span))


def _take_plain(items: list[Item], path: str, text: str, start: int, end: int) -> int:
    """Take plain keys with plain numbers, as long as they come; where what is none begins."""
    before = f"{path}/" if path else ""
    while pair := PLAIN_PAIR.match(text, start, end):
        key = pair[1] or pair[2] or ""
        items.append(Item(before + key, pair.span(1 if pair[1] is not None else 2), *pair.span(3)))
        start = pair.end()
    return start


def _step(levels: list[_Level], sign: str, end: int) -> bool | None:
    """Follow one sign: True when the outermost object closed, None when this is no object."""
    top = levels[-1] if levels else None
    if sign in "{[(" or sign.endswith("("):
        if len(levels) >= MAX_DEPTH or (top is None and sign != "{"):
            return None
        closes = {"{": "}", "[": "]"}.get(sign, ")")
        levels.append(_Level(_path(top) if top else "", closes))
        if top:
            levels[-1].key_span = top.key_span
    elif sign in "}])":
        if top is None or top.closes != sign:
            return None
        levels.pop()
        return not levels
    elif sign == ",":
        if top is None:
            return None
        top.index += 1
        if top.closes == "}":
            top.key = None
    return False


def _path(level: _Level) -> str:
    if level.closes == "}":
        return f"{level.path}/{level.key}" if level.path else str(level.key)
    return f"{level.path}/{level.index}" if level.closes == "]" else level.path


def _is_later_argument(level: _Level) -> bool:
    return level.closes == ")" and level.index > 0


def _number_span(token: "regex.Match[str]", kind: str | None) -> tuple[int, int] | None:
    if kind == "number":
        return token.start(), token.end()
    if kind == "string":
        found = NUMBER_STRING.fullmatch(token.group())
        return (token.start() + 1, token.end() - 1) if found else None
    return None


def find_named_value(
    text: str, opens: int, closes: int, items: list[Item]
) -> tuple[str, tuple[int, int]] | None:
    """The name that an object gives its value, and where it is: `{"key": "loss", "value": 2.5}`.

    None where the object names none, or has more than one number by the name of `value`.
    """
    if sum(item.key in VALUE_KEYS for item in items) != 1:
        return None
    found = NAME_FIELD.search(text, opens, closes)
    return (found["name"], found.span("name")) if found else None


@lru_cache(maxsize=4)
def find_objects(text: str, start: int, end: int) -> list[tuple[list[Item], int, int]]:
    """All objects in the text that close: their numbers, their start and their end.

    Remembers the last texts, as all dialects that read objects look at the same line in turn.
    """
    objects, broken = [], 0
    at = text.find("{", start, end)
    while at >= 0 and broken < MAX_BROKEN:
        found = scan_object(text, at, end)
        if found:
            objects.append((found[0], at, found[1]))
        else:
            broken += 1
        at = text.find("{", found[1] if found else at + 1, end)
    return objects
