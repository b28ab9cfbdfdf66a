"""A dialect of the wrong kinds, or with gaps, is refused in one sentence that says where."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from logwatch.parsing.dialects.dialect import DialectError
from logwatch.parsing.dialects.soundness import refuse_gaps, refuse_wrong_kinds
from logwatch.parsing.dialects.table import dialect_from_table

PARSERS = sorted((Path(__file__).parents[3] / "parsers").glob("*.toml"))
HEAD = {"name": "x", "title": "x", "source": "x"}
PAIR = r"(?P<key>\w+)=(?P<value>\S+)"


def fault_of(table: dict[str, Any]) -> str:
    """What is said of a table whose values may be of the wrong kinds; "" where nothing is."""
    try:
        refuse_wrong_kinds({**HEAD, **table}, "own.toml")
    except DialectError as error:
        return str(error)
    return ""


def gap_of(pattern: dict[str, Any]) -> str:
    """What is said of a pattern that may lack something; "" where nothing is."""
    table = {**HEAD, "pattern": [{"name": "line", **pattern}]}
    try:
        refuse_gaps(dialect_from_table(table, "own.toml"))
    except DialectError as error:
        return str(error)
    return ""


class TestWrongKinds:
    @pytest.mark.parametrize(
        ("table", "expected"),
        [
            ({"title": 3}, "title is 3 and should be a text"),
            ({"name": ["a"]}, "name is ['a'] and should be a text"),
            ({"source": 1}, "source is 1 and should be a text or a list"),
            ({"source": ["a", 1]}, "source 2 is 1 and should be a text"),
            ({"generic": "yes"}, "generic is 'yes' and should be true or false"),
            ({"schema": 2}, "schema is 2 and should be 1"),
            ({"pattern": {}}, "pattern is {} and should be a list"),
            ({"pattern": [3]}, "pattern 1 is 3 and should be a table"),
            (
                {"pattern": [{"name": "a"}, {"name": "b", "guarded": 1}]},
                "pattern 'b': guarded is 1 and should be true or false",
            ),
            ({"pattern": [{"match": 1}]}, "pattern 1: match is 1 and should be a text"),
            (
                {"pattern": [{"name": "a", "kind": "regexp"}]},
                "pattern 'a': kind is 'regexp'; did you mean 'regex'",
            ),
            (
                {"pattern": [{"name": "a", "epoch_base": 7}]},
                "pattern 'a': epoch_base is 7; it can be 0, 1",
            ),
            (
                {"pattern": [{"name": "a", "need": "loss"}]},
                "pattern 'a': need is 'loss' and should be a list",
            ),
            (
                {"pattern": [{"name": "a", "need": [1]}]},
                "pattern 'a': need 1 is 1 and should be a text",
            ),
            ({"metrics": {"lr": 3}}, "metric 'lr' is 3 and should be a text or a table"),
            (
                {"pattern": [{"name": "a", "metrics": {"lr": [1]}}]},
                "pattern 'a': metric 'lr' is [1] and should be a text or a table",
            ),
            (
                {"metrics": {"lr": {"above": "0"}}},
                "metric 'lr': above is '0' and should be a number",
            ),
            (
                {"event": [{"kind": "nan", "severity": "bad"}]},
                "event 'nan': severity is 'bad'; it can be info, warning, error",
            ),
            (
                {"event": [{"kind": "nan", "match": True}]},
                "event 'nan': match is True and",
            ),
            (
                {"example": [{"text": "a", "expect": {"lr": "1"}}]},
                "example 1: expect: lr is '1' and should be a number",
            ),
            (
                {"example": [{"text": "a", "fields": {"count": True}}]},
                "example 1: fields: count is True and should be a number or a text",
            ),
        ],
    )
    def test_says_where_and_which_kind(self, table: dict[str, Any], expected: str) -> None:
        """The sentence names the file, the entry, the key, the value and the kind it should be."""
        assert fault_of(table).startswith(f"own.toml: {expected}")

    def test_a_long_value_is_cut_short(self) -> None:
        """A wrong value of a thousand words does not fill the terminal."""
        assert 120 > len(fault_of({"title": ["word"] * 1000}))

    def test_unknown_keys_are_let_pass(self) -> None:
        """A key that the schema does not know is another check's to name."""
        assert not fault_of({"nmae": 3})

    @pytest.mark.parametrize("path", PARSERS, ids=lambda path: path.stem)
    def test_every_dialect_is_sound(self, path: Path) -> None:
        """No dialect that comes with the program has a fault."""
        table = tomllib.loads(path.read_text())

        refuse_wrong_kinds(table, path.name)
        refuse_gaps(dialect_from_table(table, path.name))


class TestGaps:
    @pytest.mark.parametrize(
        ("pattern", "lack"),
        [
            ({"kind": "regex"}, "match"),
            ({"kind": "kv", "match": "a"}, "pair"),
            ({"kind": "bar"}, "match"),
            ({"kind": "block", "match": "a"}, "row"),
            ({"kind": "table", "match": "a"}, "row"),
        ],
    )
    def test_what_a_kind_needs(self, pattern: dict[str, Any], lack: str) -> None:
        """A pattern that lacks what its kind reads is named with what it lacks."""
        expected = f"own.toml: pattern 'line' of the kind {pattern['kind']} needs a {lack}."

        assert expected == gap_of(pattern)

    def test_a_postfix_that_nothing_reads(self) -> None:
        """A bar whose postfix no pair reads would say nothing of it."""
        bar = {"kind": "bar", "match": r"(?P<step>\d+)it (?P<postfix>.*)"}

        assert "has a postfix and needs a pair to read it" in gap_of(bar)
        assert not gap_of({**bar, "pair": PAIR})

    def test_a_pair_without_its_groups(self) -> None:
        """A pair without a key or a value cannot be read."""
        pattern = {"kind": "kv", "match": "a", "pair": r"(?P<key>\w+)=\S+"}

        assert "needs the groups key and value in its pair" in gap_of(pattern)

    @pytest.mark.parametrize(
        "pattern",
        [
            {"kind": "literal"},
            {"kind": "regex", "match": "a"},
            {"kind": "kv", "match": "a", "pair": PAIR},
            {"kind": "block", "match": "a", "row": "b"},
        ],
    )
    def test_a_whole_pattern(self, pattern: dict[str, Any]) -> None:
        """A pattern with all that its kind needs passes."""
        assert not gap_of(pattern)
