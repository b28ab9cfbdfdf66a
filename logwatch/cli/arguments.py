"""Arguments that several subcommands share, and what they mean."""

import argparse
import difflib
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from logwatch.cli import COMMANDS
from logwatch.cli.exits import UsageError, say
from logwatch.cli.options import ReadOptions

if TYPE_CHECKING:
    from logwatch.parsing.library import Library
    from logwatch.sources.targets import Target


DEFAULT_BUDGET = 0.01
"""Part of a training's time that probing may take, unless the user says otherwise: less than the
steps of a training differ from each other by themselves."""

MAX_BUDGET = 0.5
"""A larger share is a slip of the pen: a percentage without its sign."""


def add_targets(parser: argparse.ArgumentParser) -> None:
    """One or more logs; none where a process is named, whose log is then found."""
    parser.add_argument(
        "targets",
        metavar="TARGET",
        nargs="*",
        help="a file, a glob in quotes, a folder, a Slurm job id, or - for standard input",
    )


def require_targets(targets: Sequence[str]) -> None:
    """Refuse a command line without a log.

    Raises:
        UsageError: it names none.
    """
    if not targets:
        raise UsageError("name a log: a file, a glob in quotes, a folder, or - for standard input")


def add_attach(parser: argparse.ArgumentParser) -> None:
    """A process to look into beside its log."""
    parser.add_argument(
        "--attach",
        metavar="PID",
        type=int,
        help="also put a probe into this running process (see logwatch attach --help)",
    )
    add_probe(parser)


def add_probe(parser: argparse.ArgumentParser) -> None:
    """How a probe goes into a process, and what it may cost there."""
    parser.add_argument(
        "--method", metavar="NAME", default="auto", help="how to go in (default: what is gentlest)"
    )
    parser.add_argument(
        "--budget",
        metavar="SHARE",
        type=share_of,
        default=DEFAULT_BUDGET,
        help="most of the training's time that probing may take, as 0.01 or 1%% (default: 1%%)",
    )
    parser.add_argument(
        "--every", metavar="N", type=count_of, help="probe every Nth step, whatever it costs"
    )
    parser.add_argument(
        "--no-loss", action="store_true", help="leave Tensor.backward alone: no loss is seen"
    )


def add_seconds(parser: argparse.ArgumentParser, default: float | None, meaning: str) -> None:
    """How long to listen to a probe."""
    parser.add_argument(
        "--for", metavar="SECONDS", dest="seconds", type=seconds_of, default=default, help=meaning
    )


def count_of(word: str) -> int:
    """A whole number above zero.

    Raises:
        ArgumentTypeError: the word is none.
    """
    if not (word.isdecimal() and int(word)):
        raise argparse.ArgumentTypeError(f"{word!r} must be a whole number above 0")
    return int(word)


def share_of(word: str) -> float:
    """A part of a whole: `0.01` or `1%`.

    Raises:
        ArgumentTypeError: the word is none, or above a half.
    """
    number = word.removesuffix("%")
    try:
        share = float(number) / (100 if number != word else 1)
    except ValueError:
        share = math.nan
    if not 0 < share <= MAX_BUDGET:
        raise argparse.ArgumentTypeError(f"{word!r} must be a part of the time, as 0.01 or 1%")
    return share


def seconds_of(word: str) -> float:
    """A time in seconds above zero.

    Raises:
        ArgumentTypeError: the word is none.
    """
    try:
        seconds = float(word)
    except ValueError:
        seconds = math.nan
    if not (0 < seconds < math.inf):
        raise argparse.ArgumentTypeError(f"{word!r} must be a number of seconds above 0")
    return seconds


def add_dialects(parser: argparse.ArgumentParser) -> None:
    """Dialects of the user's own, and whose lines count."""
    parser.add_argument(
        "--dialect",
        "--parser",
        metavar="FILE",
        action="append",
        default=[],
        dest="dialects",
        help="also read logs with this dialect; can be repeated",
    )
    parser.add_argument(
        "--rank",
        metavar="N|all",
        type=rank_of,
        help="where several ranks print the same line, read the lines of rank N, or of all "
        "(default: the first rank that prints)",
    )


def rank_of(word: str) -> int:
    """The number of a rank; that of all of them for `all`.

    Raises:
        ArgumentTypeError: the word is neither.
    """
    from logwatch.parsing.library import ALL_RANKS

    if word == "all":
        return ALL_RANKS
    if not word.isdecimal():
        raise argparse.ArgumentTypeError(f"{word!r} is no rank: give a number, or all")
    return int(word)


def add_ascii(parser: argparse.ArgumentParser) -> None:
    """Signs that every terminal has."""
    parser.add_argument("--ascii", action="store_true", help="draw with 7-bit characters only")


def library_of(options: ReadOptions) -> "Library":
    """All dialects: those of logwatch, of the user's folder, of `--dialect`; says what is amiss.

    Raises:
        UsageError: a file that `--dialect` names is not there, or has a fault.
    """
    from logwatch.sources.dialects.load import load_library
    from logwatch.sources.trusted_files import is_given_pipe

    named = [Path(word) for word in options.dialects]
    for path in named:
        if not (path.is_file() or is_given_pipe(path)):
            raise UsageError(f"--dialect {path} is not a file")
    library, faults = load_library([*find_own(os.environ), *named])
    usable = {dialect.path for dialect in library.dialects}
    if refused := [str(path) for path in named if str(path) not in usable]:
        raise UsageError(f"--dialect {refused[0]} cannot be used: {' '.join(faults)}")
    for fault in faults:
        say(fault)
    library.rank = options.rank
    return library


def find_own(environment: Mapping[str, str]) -> list[Path]:
    """The user's own dialects; none where there is no home, or it may not be looked into.

    Source: https://specifications.freedesktop.org/basedir-spec/latest/ (XDG_CONFIG_HOME).
    """
    try:
        home = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return sorted((home / "logwatch" / "parsers").glob("*.toml"))
    except (OSError, RuntimeError):
        return []


def expand(words: Sequence[str]) -> "tuple[Target, ...]":
    """The logs that the words mean."""
    from logwatch.sources.targets import expand_targets

    return expand_targets(list(words), Path.cwd())


def hint_command(word: str) -> str:
    """A hint for a word that is not a log and looks like a command; else nothing."""
    near = difflib.get_close_matches(word, COMMANDS, n=1)
    return f" (the command is `logwatch {near[0]}`)" if near and not Path(word).suffix else ""
