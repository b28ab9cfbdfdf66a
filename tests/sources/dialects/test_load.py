"""Dialect files are read, refused with a reason, checked and put in order."""

from pathlib import Path

import pytest

from logwatch.parsing.dialects.dialect import DialectError
from logwatch.sources.dialects.load import check_library, explain_file, parse_dialect

SOUND = """
name = "own"
title = "Mine"
source = "mine.py"
[[pattern]]
name = "line"
kind = "regex"
match = '''^mine (?P<step>\\d+) loss (?P<loss>\\S+)'''
[[example]]
pattern = "line"
text = "mine 3 loss 0.5"
expect = { step = 3, "train/loss" = 0.5 }
"""
OWN = Path("own.toml")


def refusal(text: bytes) -> str:
    """Why a text is no dialect; "" where it is one."""
    try:
        parse_dialect(OWN, text)
    except DialectError as error:
        return str(error)
    return ""


class TestParse:
    def test_a_sound_file(self) -> None:
        """A sound text becomes the dialect that it describes."""
        dialect = parse_dialect(OWN, SOUND.encode())

        assert ("own", ["line"]) == (dialect.name, [p.name for p in dialect.patterns])

    def test_a_byte_order_mark(self) -> None:
        """An editor's mark at the beginning does not matter."""
        assert parse_dialect(OWN, SOUND.encode()) == parse_dialect(OWN, SOUND.encode("utf-8-sig"))

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (b"", "own.toml is empty, cannot be read, or is not a file."),
            (b"name = 'a\xff'", "own.toml: byte 9 is not UTF-8."),
            (b"name = ", "own.toml: Invalid value (at end of document)."),
            (b"title = 'a'\nsource = 'a'", "own.toml: the dialect has no name."),
            (
                SOUND.replace("kind", "knid").encode(),
                "own.toml: pattern 'line' has an unknown key 'knid'; did you mean 'kind'.",
            ),
            (
                SOUND.replace("'''^", "'''(").encode(),
                "own.toml: pattern 'line': match is not a valid pattern: missing ) at position 38.",
            ),
        ],
    )
    def test_a_refusal_is_one_sentence(self, text: bytes, reason: str) -> None:
        """What is wrong is said in one sentence with the file's name."""
        assert reason == refusal(text)


class TestCheck:
    def test_one_with_a_fault_is_left_out(self) -> None:
        """Of two dialects the sound one is kept, and the fault of the other is told."""
        wrong = SOUND.replace('"own"', '"wrong"').replace("= 0.5 }", "= 0.75 }")

        library, faults = check_library([(OWN, SOUND.encode()), (Path("w.toml"), wrong.encode())])

        assert ["own"] == [dialect.name for dialect in library.dialects]
        assert (
            "w.toml: example 1 ('mine 3 loss 0.5'): train/loss should be 0.75, got [0.5].",
        ) == faults

    def test_the_later_of_one_name_counts(self) -> None:
        """A dialect of one's own takes the place of one that has its name."""
        mine = SOUND.replace("Mine", "Other")

        library, faults = check_library([(OWN, SOUND.encode()), (OWN, mine.encode())])

        assert (["Other"], ()) == ([dialect.title for dialect in library.dialects], faults)

    def test_explains_how_far_a_pattern_got(self, tmp_path: Path) -> None:
        """Of an example that is not read, it is said where the pattern stopped."""
        path = tmp_path / "own.toml"
        path.write_text(SOUND.replace("mine 3 loss", "mine 3 lost"))

        faults = explain_file(path)

        assert any("train/loss should be 0.5, got nothing." in fault for fault in faults)
        assert "got as far as" in faults[-1] and "at column 10" in faults[-1]
