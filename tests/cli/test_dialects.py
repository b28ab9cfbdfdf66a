"""Dialects: those that come along, and the user's own."""

from pathlib import Path

import pytest

from logwatch.cli import exits, main

DIALECT = r"""
name = "our-trainer"
title = "Our trainer"
source = "https://example.org/trainer.py"

[[pattern]]
name = "batch"
kind = "regex"
match = '''^\[batch (?P<step>\d+)\] objective (?P<loss>\S+)$'''

[[example]]
pattern = "batch"
text = "[batch 120] objective 0.532"
expect = { step = 120, "train/loss" = 0.532 }
"""


@pytest.fixture
def log(tmp_path: Path) -> str:
    """A log that no dialect of logwatch reads."""
    path = tmp_path / "odd.log"
    path.write_text("".join(f"[batch {n}] objective {5 - n / 50:.3f}\n" for n in range(1, 100)))
    return str(path)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for dialects in an empty home."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "config" / "logwatch" / "parsers"
    folder.mkdir(parents=True)
    return folder


def test_every_dialect_has_a_title(capsys):
    """The list has one line a dialect, in the order in which they are asked."""
    assert exits.OK == main(["dialects"])

    rows = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert {"nanogpt", "tqdm"} <= {row[0] for row in rows}
    assert [] == [row for row in rows if len(row) < 2]


def test_a_dialect_shows_what_it_reads(capsys):
    """`parsers show` gives its source and its lines with what they say."""
    assert exits.OK == main(["dialects", "show", "nanogpt"])

    shown = capsys.readouterr().out
    assert "source  https://github.com/karpathy/nanoGPT" in shown
    assert "train/loss = 1.9823" in shown


def test_a_dialect_on_the_command_line(log, tmp_path: Path, settings, capsys):
    """`--dialect FILE` reads a log that was not readable before."""
    dialect = tmp_path / "ours.toml"
    dialect.write_text(DIALECT)

    main(["check", log])
    main(["check", log, "--dialect", str(dialect)])

    before, after = capsys.readouterr().out.split(log)[1:]
    assert "no metric found" in before
    assert "4.98 → 3.02" in after


def test_a_dialect_in_the_settings_folder(log, settings: Path, capsys):
    """A file in the settings folder is always read."""
    (settings / "ours.toml").write_text(DIALECT)

    main(["check", log])

    assert "4.98 → 3.02" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("kind = ", "kid = "), "did you mean 'kind'"),
        (("0.532 }", "0.532"), "ours.toml"),
        (("= 0.532", "= 0.533"), "should be 0.533"),
    ],
)
def test_a_faulty_dialect_is_refused(change, said, log, settings: Path, capsys):
    """What `--dialect` names and cannot be used is one sentence that says why, exit code 2."""
    dialect = settings.parent / "ours.toml"
    dialect.write_text(DIALECT.replace(*change))

    assert exits.USAGE == main(["check", log, "--dialect", str(dialect)])

    shown = capsys.readouterr()
    assert said in shown.err
    assert ("", 1) == (shown.out, shown.err.count("\n"))


def test_a_faulty_dialect_in_the_settings_folder_is_left_out(log, settings: Path, capsys):
    """It is said what is wrong with it, and logs are read without it."""
    (settings / "ours.toml").write_text(DIALECT.replace("kind", "kid"))

    assert exits.OK == main(["check", log])

    shown = capsys.readouterr()
    assert "no metric found" in shown.out
    assert "did you mean 'kind'" in shown.err


def test_a_dialect_that_is_not_there_is_wrong_usage(log, capsys):
    """`--dialect` with a wrong name stops."""
    assert exits.USAGE == main(["check", log, "--dialect", "gone.toml"])
    assert "--dialect gone.toml is not a file" in capsys.readouterr().err


def test_a_home_that_may_not_be_looked_into(log, monkeypatch, capsys):
    """A user without a home can use logwatch all the same."""
    monkeypatch.setenv("XDG_CONFIG_HOME", "/proc/1/root/gone")
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/gone")

    assert exits.OK == main(["check", log])
    assert "" == capsys.readouterr().err


def test_a_user_whom_the_system_does_not_know(log, monkeypatch, capsys):
    """In a container a user may have neither a name nor a home."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 12345678)

    assert exits.OK == main(["check", log])
    assert "" == capsys.readouterr().err
