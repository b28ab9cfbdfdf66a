"""A dialect in the logwatch.toml beside a log is used wherever the log is read."""

import re
from pathlib import Path

import pytest

from logwatch.cli import main
from logwatch.parsing.library import ALL_RANKS, Library
from logwatch.session import Session
from logwatch.sources.dialects.beside import explain_beside, library_beside, library_with
from logwatch.sources.source import SourceError

HERE = Path(__file__).resolve().parents[3]
FENCE = re.compile(r"^```toml logwatch\.toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OWN = FENCE.search((HERE / "parsers" / "README.md").read_text())[1]
LINES = "".join(f"[batch {n}] objective {5 - n / 50:.3f} penalty 0.{n:03d}\n" for n in range(1, 30))
GENERIC = """
[[dialect]]
name = "last-resort"
title = "Whatever is left"
source = "mine"
generic = true
[[dialect.pattern]]
name = "objective"
kind = "regex"
match = '''objective (?P<loss>\\S+)'''
[[dialect.example]]
pattern = "objective"
text = "objective 0.5"
expect = { "train/loss" = 0.5 }
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log that only the dialect beside it can read."""
    (tmp_path / "logwatch.toml").write_text(f"max_steps = 100\n\n{OWN}")
    path = tmp_path / "odd.log"
    path.write_text(LINES)
    return path


def spoil(log: Path, old: str, new: str) -> None:
    """Write something else into the file beside a log."""
    path = log.parent / "logwatch.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_the_example_of_the_manual_has_twelve_lines() -> None:
    """It is as short as is promised."""
    assert 12 == len(OWN.splitlines())


def test_a_log_is_read_with_the_dialect_beside_it(log: Path, library: Library) -> None:
    """The library of a log has the dialect beside it, before all others; that of others has not."""
    own = library_beside(library, log)
    session = Session(own)
    session.feed(log.read_bytes())

    assert "my-trainer" == own.dialects[0].name
    assert 29 == len(session.view().series["train/penalty"])
    assert library is library_beside(library, None)
    assert library is library_beside(library, log.parent / "elsewhere" / "odd.log")


@pytest.mark.parametrize(
    "words",
    [
        ["check", "odd.log"],
        ["export", "odd.log"],
        ["parsers", "test", "odd.log"],
        ["parsers", "list"],
        ["parsers", "show", "my-trainer"],
        ["parsers", "check", "logwatch.toml"],
    ],
    ids=" ".join,
)
def test_it_is_used_by_every_command(log: Path, words: list[str], monkeypatch, capsys) -> None:
    """Whatever reads the log, or runs beside it, knows the dialect."""
    monkeypatch.chdir(log.parent)

    assert 0 == main(words)
    out = capsys.readouterr().out
    told = {"check": "train/penalty", "export": "train/penalty,29,"}.get(words[0], "my-trainer")
    assert ("proves itself" if words[1] == "check" else told) in out


def test_the_screen_reads_with_it(log: Path, library: Library) -> None:
    """The thread that reads a log for the screen opens its session with the dialect."""
    from logwatch.diagnosis.rule import Question
    from logwatch.sources.targets import Target
    from logwatch.tui.live.bridge import Bridge

    bridge = Bridge(Target(str(log), log), library, Question(), lambda snapshot: None)
    session = bridge._open_session(Question())
    session.feed(log.read_bytes())

    assert ("my-trainer",) == session.view().dialects


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "regex"', 'kind = "regx"', "line 9: pattern 'batch': kind is 'regx'"),
        ("\nmatch = ", "\nmach = ", "line 10: pattern 'batch' has an unknown key 'mach'"),
        ("= 0.071 }", "= 0.7 }", "line 14: example 1 ('[batch 120] objective 0.532"),
        ('title = "Our trainer"', "", "line 3: the dialect has no title"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(log: Path, old, new, said, monkeypatch, capsys) -> None:
    """The log is not read; the sentence names the file, the line and the key."""
    spoil(log, old, new)
    monkeypatch.chdir(log.parent)

    assert 0 != main(["check", "odd.log"])
    assert said in capsys.readouterr().err
    assert 0 != main(["parsers", "list"])
    assert said in capsys.readouterr().err
    assert 0 != main(["parsers", "check", "logwatch.toml"])
    assert said in capsys.readouterr().out


def test_all_faults_are_explained(log: Path) -> None:
    """Each dialect of the file is checked, with how far its patterns got."""
    path = log.parent / "logwatch.toml"
    path.write_text(f"{OWN.replace('objective 0.532', 'objektive 0.532')}\n{GENERIC}\nschema = 2\n")
    faults = explain_beside(path)

    assert any("got as far as" in fault for fault in faults)
    assert any("an unknown key 'schema'" in fault for fault in faults)


def test_a_dialect_replaces_the_one_of_its_name(library: Library, tmp_path: Path) -> None:
    """By name over the built-in; generic ones come before the generic, and ranks are kept."""
    path = tmp_path / "logwatch.toml"
    path.write_text(OWN.replace('"my-trainer"', '"nanogpt"') + GENERIC)
    asked = Library(library.dialects, library.entrances, ALL_RANKS)
    names = [dialect.name for dialect in library_with(asked, path).dialects]

    assert len(library.dialects) + 1 == len(names)
    assert "nanogpt" == names[0]
    assert names.index("last-resort") == names.index("generic") - 1
    assert ALL_RANKS == library_with(asked, path).rank


@pytest.mark.parametrize("text", [b"", b"max_steps = 5\n", b"[[dialect]\n", b"[[dialect]]\n\xff"])
def test_no_dialect_changes_nothing(library: Library, tmp_path: Path, text: bytes) -> None:
    """A file without dialects, or that is no TOML, is left to who reads the rest of it."""
    path = tmp_path / "logwatch.toml"
    path.write_bytes(text)

    assert library is library_with(library, path)


def test_a_wrong_dialect_is_an_error(library: Library, log: Path) -> None:
    """A dialect that does not prove itself is no dialect, and the log is not read without it."""
    spoil(log, '"train/loss" = 0.532', '"train/loss" = 1')
    with pytest.raises(SourceError, match=r"line 14: example 1 .*train/loss should be 1"):
        library_beside(library, log)
