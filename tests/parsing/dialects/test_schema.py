"""The schema for editors says what the loader accepts."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from logwatch.parsing.dialects.schema import dialect_schema

PARSERS = sorted((Path(__file__).parents[3] / "parsers").glob("*.toml"))


def faults(value: Any, schema: dict[str, Any], where: str = "") -> list[str]:
    """What a value holds that a schema (of the few words that ours uses) does not allow."""
    if "anyOf" in schema:
        tried = [faults(value, one, where) for one in schema["anyOf"]]
        return [] if [] in tried else tried[0]
    if "const" in schema or "enum" in schema:
        allowed = schema.get("enum", [schema.get("const")])
        return [] if value in allowed else [f"{where}: {value!r}"]
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "number": (int, float)}
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, kinds[one]) for one in types):
        return [f"{where}: {value!r} is no {types}"]
    found: list[str] = []
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{where}: lacks {key}" for key in schema.get("required", ()) if key not in value]
        for key, inner in value.items():
            rest = schema.get("additionalProperties", {})
            if key not in known and rest is False:
                found.append(f"{where}: unknown {key}")
            elif key in known or rest:
                found += faults(inner, known.get(key, rest), f"{where}/{key}")
    if isinstance(value, list):
        for inner in value:
            found += faults(inner, schema["items"], f"{where}[]")
    return found


@pytest.mark.parametrize("path", PARSERS, ids=lambda path: path.stem)
def test_holds_for_every_dialect(path: Path) -> None:
    """Every dialect that the loader accepts is valid under the schema."""
    assert [] == faults(tomllib.loads(path.read_text()), dialect_schema())


def test_refuses_what_the_loader_refuses() -> None:
    """A slip in a key is a fault under the schema too."""
    slip = {"name": "x", "title": "x", "source": "x", "pattern": [{"nmae": "x", "kind": "regex"}]}

    assert ["/pattern[]: lacks name", "/pattern[]: unknown nmae"] == faults(slip, dialect_schema())
