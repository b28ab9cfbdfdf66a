"""Whether the values of a dialect's table are of the right kind, and its patterns complete."""

import difflib
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from logwatch.parsing.dialects.dialect import Dialect, DialectError, Pattern
from logwatch.parsing.dialects.schema import Schema, dialect_schema

WORDS = {
    "string": "a text", "array": "a list", "object": "a table", "number": "a number",
    "boolean": "true or false",
}  # fmt: skip
MAX_SHOWN = 40
"""Characters of a wrong value that are shown."""
NEEDED = {
    "regex": ("match",),
    "kv": ("match", "pair"),
    "bar": ("match",),
    "block": ("match", "row"),
    "table": ("match", "row"),
}
"""What a pattern of each kind cannot do without."""


def refuse_wrong_kinds(table: Mapping[str, Any], path: str) -> None:
    """Raise at the first value that the schema has another kind for; unknown keys are let pass.

    Raises:
        DialectError: names the file, the place and the kind.
    """
    fault = next(_faults(table, dialect_schema(), ""), None)
    if fault:
        raise DialectError(f"{path}: {fault}.")


def refuse_gaps(dialect: Dialect) -> None:
    """Raise at a pattern that lacks what its kind needs.

    Raises:
        DialectError: names the file and the pattern.
    """
    for pattern in dialect.patterns:
        lack = _find_gap(pattern)
        if lack:
            raise DialectError(f"{dialect.path}: pattern {pattern.name!r} {lack}.")


def _find_gap(pattern: Pattern) -> str:
    needed = NEEDED.get(pattern.kind, ())
    missing = [key for key in needed if not getattr(pattern, key)]
    if missing:
        return f"of the kind {pattern.kind} needs a {missing[0]}"
    if pattern.kind == "bar" and "postfix" in pattern.regex.groupindex and not pattern.pair:
        return "has a postfix and needs a pair to read it"
    if pattern.pair and not {"key", "value"} <= pattern.pair_regex.groupindex.keys():
        return "needs the groups key and value in its pair"
    return ""


def _faults(value: Any, schema: Schema, where: str) -> Iterator[str]:
    """What is of the wrong kind in a value, one sentence each."""
    if "anyOf" in schema:
        options = [list(_faults(value, option, where)) for option in schema["anyOf"]]
        if all(options):
            same = [o for o, s in zip(options, schema["anyOf"], strict=True) if _is(value, s)]
            yield from same[0] if same else [_sentence(value, schema, where)]
    elif not _is(value, schema):
        yield _sentence(value, schema, where)
    elif isinstance(value, Mapping):
        others = schema.get("additionalProperties") or {}
        for key, inner in value.items():
            known = schema.get("properties", {}).get(key, others)
            yield from _faults(inner, known, _place(where, str(key)))
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            name = inner.get("name") or inner.get("kind") if isinstance(inner, Mapping) else None
            yield from _faults(inner, schema.get("items", {}), f"{where} {name or number!r}")


def _place(where: str, key: str) -> str:
    outer, _, inner = where.rpartition(": ")
    if inner == "metrics":
        where, key = outer, f"metric {key!r}"
    return f"{where}: {key}" if where else key


def _is(value: Any, schema: Schema) -> bool:
    """Whether a value is of the kind that a schema names, whatever is in it."""
    if "const" in schema:
        return bool(value == schema["const"])
    if "enum" in schema:
        return value in schema["enum"]
    types = {
        "string": str,
        "array": list,
        "object": Mapping,
        "boolean": bool,
        "number": int | float,
    }
    wanted = schema.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else wanted
    numeric = isinstance(value, bool) and "boolean" not in wanted
    return not wanted or (not numeric and any(isinstance(value, types[one]) for one in wanted))


def _sentence(value: Any, schema: Schema, where: str) -> str:
    shown = textwrap.shorten(repr(value), MAX_SHOWN, placeholder="...")
    if "enum" in schema:
        options = [str(one) for one in schema["enum"]]
        near = difflib.get_close_matches(str(value), options, 1)
        hint = f"did you mean {near[0]!r}" if near else f"it can be {', '.join(options)}"
        return f"{where} is {shown}; {hint}"
    kinds = [_words(option) for option in schema.get("anyOf", [schema])]
    return f"{where} is {shown} and should be {' or '.join(kinds)}"


def _words(schema: Schema) -> str:
    if "const" in schema:
        return repr(schema["const"])
    wanted = schema.get("type", "string")
    wanted = [wanted] if isinstance(wanted, str) else wanted
    return " or ".join(WORDS[one] for one in wanted)
