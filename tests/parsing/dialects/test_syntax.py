"""What is said of a pattern without running it holds for all that it matches."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logwatch.parsing.dialects.dialect import EventPattern, Pattern
from logwatch.parsing.dialects.syntax import inspect_pattern, unrolled_size
from logwatch.parsing.dialects.table import MAX_SIZE
from logwatch.parsing.library import Library
from logwatch.parsing.matching.matchers import MATCHERS
from logwatch.parsing.sanitize import Text, read_text

BLIND = [
    "", r"step (\d+)", r"[0-9]+", r"[\d.]+", r"\w+", r"\S+:", r"[^\s,]+", r"a{2}\d{3}", r"(?i)loss",
    r"(?P<step>\d+)/(?<total>\d+)", r"loss(?=\d)", r"(?:a|b|\d)+", r"[^a-z]", r"[^\d]", r"\D", r".",
    r"^\bx\b$", r"[\w.]+(?:\s+\d)?",
]  # fmt: skip
TELLING = [
    "1", r"step 0", r"[0-4]", r"[^0]", r"[^5-9]", r"(\d)\1", r"(?P<a>\d)(?P=a)", r"(?:2|a)",
    r"x(?!3)",
    r"(?<=7)a", r"(?:1)?a", r"(?:a9){2}", r"(a)?(?(1)1|b)", r"[ab1]", r"\p{L}+", r"(", r"(?>4)",
]  # fmt: skip


class TestDigits:
    @pytest.mark.parametrize("pattern", BLIND)
    def test_blind(self, pattern: str) -> None:
        """A pattern in which every digit is as good as any other."""
        assert not inspect_pattern(pattern)[0]

    @pytest.mark.parametrize("pattern", TELLING)
    def test_telling(self, pattern: str) -> None:
        """A digit by itself, some digits but not all, a repetition; and what is not understood."""
        assert inspect_pattern(pattern)[0]

    def test_patterns_of_all_dialects(self, library: Library) -> None:
        """A pattern called blind matches a line of its examples with any other digits as well."""
        random_ = random.Random(3)
        lines = [
            (read_text(line.encode()).text, pattern)
            for dialect in library.dialects
            for example in dialect.examples
            for line in example.text.strip("\n").split("\n")
            for pattern in dialect.patterns
            if pattern.match and not pattern.tells_digits
        ]
        wrong = []
        for text, pattern in lines:
            other = re.sub("[0-9]", lambda _: random_.choice("0123456789"), text)
            one, two = pattern.regex.search(text), pattern.regex.search(other)
            if (one and one.spans()) != (two and two.spans()):
                wrong.append((pattern.name, text, other))

        assert [] == wrong


class TestLiterals:
    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("loss: (.*)", ("loss: ",)),
            ("Step (a+) of EPOCH", (" of epoch",)),
            (r"(?:train|val) loss", (" loss",)),
            (r"(?:train|valid)\b", ("train", "valid")),
            (r"(?:train|)x", ("x",)),
            ("(?:loss)?x", ("x",)),
            ("(?:loss){2}", ("loss",)),
            ("-{10,}", ("-" * 10,)),
            ("(?=.*loss)x", ("loss",)),
            ("(?!loss)xy", ("xy",)),
            ("acc1: ", ("acc",)),
            (r"\d+", ()),
            ("", ()),
            ("(", ()),
        ],
    )
    def test_what_a_match_must_hold(self, pattern: str, expected: tuple[str, ...]) -> None:
        """The longest texts of which each match holds one, in lower case and without digits."""
        assert expected == inspect_pattern(pattern)[1]

    @settings(max_examples=300)
    @given(data=st.data())
    def test_every_match_holds_one(self, data: st.DataObject) -> None:
        """Whatever a pattern matches holds one of its texts."""
        pattern = data.draw(st.sampled_from([p for p in BLIND + TELLING if is_plain(p)]))
        literals = inspect_pattern(pattern)[1]

        matched = data.draw(st.from_regex(re.compile(pattern), fullmatch=True)).lower()

        assert not literals or any(literal in matched for literal in literals)

    def test_patterns_of_all_dialects(self, library: Library) -> None:
        """No line of an example is kept from a pattern that reads something on it."""
        shut = [
            (pattern.name, text.text)
            for dialect in library.dialects
            for example in dialect.examples
            for text in (read_text(s.encode()) for s in example.text.strip("\n").split("\n"))
            for pattern in (*dialect.patterns, *dialect.events)
            if not library.entrance(pattern).lets_in(text.text.lower()) and reads(pattern, text)
        ]

        assert [] == shut


def reads(pattern: Pattern | EventPattern, text: Text) -> bool:
    """Whether a pattern claims a stretch of a line; a head alone, without its pairs, is none."""
    if isinstance(pattern, EventPattern):
        return bool(pattern.regex.search(text.text))
    return any(MATCHERS[pattern.kind](pattern, text, 0, len(text.text)))


class TestSize:
    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("", 0),
            ("abc", 3),
            (r"(?P<step>\d+)", 2),
            ("a{5}", 5),
            ("a{2,}", 3),
            ("a{2,4}?", 3),
            ("a{0,9}b*c?", 3),
            ("(?:ab){4}", 8),
            ("(?:a{10}){10}", 100),
            ("(?:a{10}b|c{2,3}){7}", 7 * 15),
            ("(?:(?:a{99999}){99999}){9}", 9 * 99999**2),
            (r"\p{L}(?:a{3000}){300}", 900_001),
            ("(?=a{6})(?<=b)(?i:c)", 8),
            (r"[^]a(]{3}\({2}", 5),
            ("(?:" * 30 + "a" + "+)" * 30, 2**30),
            ("(", 0),
            ("a)b", 3),
        ],
    )
    def test_repetitions_are_written_out(self, pattern: str, expected: int) -> None:
        """What must repeat counts as often, and once more where it may come more often."""
        assert expected == unrolled_size(pattern)

    def test_all_dialects_are_small(self, library: Library) -> None:
        """No pattern that comes with the program is near the bound of what may be compiled."""
        sizes = [unrolled_size(pattern.match) for pattern in (*library.patterns, *library.events)]

        assert MAX_SIZE / 10 > max(sizes)


def is_plain(pattern: str) -> bool:
    """Whether the standard library knows the pattern, so that matches of it can be made up."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return "(?=" not in pattern and "(?!" not in pattern and "(?<" not in pattern
