"""Dialects and rules in Python that other packages bring, found by their entry points."""

from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points

from logwatch.parsing.dialects.dialect import Dialect, DialectError
from logwatch.parsing.dialects.table import dialect_from_table

DIALECTS = "logwatch.dialects"
RULES = "logwatch.rules"

Finder = Callable[[str], Iterable[EntryPoint]]


def _find(group: str) -> Iterable[EntryPoint]:
    return entry_points(group=group)


def load_dialects(find: Finder = _find) -> tuple[list[Dialect], list[str]]:
    """The dialects of other packages, and one sentence for each that cannot be used.

    An entry point is a table like that of a TOML file, or a function that gives one. Patterns of
    the kind `python` hold a function under `find`: text to mappings of name to (start, end).
    """
    dialects, faults = [], []
    for point in find(DIALECTS):
        try:
            table = point.load()
            table = table() if callable(table) else table
            dialects.append(dialect_from_table(table, f"{DIALECTS}:{point.name}"))
        except DialectError as error:
            faults.append(str(error))
        except Exception as error:  # a stranger's code may raise anything
            faults.append(f"the dialect {point.name!r} of {point.value!r} is left out: {error!r}.")
    return dialects, faults


def load_rules(find: Finder = _find) -> list[str]:
    """Import the rules of other packages, which register themselves; faults, one sentence each."""
    faults = []
    for point in find(RULES):
        try:
            point.load()
        except Exception as error:  # a stranger's code may raise anything
            faults.append(f"the rule {point.name!r} of {point.value!r} is left out: {error!r}.")
    return faults
