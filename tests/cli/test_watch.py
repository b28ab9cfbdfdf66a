"""`logwatch TARGET...`: the screen, or what `check` says where there is none."""

import sys
import types

import pytest

from logwatch.cli import exits, main
from logwatch.cli import screen as screen_module


@pytest.fixture
def log(tmp_path):
    """A small healthy log."""
    path = tmp_path / "train.log"
    path.write_text("".join(f"step {n}: loss {2 + 3 / n:.4f}\n" for n in range(1, 200)))
    return path


@pytest.fixture
def screen(monkeypatch):
    """A screen that only notes what it is asked to show."""
    asked = []

    def run_app(targets, question, library, *, ascii=False):
        asked.append((targets, question, ascii))
        return exits.OK

    monkeypatch.setitem(sys.modules, "logwatch.tui", types.SimpleNamespace(run_app=run_app))
    monkeypatch.setattr(screen_module, "is_screen_possible", lambda: True)
    monkeypatch.setattr(screen_module, "read_keys_from_terminal", lambda: None)
    return asked


def test_without_a_terminal_it_checks(log, capsys):
    """In a pipe the text of `check` comes out, and stderr says why."""
    assert exits.OK == main([str(log)])

    shown = capsys.readouterr()
    assert shown.out.startswith(f"✓ {log}: ")
    assert f"logwatch: {screen_module.NO_TERMINAL}\n" == shown.err


def test_a_word_that_is_no_command_is_a_target(log, screen):
    """`logwatch train.log --ascii` opens the screen on that log."""
    assert exits.OK == main([str(log), "--ascii"])

    ((targets, question, ascii_only),) = screen
    assert [log] == [target.path for target in targets]
    assert (None, {}, True) == (question.baseline, question.targets, ascii_only)


def test_the_question_reaches_the_screen(log, screen):
    """`--baseline` and `--target` ask the screen what they ask `check`."""
    main([str(log), "--baseline", str(log), "--target", "train/loss=0.8"])

    ((_, question, _),) = screen
    assert {"train/loss": 0.8} == question.targets
    assert 199 == len(question.baseline.series["train/loss"])


def test_the_screen_opens_on_what_can_be_read(log, screen, tmp_path, capsys):
    """A missing log is named and the others are shown; the exit code tells."""
    assert exits.UNREADABLE == main([str(tmp_path / "gone.log"), str(log)])

    assert 1 == len(screen[0][0])
    assert "does not exist" in capsys.readouterr().err


def test_no_screen_opens_on_nothing(screen, tmp_path, capsys):
    """Where nothing can be read the reason is all there is to see."""
    assert exits.UNREADABLE == main([str(tmp_path / "gone.log")])

    assert [] == screen
    assert 1 == capsys.readouterr().err.count("\n")


def test_a_mistyped_command_is_recognised(screen, tmp_path, monkeypatch, capsys):
    """`logwatch chekc x.log` is answered with the command that was meant."""
    monkeypatch.chdir(tmp_path)

    main(["chekc"])

    assert "(the command is `logwatch check`)" in capsys.readouterr().err


@pytest.mark.parametrize("term", ["dumb", None])
def test_a_dumb_terminal_is_none(term, monkeypatch):
    """A terminal that cannot place text shows the text of `check`."""
    monkeypatch.setattr(sys, "stdout", types.SimpleNamespace(isatty=lambda: True))
    monkeypatch.delenv("TERM", raising=False)
    if term is not None:
        monkeypatch.setenv("TERM", term)

    assert not screen_module.is_screen_possible()
