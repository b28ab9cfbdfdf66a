"""What the diagnosis should know beside the log, from the command line."""

import argparse
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from logwatch.cli.arguments import expand
from logwatch.cli.exits import UsageError, say

if TYPE_CHECKING:
    from logwatch.diagnosis.config import Context
    from logwatch.diagnosis.rule import Question
    from logwatch.parsing.library import Library


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
    parser.add_argument(
        "--time-limit",
        metavar="TIME",
        help="how long the job may run, as Slurm writes it: 24:00:00, 2-12, or minutes "
        "(default: what the log or Slurm says)",
    )
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        dest="settings",
        help="a line of a logwatch.toml, as vocabulary=50257 or thresholds.plateau.fall=0.01; "
        "may be given again",
    )


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


def question_of(args: argparse.Namespace, library: "Library") -> "Question":
    """What `--baseline`, `--target`, `--set` and their like ask; reads the baseline, other rules.

    Raises:
        UsageError: a word has the wrong form, or the file of `--config` a fault.
        SourceError: the baseline cannot be read.
    """
    from logwatch.diagnosis.rule import Question
    from logwatch.report.run_reading import read_baseline
    from logwatch.sources.dialects.plugins import load_rules

    for fault in load_rules():
        say(fault)
    context = context_of(args)
    targets = {**context.targets, **values_of(args.values)}
    question = configure(Question(targets=targets, context=context), args.config)
    baseline = args.baseline or question.context.baseline
    if not baseline:
        return question
    logs = expand([baseline])
    if len(logs) > 1:
        raise UsageError(f"--baseline {baseline} means {len(logs)} logs: name one")
    (log,) = logs
    named = replace(question.context, baseline=str(log.path or ""))
    return replace(question, context=named, baseline=read_baseline(log, library))


def context_of(args: argparse.Namespace) -> "Context":
    """What `--set` and `--time-limit` say of all runs.

    Raises:
        UsageError: one of them has a fault.
    """
    from logwatch.diagnosis.config import read_duration
    from logwatch.sources.config_files import read_settings
    from logwatch.sources.source import SourceError

    try:
        context = read_settings(args.settings, "--set")
    except SourceError as error:
        raise UsageError(str(error)) from error
    if args.time_limit is None:
        return context
    seconds = read_duration(args.time_limit)
    if not seconds > 0:
        raise UsageError(
            f"--time-limit {args.time_limit} must be as Slurm writes it: 24:00:00, 2-12, or minutes"
        )
    return replace(context, walltime_s=seconds)


def configure(question: "Question", word: str | None) -> "Question":
    """The question with the context of the file that was named; its baseline lies beside it.

    Raises:
        UsageError: there is no such file, or it has a fault.
    """
    from logwatch.sources.config_files import inform, read_context
    from logwatch.sources.source import SourceError

    if word is None:
        return question
    try:
        context = read_context(Path(word))
    except SourceError as error:
        raise UsageError(f"--config {error}") from error
    if context.baseline:
        context = replace(context, baseline=str(Path(word).parent / context.baseline))
    return inform(question, replace(context, given=True))
