"""Every example of every dialect gives what it promises, read by its own dialect among all."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from logwatch.parsing.authoring.examples import (
    check_example,
    check_examples,
    read_example,
    samples_by_name,
)
from logwatch.parsing.dialects.dialect import Dialect, Example
from logwatch.parsing.library import Library
from logwatch.sources.dialects.load import load_library

LIBRARY, FAULTS = load_library()
EXAMPLES = [
    pytest.param(dialect, example, id=f"{dialect.name}::{example.pattern or example.event}::{n}")
    for dialect in LIBRARY.dialects
    for n, example in enumerate(dialect.examples, 1)
]
PROGRAMS = tomllib.loads((Path(__file__).parent / "program_lines.toml").read_text("utf-8"))


def test_no_dialect_is_left_out() -> None:
    """All dialects that come with logwatch load without a fault."""
    assert () == FAULTS


@pytest.mark.parametrize("dialect", LIBRARY.dialects, ids=lambda dialect: dialect.name)
def test_a_dialect_proves_itself(dialect: Dialect) -> None:
    """Every pattern and event has an example, and each example is read by the pattern it names."""
    assert [] == list(check_examples(dialect))


@pytest.mark.parametrize("dialect", LIBRARY.dialects, ids=lambda dialect: dialect.name)
def test_a_dialect_has_a_counter_example(dialect: Dialect) -> None:
    """Every dialect shows a line of its program, or like it, of which no figure may come."""
    assert any(not example.expect and not example.pattern for example in dialect.examples)


@pytest.mark.parametrize("dialect", LIBRARY.dialects, ids=lambda dialect: dialect.name)
def test_a_pattern_that_gives_figures_shows_them(dialect: Dialect) -> None:
    """Every pattern that reads figures at all has an example in which they are promised."""
    promised = {example.pattern for example in dialect.examples if example.expect}
    library = Library([dialect])
    silent = [
        pattern.name
        for pattern in dialect.patterns
        if pattern.name not in promised
        and any(
            read_example(library, example).samples
            for example in dialect.examples
            if example.pattern == pattern.name
        )
    ]
    assert [] == silent


@pytest.mark.parametrize("program", PROGRAMS["program"], ids=lambda program: program["name"])
def test_a_program_is_read_by_its_dialect(program: dict[str, Any]) -> None:
    """Each program's own line gives its figures, through the dialect that is written for it."""
    extract = read_example(Library(LIBRARY.dialects), Example(program["text"]))
    found = samples_by_name(extract)

    assert program["says"] == {name: found.get(name, [None])[0] for name in program["says"]}
    assert {program["dialect"]} - {""} <= {*extract.dialects}
    assert bool(program["says"]) == bool(extract.samples)


@pytest.mark.parametrize(("dialect", "example"), EXAMPLES)
def test_an_example_gives_its_values(dialect: Dialect, example: Example) -> None:
    """Among all dialects an example gives the values that its own promises."""
    if not example.expect:
        return
    extract = read_example(Library(LIBRARY.dialects), example)

    faults = [fault for fault in check_example(example, extract) if "should be" in fault]
    assert [] == faults
