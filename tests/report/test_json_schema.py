"""The published schema of `check --json` holds for what it prints."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from logwatch.cli import main

CHECKOUT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((CHECKOUT / "docs" / "check.schema.json").read_text())
LOGS = sorted((CHECKOUT / "sample_logs").glob("*.out"))


def test_the_schema_is_a_schema():
    """Editors and validators can use it."""
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.stem)
def test_a_run_keeps_to_the_schema(log: Path, capsys):
    """Every key that is printed is in the schema, with the kind of value that it names."""
    main(["check", "--json", str(log)])

    found = Draft202012Validator(SCHEMA).iter_errors(json.loads(capsys.readouterr().out))
    assert [] == [f"{error.json_path}: {error.message}" for error in found]


def test_what_cannot_be_read_keeps_to_the_schema(tmp_path: Path, capsys):
    """Empty, missing and binary logs."""
    (tmp_path / "empty.log").touch()
    (tmp_path / "binary.log").write_bytes(bytes(range(256)) * 20)
    names = ("empty.log", "binary.log", "missing.log")
    main(["check", "--json", *(str(tmp_path / name) for name in names)])

    printed = json.loads(capsys.readouterr().out)
    assert 3 == len(printed["runs"])
    assert [] == [error.message for error in Draft202012Validator(SCHEMA).iter_errors(printed)]
