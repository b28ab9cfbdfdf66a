"""What was found out about our own dialects is shipped; a start rests on it, and on nothing old."""

import json
from pathlib import Path

import pytest

from logwatch.sources.dialects.load import check_library, dialect_folder
from logwatch.sources.dialects.proven import (
    PROVEN_NAME,
    Proven,
    digest_of,
    read_proven,
    tell_proven,
)

Texts = list[tuple[Path, bytes]]
OWN = b"""
name = "zz-own"
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


@pytest.fixture(scope="module")
def texts() -> Texts:
    """The dialects that come with the program."""
    return [(path, path.read_bytes()) for path in sorted(dialect_folder().glob("*.toml"))]


@pytest.fixture(scope="module")
def folder(texts: Texts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two of them and what was found out about these."""
    folder = tmp_path_factory.mktemp("parsers")
    for path, text in texts:
        if path.stem in ("nanogpt", "generic"):
            (folder / path.name).write_bytes(text)
    library, _ = check_library(held(folder))
    (folder / PROVEN_NAME).write_text(tell_proven(held(folder), library.dialects))
    return folder


def held(folder: Path) -> Texts:
    """The dialects of a folder."""
    return [(path, path.read_bytes()) for path in sorted(folder.glob("*.toml"))]


class TestProven:
    def test_is_current(self, texts: Texts) -> None:
        """The file is of these very dialects: `python scripts/proven_dialects.py` writes it."""
        library, faults = check_library(texts)

        assert () == faults
        kept = (dialect_folder() / PROVEN_NAME).read_text()
        assert kept == tell_proven(texts, library.dialects)

    def test_gives_what_the_checks_give(self, folder: Path) -> None:
        """Order, dialects and entrances are those of a start that checks everything."""
        checked, _ = check_library(held(folder))

        proven, faults = check_library(held(folder), read_proven(held(folder), folder))

        assert () == faults
        assert checked.patterns == proven.patterns
        assert checked.events == proven.events
        assert checked.entrances == proven.entrances

    def test_rests_on_no_other_text(self, folder: Path) -> None:
        """Where one byte of a dialect differs, or one is missing, nothing is taken for proven."""
        texts = held(folder)

        assert read_proven(texts, folder).paths
        assert Proven() == read_proven([*texts[:1], (texts[1][0], texts[1][1] + b" ")], folder)
        assert Proven() == read_proven(texts[:1], folder)

    @pytest.mark.parametrize("kept", ["", "{", "[]", "{}", '{"digest": 3}', "null"])
    def test_a_broken_file_proves_nothing(self, folder: Path, tmp_path: Path, kept: str) -> None:
        """A file that is not there or not ours only costs time."""
        assert Proven() == read_proven(held(folder), tmp_path)
        (tmp_path / PROVEN_NAME).write_text(kept)
        assert Proven() == read_proven([], tmp_path)

    def test_entries_of_the_wrong_kind(self, tmp_path: Path) -> None:
        """Nor does one with the right digest and nonsense behind it."""
        kept = {"digest": digest_of([]), "claims": [], "entrances": [[1]]}
        (tmp_path / PROVEN_NAME).write_text(json.dumps(kept))

        assert Proven() == read_proven([], tmp_path)

    def test_a_dialect_of_ones_own_is_checked(self, folder: Path, tmp_path: Path) -> None:
        """One's own is proved at the start, before the general ones, or refused."""
        own = tmp_path / "own.toml"
        proven = read_proven(held(folder), folder)

        library, faults = check_library([*held(folder), (own, OWN)], proven)
        _, wrong = check_library([*held(folder), (own, OWN.replace(b"0.5 }", b"1 }"))], proven)

        assert (["nanogpt", "zz-own", "generic"], ()) == (
            [dialect.name for dialect in library.dialects],
            faults,
        )
        assert "train/loss should be 1, got [0.5]" in wrong[0]

    def test_one_that_takes_a_name_is_checked(self, folder: Path, tmp_path: Path) -> None:
        """One's own that bears the name of a proven one is not taken for it."""
        own = OWN.replace(b"zz-own", b"nanogpt")
        proven = read_proven(held(folder), folder)

        library, faults = check_library([*held(folder), (tmp_path / "own.toml", own)], proven)

        assert (["Mine", "generic"], ()) == (
            [
                dialect.title if dialect.name != "generic" else "generic"
                for dialect in library.dialects
            ],
            faults,
        )
