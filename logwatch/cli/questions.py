"""What the diagnosis should know beside the log, from the command line."""

import argparse
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from logwatch.cli.arguments import expand
from logwatch.cli.exits import UsageError, say
from logwatch.cli.options import AskOptions

if TYPE_CHECKING:
    from logwatch.diagnosis.config import Config
    from logwatch.diagnosis.rule import Question
    from logwatch.parsing.library import Library


def add_question(parser: argparse.ArgumentParser) -> None:
    """What the diagnosis should know beside the log."""
    parser.add_argument("--baseline", metavar="FILE", help="compare with the run in this log")
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="read this logwatch.toml (default: the one next to each log)",
    )
    parser.add_argument(
        "--goal",
        "--target",
        metavar="METRIC=VALUE",
        action="append",
        default=[],
        dest="goals",
        help="show when METRIC reaches VALUE, as in train/loss=0.8; can be repeated",
    )
    parser.add_argument(
        "--time-limit",
        metavar="TIME",
        help="how long the job may run: 24h, 1d12h, 90m, or in Slurm's format 24:00:00, 2-12 "
        "(default: what the log or Slurm says)",
    )
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        dest="settings",
        help="a line of a logwatch.toml, as in vocabulary=50257 or thresholds.plateau.fall=0.01; "
        "can be repeated",
    )


def goals_of(words: Sequence[str]) -> dict[str, float]:
    """Metric and value of each `METRIC=VALUE`.

    Raises:
        UsageError: a word has another form.
    """
    goals = {}
    for word in words:
        metric, separator, text = word.rpartition("=")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (separator and metric and math.isfinite(value)):
            raise UsageError(f"--goal {word} must be METRIC=VALUE, as in train/loss=0.8")
        goals[metric] = value
    return goals


def question_of(options: AskOptions, library: "Library") -> "Question":
    """What `--baseline`, `--goal`, `--set` and their like ask; reads the baseline, other rules.

    Raises:
        UsageError: a word has the wrong form, or the file of `--config` a fault.
        SourceError: the baseline cannot be read.
    """
    from logwatch.diagnosis.rule import Question
    from logwatch.report.run_reading import read_baseline
    from logwatch.sources.dialects.plugins import load_rules

    for fault in load_rules():
        say(fault)
    config = config_of(options)
    targets = {**config.targets, **goals_of(options.goals)}
    question = configure(Question(targets=targets, config=config), options.config)
    baseline = options.baseline or question.config.baseline
    if not baseline:
        return question
    logs = expand([baseline])
    if len(logs) > 1:
        raise UsageError(f"--baseline {baseline} means {len(logs)} logs: name one")
    (log,) = logs
    named = replace(question.config, baseline=str(log.path or ""))
    return replace(question, config=named, baseline=read_baseline(log, library))


def config_of(options: AskOptions) -> "Config":
    """What `--set` and `--time-limit` say of all runs.

    Raises:
        UsageError: one of them has a fault.
    """
    from logwatch.diagnosis.config import read_duration
    from logwatch.sources.config_files import read_settings
    from logwatch.sources.source import SourceError

    try:
        config = read_settings(list(options.settings), "--set")
    except SourceError as error:
        raise UsageError(str(error)) from error
    if options.time_limit is None:
        return config
    seconds = read_duration(options.time_limit)
    if not seconds > 0:
        raise UsageError(
            f"--time-limit {options.time_limit} must be a time like 24h, 1d12h or 90m, "
            "or in Slurm's format: 24:00:00, 2-12, or minutes"
        )
    return replace(config, walltime_s=seconds)


def configure(question: "Question", word: str | None) -> "Question":
    """The question with the config of the file that was named; its baseline lies next to it.

    The baseline of a config that comes from `<(command)` lies in the current folder.

    Raises:
        UsageError: there is no such file, or it has a fault.
    """
    from logwatch.sources.config_files import inform, read_config
    from logwatch.sources.source import SourceError
    from logwatch.sources.trusted_files import is_given_pipe, read_given

    if word is None:
        return question
    try:
        config = read_config(Path(word), read_given)
    except SourceError as error:
        raise UsageError(f"--config {error}") from error
    if config.baseline:
        folder = Path() if is_given_pipe(Path(word)) else Path(word).parent
        config = replace(config, baseline=str(folder / config.baseline))
    return inform(question, replace(config, given=True))
