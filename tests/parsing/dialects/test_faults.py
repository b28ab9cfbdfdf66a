"""A fault of a dialect's file is told with the line of its key."""

import pytest

from logwatch.parsing.dialects.faults import add_line

FILE = """name = "own"
title = "Mine"

[[pattern]]
name = "first"
kind = "regex"
match = "a"

[[dialect.pattern]]
name = 'second'
kind = "regex"
"mach" = "b"
metrics = { loss = { as = "loss", unti = "ms" }, "lm loss" = "loss" }

[metrics]
time = "step_time_s"

[[event]]
kind = "crash"
match = "("

[[example]]
text = "a 1"
[[example]]
text = "b 2"
expect = { step = 2, "train/loss" = 3 }
"""


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("the dialect has no source.", 1),
        ("title: a number should be a text.", 2),
        ("pattern 'first': match is not a valid pattern: missing ).", 7),
        ("pattern 'second' has an unknown key 'mach'; did you mean 'match'.", 12),
        ("pattern 'second' has no example.", 9),
        ("pattern 'gone' has no example.", 4),
        ("metric 'lm loss' has an unknown unit 'mz'.", 13),
        ("metric 'loss' has an unknown key 'unti'; did you mean 'unit'.", 13),
        ("metric 'time' has an unknown unit 'mz'.", 16),
        ("event 'crash': match is not a valid pattern.", 20),
        ("example 1 ('a 1'): step should be 1, got nothing.", 22),
        ("example 2 ('b 2'): train/loss should be 3, got [2.0].", 26),
        ("example 9 ('z'): a counter-example gives a = [2.0].", 22),
    ],
)
def test_the_line_of_the_key(fault: str, line: int) -> None:
    """The line is that of the key that the sentence names, in the table that it names."""
    assert f"own.toml, line {line + 4}: {fault}" == add_line(
        f"own.toml: {fault}", "own.toml", FILE, 5
    )


@pytest.mark.parametrize(
    "fault",
    [
        "own.toml: Invalid value (at line 6, column 8).",
        "own.toml: Expected '=' (at end of document).",
        "pattern 'first' got as far as 'a' at column 1 of 'b'",
    ],
)
def test_what_tells_its_line_stays(fault: str) -> None:
    """A sentence with its own line, or of no file, is left as it is."""
    assert fault == add_line(fault, "own.toml", FILE)


def test_a_file_without_text() -> None:
    """A fault of an empty file stands in its first line."""
    assert "own.toml, line 1: it is empty." == add_line("own.toml: it is empty.", "own.toml", "")
