"""Every example of every dialect gives what it promises, read by its own dialect among all."""

import pytest

from logwatch.parsing.dialect import Dialect, Example
from logwatch.parsing.examples import check_example, check_examples, read_example
from logwatch.parsing.library import Library
from logwatch.sources.library import load_library

LIBRARY, FAULTS = load_library()
EXAMPLES = [
    pytest.param(dialect, example, id=f"{dialect.name}::{example.pattern or example.event}::{n}")
    for dialect in LIBRARY.dialects
    for n, example in enumerate(dialect.examples, 1)
]


def test_no_dialect_is_left_out() -> None:
    """All dialects that come with logwatch load without a fault."""
    assert () == FAULTS


@pytest.mark.parametrize("dialect", LIBRARY.dialects, ids=lambda dialect: dialect.name)
def test_a_dialect_proves_itself(dialect: Dialect) -> None:
    """Every pattern and event has an example, and each example is read by the pattern it names."""
    assert [] == list(check_examples(dialect))


@pytest.mark.parametrize("dialect", LIBRARY.dialects, ids=lambda dialect: dialect.name)
def test_a_dialect_has_a_counter_example(dialect: Dialect) -> None:
    """Every dialect shows a line that says nothing, or an event that is no figure."""
    assert any(not example.expect for example in dialect.examples)


@pytest.mark.parametrize(("dialect", "example"), EXAMPLES)
def test_an_example_gives_its_values(dialect: Dialect, example: Example) -> None:
    """Among all dialects an example gives the values that its own promises."""
    if not example.expect:
        return
    extract = read_example(Library(LIBRARY.dialects), example)

    faults = [fault for fault in check_example(example, extract) if "should be" in fault]
    assert [] == faults
