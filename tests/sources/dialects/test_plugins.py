"""Dialects in Python: used when they work, told and left out when they do not."""

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint

from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.sources.dialects.plugins import load_dialects, load_rules

BASE = {"name": "vowels", "title": "Counts in words", "source": "this test"}


def find_word(text: str) -> Iterable[Mapping[str, tuple[int, int]]]:
    """The last word as a loss; raises at a line that says so."""
    if "boom" in text:
        raise ValueError("boom")
    yield {"loss": (text.rindex(" ") + 1, len(text))}


def table() -> dict[str, object]:
    """A dialect that needs a function."""
    pattern = {"name": "last", "kind": "python", "words": ["vowel"], "find": find_word}
    return {**BASE, "pattern": [pattern]}


def broken() -> dict[str, object]:
    """A dialect that cannot be made."""
    raise RuntimeError("no")


def points(*names: str) -> "object":
    """A finder of entry points that are functions of this module."""
    return lambda group: [EntryPoint(name, f"{__name__}:{name}", group) for name in names]


class TestLoadDialects:
    def test_reads_with_a_function(self) -> None:
        """What a function finds becomes a sample, exactly."""
        dialects, faults = load_dialects(points("table"))

        extract = Extractor(Library(dialects)).feed(b"vowel 2.5\nvowel 0.125\n")

        assert [] == faults
        assert [2.5, 0.125] == [v for s in extract.samples for v in s.value.tolist()]

    def test_a_broken_one_is_told_and_left_out(self) -> None:
        """A dialect that raises, or is not there, is one sentence; the others are used."""
        dialects, faults = load_dialects(points("broken", "table", "missing"))

        assert ["vowels"] == [dialect.name for dialect in dialects]
        assert 2 == len(faults)
        assert "'broken'" in faults[0]
        assert "'missing'" in faults[1]

    def test_one_that_raises_on_a_line_is_switched_off(self) -> None:
        """A function that raises is asked no more, and reading goes on."""
        dialects, _ = load_dialects(points("table"))
        extractor = Extractor(Library(dialects))

        first = extractor.feed(b"vowel 1\n")
        extractor.feed(b"vowel boom\n")
        then = extractor.feed(b"vowel three 3\n")

        assert [1.0] == [v for s in first.samples for v in s.value.tolist()]
        assert () == then.samples
        assert {("vowels", "last")} == extractor.switched_off


def test_rules_that_cannot_be_imported_are_told() -> None:
    """A rule that cannot be imported is one sentence."""
    assert 1 == len(load_rules(points("missing")))
