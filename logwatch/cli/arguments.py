"""Arguments that several subcommands share, and what they mean."""

import argparse
import math
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from logwatch.cli.exits import UsageError, say

if TYPE_CHECKING:
    from logwatch.diagnosis.rule import Question
    from logwatch.parsing.library import Library
    from logwatch.sources.targets import Target


def add_targets(parser: argparse.ArgumentParser) -> None:
    """One or more logs."""
    parser.add_argument(
        "targets",
        metavar="TARGET",
        nargs="+",
        help="a file, a glob in quotes, a folder, a Slurm job id, or - for standard input",
    )


def add_question(parser: argparse.ArgumentParser) -> None:
    """What the diagnosis should know beside the log."""
    parser.add_argument("--baseline", metavar="FILE", help="compare with the run in this log")
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="what is known of the runs (default: the logwatch.toml beside each log)",
    )
    parser.add_argument(
        "--target",
        metavar="METRIC=VALUE",
        action="append",
        default=[],
        dest="values",
        help="say when METRIC will be at VALUE, as train/loss=0.8; may be given again",
    )


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Dialects of the user's own."""
    parser.add_argument(
        "--parser",
        metavar="FILE",
        action="append",
        default=[],
        dest="parsers",
        help="read logs with this dialect too; may be given again",
    )
    parser.add_argument(
        "--rank",
        metavar="N|all",
        type=rank_of,
        help="of lines that several ranks print, take those of rank N, or of all of them "
        "(default: of the rank that prints first)",
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


def values_of(words: list[str]) -> dict[str, float]:
    """Metric and value of each `METRIC=VALUE`.

    Raises:
        UsageError: a word has another form.
    """
    values = {}
    for word in words:
        metric, separator, text = word.rpartition("=")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (separator and metric and math.isfinite(value)):
            raise UsageError(f"--target {word} must be METRIC=VALUE, as in train/loss=0.8")
        values[metric] = value
    return values


def library_of(args: argparse.Namespace) -> "Library":
    """All dialects: those of logwatch, of the user's folder, of `--parser`; says what is amiss.

    Raises:
        UsageError: a file that `--parser` names is not there, or has a fault.
    """
    from logwatch.sources.library import load_library

    named = [Path(word) for word in args.parsers]
    for path in named:
        if not path.is_file():
            raise UsageError(f"--parser {path} is no file")
    library, faults = load_library([*find_own(os.environ), *named])
    usable = {dialect.path for dialect in library.dialects}
    if refused := [str(path) for path in named if str(path) not in usable]:
        raise UsageError(f"--parser {refused[0]} cannot be used: {' '.join(faults)}")
    for fault in faults:
        say(fault)
    library.rank = getattr(args, "rank", None)
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


def question_of(args: argparse.Namespace, library: "Library") -> "Question":
    """What `--baseline`, `--target` and `--config` ask; reads the baseline and other rules.

    Raises:
        UsageError: a word has the wrong form, or the file of `--config` a fault.
        SourceError: the baseline cannot be read.
    """
    from logwatch.diagnosis.rule import Question
    from logwatch.report.reading import read_baseline
    from logwatch.sources.plugins import load_rules

    for fault in load_rules():
        say(fault)
    question = configure(Question(targets=values_of(args.values)), args.config)
    baseline = args.baseline or question.context.baseline
    if not baseline:
        return question
    targets = expand([baseline])
    if len(targets) > 1:
        raise UsageError(f"--baseline {baseline} means {len(targets)} logs: name one")
    return replace(question, baseline=read_baseline(targets[0], library))


def configure(question: "Question", word: str | None) -> "Question":
    """The question with the context of the file that was named; its baseline lies beside it.

    Raises:
        UsageError: there is no such file, or it has a fault.
    """
    from logwatch.sources.context import inform, read_context
    from logwatch.sources.source import SourceError

    if word is None:
        return question
    try:
        context = read_context(Path(word))
    except SourceError as error:
        raise UsageError(f"--config {error}") from error
    if context.baseline:
        context = replace(context, baseline=str(Path(word).parent / context.baseline))
    return inform(question, context)


def expand(words: list[str]) -> "tuple[Target, ...]":
    """The logs that the words mean."""
    from logwatch.sources.targets import expand_targets

    return expand_targets(words, Path.cwd())
