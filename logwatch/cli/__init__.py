"""Words in, one call, an exit code out. What a subcommand needs is imported when it runs.

A word that names no subcommand is a target: `logwatch train.log` is `logwatch watch train.log`.
"""

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn, Protocol, TextIO, cast

from logwatch import __version__
from logwatch.cli import exits
from logwatch.tui.leaving import LEAVING, Ended

COMMANDS = {
    "watch": "open the screen on logs and follow them; the default, its name may be left out",
    "check": "say what is wrong with each log, as text or JSON, and exit 1 if something is",
    "attach": "look into a running training: learning rates, gradients, updates, why it stalls",
    "export": "print every sample of a log as CSV or JSON lines",
    "demo": "open the screen on a sample log that grows as you watch",
    "rules": "list what logwatch can find, or explain one rule",
    "dialects": "list the kinds of log that logwatch reads, and teach it another one",
    "completion": "print the completion script of a shell: bash, zsh or fish",
}

ALIASES = {"parsers": "dialects"}
"""Other names of commands, which scripts may rely on."""

FEW_THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Numpy starts a thread a core for matrices that we do not have: 20 ms and 40 ms of processor time
on 2 cores, and 63 idle threads on a login node. Source: https://numpy.org/doc/stable/reference/global_state.html
"""

SUMMARY = """\
usage: logwatch TARGET...            open the screen on the logs
       logwatch attach [PID]         look into a running training, or list those that run
       logwatch COMMAND ...          see logwatch COMMAND --help

Open a training log and see whether the run is all right and, if not, why.
TARGET is a file, a glob in quotes, a folder, or - for standard input.

commands:
{commands}

options:
  -h, --help  show this and exit
  --version   show the version and exit

exit codes: 0 all right, 1 check found something, 2 wrong usage, 3 a target could not be read,
            20 to 41 a process may not be looked into (docs/attach.md)
"""


class Command(Protocol):
    """What a module of this package is: a subcommand."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say which arguments it takes."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it; return the exit code."""


class Parser(argparse.ArgumentParser):
    """An argument parser that says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and leaving.

        Raises:
            UsageError: always; `message` says why.
        """
        raise exits.UsageError(f"{message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (default: the program's own) and return its exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    open_missing_streams()
    if argv is None:
        LEAVING.obey_signals()
    try:
        code = dispatch(words)
        sys.stdout.flush()
    except SystemExit as end:  # argparse leaves so after --help
        code = end.code if isinstance(end.code, int) else exits.USAGE
    except KeyboardInterrupt:
        exits.say("interrupted")
        code = exits.INTERRUPTED
    except BrokenPipeError:
        exits.abandon_stdout()
        code = exits.PIPE_CLOSED
    except Exception as problem:
        code = find_end(problem) or explain(problem)
    return code


def find_end(problem: BaseException) -> int:
    """The exit code of a signal whose exception led to this problem; 0 where there was none.

    A `finally` that a signal's exception passes may fail in its turn, as argparse's does.
    """
    cause = problem.__context__
    while cause is not None and not isinstance(cause, (Ended, KeyboardInterrupt)):
        cause = cause.__context__
    if isinstance(cause, Ended) and isinstance(cause.code, int):
        return cause.code
    return 0 if cause is None else exits.INTERRUPTED


def dispatch(words: list[str]) -> int:
    """Find the subcommand that the words name, parse the rest and run it."""
    plain_output(sys.stdout)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # a warning of numpy is no sentence for a user
    if not words:
        raise exits.UsageError("name a log to open, or '-' for standard input (see --help)")
    if words[0] in ("-h", "--help"):
        rows = (f"  {name:<10} {meaning}" for name, meaning in COMMANDS.items())
        exits.show(*SUMMARY.format(commands="\n".join(rows)).splitlines())
        return exits.OK
    if words[0] == "--version":
        exits.show(f"logwatch {__version__}")
        return exits.OK
    for variable, value in FEW_THREADS.items():
        os.environ.setdefault(variable, value)
    first = ALIASES.get(words[0], words[0])
    name = first if first in COMMANDS else "watch"
    command = cast(Command, import_module(f"logwatch.cli.{name}"))
    parser = Parser(prog=f"logwatch {name}", description=COMMANDS[name], allow_abbrev=False)
    command.add_arguments(parser)
    rest = words[1:] if first in COMMANDS else words
    return command.run(parser.parse_intermixed_args(shield_names(rest)))


def shield_names(words: list[str]) -> list[str]:
    """The words without `--`; names after it that begin with a dash are made to begin otherwise.

    Intermixed parsing parses twice, and the first pass takes `--` away.
    Source: https://github.com/python/cpython/issues/125355
    """
    if "--" not in words:
        return words
    at = words.index("--")
    names = (f"./{word}" if word[:1] == "-" and word != "-" else word for word in words[at + 1 :])
    return [*words[:at], *names]


def open_missing_streams() -> None:
    """Let a stream that the shell closed (`>&-`) go nowhere, instead of being None."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: PTH123, SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: PTH123, SIM115


def plain_output(stream: TextIO) -> None:
    """Let a stream whose encoding lacks a sign show an escape for it instead of failing."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def explain(problem: Exception) -> int:
    """Say in one sentence what went wrong; the exit code tells whose fault it was.

    With LOGWATCH_DEBUG set, a fault of logwatch itself is raised with its traceback.
    """
    if isinstance(problem, exits.UsageError):
        exits.say(str(problem))
        return exits.USAGE
    from logwatch.sources.source import SourceError, describe_fault

    if isinstance(problem, SourceError):
        exits.say(str(problem))
    elif isinstance(problem, OSError):
        exits.abandon_stdout()
        exits.say(f"could not go on: {problem.strerror or problem}")
    else:
        if os.environ.get("LOGWATCH_DEBUG"):
            raise problem
        exits.say(describe_fault(problem))
    return exits.UNREADABLE
