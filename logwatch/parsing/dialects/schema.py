"""The JSON schema of a dialect file, for editors; made of what the loader itself accepts."""

from typing import Any

from logwatch.parsing.dialects import table as made
from logwatch.parsing.values import SCALES

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
TYPES: dict[str, Schema] = {
    "schema": {"const": 1},
    "source": {"anyOf": [TEXT, TEXTS]},
    "generic": FLAG,
    "kind": {"enum": [kind for kind in made.KINDS if kind != "python"]},
    "scope": {"enum": list(made.SCOPES)},
    "columns": {"enum": list(made.COLUMNS)},
    "epoch_base": {"enum": [0, 1]},
    "need": TEXTS,
    "words": TEXTS,
    "names": TEXTS,
    "guarded": FLAG,
    "whole_line": FLAG,
    "hold": FLAG,
    "at_end": FLAG,
    "redraw": FLAG,
    "fallback": FLAG,
    "one_total": FLAG,
    "block": FLAG,
    "claims": FLAG,
    "severity": {"enum": ["info", "warning", "error"]},
    "above": NUMBER,
    "mean": FLAG,
    "unit": {"enum": list(SCALES)},
    "fields": {"type": "object", "additionalProperties": {"type": ["number", "string"]}},
}
"""What a key holds; a text where nothing is said."""


def dialect_schema() -> Schema:
    """The schema (draft 2020-12) that an editor completes keys from."""
    translation = _table(made.TRANSLATION_KEYS, ())
    metrics = {"type": "object", "additionalProperties": {"anyOf": [TEXT, translation]}}
    values = {"type": "object", "additionalProperties": NUMBER}
    pattern = _table(made.PATTERN_KEYS - {"find"}, ("name", "kind"), metrics=metrics)
    event = _table(made.EVENT_KEYS, ("kind", "match"), kind=TEXT)
    expect = {"anyOf": [values, {"type": "array", "items": values}]}
    example = _table(made.EXAMPLE_KEYS, ("text",), expect=expect)
    lists = {"pattern": pattern, "event": event, "example": example}
    arrays = {key: {"type": "array", "items": items} for key, items in lists.items()}
    root = _table(made.DIALECT_KEYS, ("name", "title", "source"), metrics=metrics, **arrays)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root}


def _table(keys: set[str], required: tuple[str, ...], **special: Schema) -> Schema:
    properties = {key: special.get(key, TYPES.get(key, TEXT)) for key in sorted(keys)}
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
