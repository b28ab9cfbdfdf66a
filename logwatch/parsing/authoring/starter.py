"""A first dialect made of the lines that a log holds most: a sketch for a person to go on with."""

from collections.abc import Iterable

import regex

from logwatch.parsing.authoring.examples import samples_by_name
from logwatch.parsing.dialects.table import dialect_from_table
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.matching.names import AXES
from logwatch.parsing.matching.prefix import peel_prefix
from logwatch.parsing.sanitize import read_text
from logwatch.parsing.values import NUMBER

NUMBERS = regex.compile(rf"(?<![\w.])(?:{NUMBER})(?![\d])")
WORD_BEFORE = regex.compile(r"(?<![\w./])([A-Za-z_][\w./-]*)[\W\d_]*$")
"""The word before a number; the unit of another number (`2.3s 4`) is not one."""
RESERVED = {"total", "epochs", "rate", "phase", "dataset", "key", "value"}


def sketch_dialect(name: str, lines: Iterable[str]) -> str:
    """The text of a TOML dialect that reads lines like these; each is an example in it.

    A number is named after the word before it; `step`, `iter` and `epoch` become counters. Lines
    without a number are left out. The text passes the loader's own checks.
    """
    parts = [
        f"name = {quote(name)}",
        f'title = "{name}: say what program writes this log"',
        'source = "say where the code that prints these lines can be read"',
    ]
    patterns: list[str] = []
    for line in lines:
        text = read_text(line.encode("utf-8"))
        body = text.text[peel_prefix(text, labelled=False).end :]
        pattern = sketch_pattern(body)
        if not pattern or any(regex.search(known, body) for known in patterns):
            continue
        patterns.append(pattern)
        parts += _entry(f"line-{len(patterns)}", pattern, line)
    return "\n".join(parts) + "\n"


def _entry(name: str, pattern: str, line: str) -> list[str]:
    table = {"name": "sketch", "title": "-", "source": "-"}
    entry = {"name": name, "kind": "regex", "match": pattern}
    library = Library([dialect_from_table({**table, "pattern": [entry]})])
    extract = Extractor(library).feed(line.encode("utf-8") + b"\n")
    values = {key: found[0] for key, found in samples_by_name(extract).items() if found}
    expect = ", ".join(f"{quote(key)} = {value!r}" for key, value in values.items())
    return [
        "",
        "[[pattern]]",
        f"name = {quote(name)}",
        'kind = "regex"',
        f"match = {quote(pattern)}",
        "",
        "[[example]]",
        f"pattern = {quote(name)}",
        f"text = {quote(line)}",
        f"expect = {{ {expect} }}",
    ]


def sketch_pattern(body: str) -> str:
    """A pattern that reads lines like this one; empty where it holds no number."""
    pieces, last = ["^"], 0
    used: set[str] = set()
    for found in NUMBERS.finditer(body):
        gap = body[last : found.start()]
        pieces.append(_escape(gap) if gap.strip() or not last else r"\s+")
        name = _name_of(body[: found.start()], gap, used)
        used.add(name)
        pieces.append(rf"(?P<{name}>[-+\w.,]*\w)")
        last = found.end()
    return "".join(pieces) + _escape(body[last:]) if used else ""


def _escape(text: str) -> str:
    """The text as a pattern; blanks may be more or fewer, other digits any."""
    quoted = regex.escape(text.rstrip(), literal_spaces=True)
    quoted = regex.sub(r"\d+", r"\\d+", quoted)
    tail = r"\s+" if text != text.rstrip() and text.strip() else ("" if text.strip() else r"\s*")
    return str(regex.sub(r"\s+", r"\\s+", quoted)) + (tail if text else "")


def _name_of(before: str, gap: str, used: set[str]) -> str:
    word = WORD_BEFORE.search(before)
    name = regex.sub(r"[^A-Za-z0-9]+", "_", word[1]).strip("_").lower() if word else "number"
    name = AXES.get(name, name)
    if "/" in gap and gap.strip() == "/":
        name = "epochs" if "epoch" in used and "step" not in used else "total"
    if name in RESERVED and gap.strip() != "/":
        name = f"{name}_"
    while name in used:
        name += "_"
    return name or "number"


def quote(text: str) -> str:
    """A TOML string that holds the text as it is."""
    plain = all(ord(sign) >= 32 and ord(sign) != 127 for sign in text)
    if plain and "'" not in text:
        return f"'{text}'"
    if plain and "'''" not in text and not text.endswith("'"):
        return f"'''{text}'''"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    signs = (s if ord(s) >= 32 and ord(s) != 127 else f"\\u{ord(s):04x}" for s in escaped)
    return '"' + "".join(signs) + '"'
