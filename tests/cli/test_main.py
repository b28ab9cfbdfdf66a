"""The front door: what every command line has in common."""

import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from logwatch import __version__
from logwatch.cli import COMMANDS, exits, main
from logwatch.tui.leaving import Ended

LOG = "".join(f"step {step}: loss {5 - step / 100:.2f}\n" for step in range(100))


def run(*words: str, **kwargs) -> subprocess.CompletedProcess[str]:
    """Run logwatch in a process of its own."""
    command = [sys.executable, "-m", "logwatch", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A small healthy log."""
    path = tmp_path / "train.log"
    path.write_text(LOG)
    return path


@pytest.fixture
def fail_with(monkeypatch) -> Callable[[BaseException], None]:
    """Make every command raise."""

    def arrange(problem: BaseException) -> None:
        def dispatch(words):
            raise problem

        monkeypatch.setattr("logwatch.cli.dispatch", dispatch)

    return arrange


def test_help_names_every_command(capsys):
    """The first page shows all there is, on stdout."""
    assert exits.OK == main(["--help"])

    shown = capsys.readouterr()
    assert [] == [name for name in COMMANDS if f"  {name}" not in shown.out]
    assert "" == shown.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    """`logwatch COMMAND --help` explains itself and ends well."""
    assert exits.OK == main([command, "--help"])
    assert f"usage: logwatch {command}" in capsys.readouterr().out


def test_the_version(capsys):
    """The version is that of the package."""
    assert exits.OK == main(["--version"])
    assert f"logwatch {__version__}\n" == capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["check"],
        ["check", "x.log", "--colour"],
        ["check", "x.log", "--fail-on", "sometimes"],
        ["check", "x.log", "--target", "train/loss"],
        ["check", "x.log", "--target", "train/loss=low"],
        ["check", "x.log", "--target", "=0.5"],
        ["check", "x.log", "--target", "train/loss=nan"],
        ["export", "x.log", "--format", "xml"],
        ["rules", "show"],
        ["rules", "show", "flat-los"],
        ["dialects", "show", "nano"],
        ["--nonsense"],
    ],
)
def test_wrong_usage_is_one_sentence(words, capsys):
    """A command line that makes no sense exits 2 with one line on stderr and nothing on stdout."""
    assert exits.USAGE == main(words)

    shown = capsys.readouterr()
    assert "" == shown.out
    assert shown.err.startswith("logwatch: ")
    assert 1 == shown.err.count("\n")


def test_the_nearest_name_is_suggested(capsys):
    """A name that is nearly right is answered with the right one."""
    main(["rules", "show", "flat-los"])

    assert "did you mean flat-loss?" in capsys.readouterr().err


def test_options_may_stand_between_targets(log, tmp_path, capsys):
    """Order does not matter: `check a --json b` is `check --json a b`."""
    other = tmp_path / "other.log"
    other.write_text(LOG)

    assert exits.OK == main(["check", str(log), "--json", str(other)])
    assert 2 == capsys.readouterr().out.count('"path"')


def test_a_file_may_begin_with_a_dash(tmp_path, monkeypatch, capsys):
    """After `--` every word is a target."""
    monkeypatch.chdir(tmp_path)
    Path("-1.log").write_text(LOG)

    assert exits.OK == main(["check", "--json", "--", "-1.log"])


def test_an_interrupt_is_one_word(fail_with, capsys):
    """Ctrl-C ends as the shell expects, without a traceback."""
    fail_with(KeyboardInterrupt())

    assert exits.INTERRUPTED == main(["check", "x.log"])
    assert "logwatch: interrupted\n" == capsys.readouterr().err


@pytest.mark.parametrize(("end", "code"), [(Ended(143), 143), (KeyboardInterrupt(), 130)])
def test_a_fault_on_the_way_out_does_not_hide_the_signal(
    fail_with, capsys, end: BaseException, code: int
) -> None:
    """A signal passes a `finally` that fails, as argparse's does: its exit code stays."""
    fault = AttributeError("'_StoreAction' object has no attribute 'save_nargs'")
    fault.__context__ = end
    fail_with(fault)

    assert code == main(["check", "x.log"])
    assert "" == capsys.readouterr().err


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (MemoryError(), "there is not enough memory to go on"),
        (OSError(5, "Input/output error"), "could not go on: Input/output error"),
        (
            ZeroDivisionError("division by zero"),
            "this is a fault of logwatch itself, please report it: "
            "ZeroDivisionError: division by zero",
        ),
    ],
)
def test_a_failure_is_one_sentence(problem, sentence, fail_with, capsys, monkeypatch):
    """Whatever happens, nobody sees a traceback."""
    monkeypatch.setattr(exits, "abandon_stdout", lambda: None)
    fail_with(problem)

    assert exits.UNREADABLE == main(["check", "x.log"])
    assert f"logwatch: {sentence}\n" == capsys.readouterr().err


def test_a_warning_of_a_library_is_not_shown(monkeypatch, capsys):
    """Numpy's RuntimeWarning is no sentence for a user."""

    def dispatch_and_warn(args):
        warnings.warn("invalid value encountered in subtract", RuntimeWarning, stacklevel=1)
        return exits.OK

    monkeypatch.setattr("logwatch.cli.rules.run", dispatch_and_warn)
    with warnings.catch_warnings(record=True) as seen:
        assert exits.OK == main(["rules"])

    assert [] == seen


def test_a_developer_sees_the_traceback(fail_with, monkeypatch):
    """LOGWATCH_DEBUG gives the traceback of a fault of logwatch itself."""
    monkeypatch.setenv("LOGWATCH_DEBUG", "1")
    fail_with(ZeroDivisionError())

    with pytest.raises(ZeroDivisionError):
        main(["check", "x.log"])


def test_a_reader_that_goes_away_is_no_failure_to_report(log):
    """`logwatch ... | head -1` says nothing on stderr and ends as if by SIGPIPE."""
    log.write_text(LOG * 200)
    command = [sys.executable, "-m", "logwatch", "export", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        complaint = process.stderr.read()

    assert (exits.PIPE_CLOSED, b"") == (process.returncode, complaint)


@pytest.mark.parametrize("words", [["check"], ["check", "--json"], ["export"]])
def test_a_full_disk_is_one_sentence(words, log):
    """Output that cannot be written is an error, even where it is found at the very end."""
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "logwatch", *words, str(log)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert exits.UNREADABLE == done.returncode
    assert "logwatch: could not go on: No space left on device\n" == done.stderr


def test_a_closed_stdout_is_no_failure(log):
    """A program whose stdout is closed has nobody to talk to, but its exit code still counts."""
    command = f'"{sys.executable}" -m logwatch check "{log}" >&-'
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)

    assert (exits.OK, "") == (done.returncode, done.stderr)


def test_a_terminal_without_unicode_gets_other_signs(log):
    """Where stdout cannot hold a check mark, seven bits are enough."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}

    done = run("check", str(log), env=environment)

    assert done.stdout.startswith("+ ")
    assert done.stdout.isascii()


def test_a_file_name_cannot_steer_the_terminal(tmp_path, capsys):
    """Controls in a name are shown as escapes, on stdout and on stderr."""
    evil = tmp_path / "a\x1b]0;gone\x07\n.log"

    main(["check", str(evil), str(tmp_path / "b\udcff.log")])
    evil.write_text(LOG)
    main(["check", str(evil)])

    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    assert "\x07" not in shown.out + shown.err


def test_an_old_name_of_a_command_goes_on_working(capsys):
    """Scripts that say `logwatch parsers` get what `logwatch dialects` prints."""
    assert exits.OK == main(["parsers", "show", "tqdm"])
    before = capsys.readouterr().out
    assert exits.OK == main(["dialects", "show", "tqdm"])

    assert before == capsys.readouterr().out


def test_old_names_of_options_go_on_working(log: Path, tmp_path: Path, capsys):
    """`--target` is `--goal` and `--parser` is `--dialect`."""
    assert exits.OK == main(["check", str(log), "--target", "train/loss=4.5"])
    assert "time-to-target" in capsys.readouterr().out
    assert exits.USAGE == main(["check", str(log), "--parser", str(tmp_path / "gone.toml")])
    assert "--dialect" in capsys.readouterr().err
