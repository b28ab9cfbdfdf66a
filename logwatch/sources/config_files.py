"""What a person says of a run in `logwatch.toml`: found beside the log, read once, checked."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import logwatch.diagnosis.rules  # noqa: F401  registers their thresholds
from logwatch.diagnosis.config import Config, ConfigError, parse_config
from logwatch.diagnosis.rule import RULES, Question
from logwatch.sources.slurm import find_limit
from logwatch.sources.source import SourceError, name_reason, show_name
from logwatch.sources.trusted_files import read_regular

NAME = "logwatch.toml"
LARGEST = 1 << 20
"""Bytes beyond which a file of this name is no config."""


def read_config(path: Path, read: Callable[[Path, int], bytes] = read_regular) -> Config:
    """Read a config file; `read` is `read_given` where the user named it.

    Raises:
        SourceError: it cannot be read, or has a fault; says the line and the nearest key.
    """
    shown = show_name(path)
    try:
        text = read(path, LARGEST).decode("utf-8")
        return parse_config(text, shown, thresholds())
    except OSError as error:
        raise SourceError(f"{shown} cannot be read: {name_reason(error)}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{shown} is no text in UTF-8") from error
    except ConfigError as error:
        raise SourceError(str(error)) from error


def find_config(log: Path | None) -> Config:
    """The config beside a log, an empty one where there is none.

    Raises:
        SourceError: there is one, and it has a fault.
    """
    if log is None:
        return Config()
    beside = log.parent / NAME
    return read_config(beside) if beside.exists() else Config()


def read_settings(words: Sequence[str], name: str) -> Config:
    """Read `KEY=VALUE` as lines of a config file; `name` stands for its name in a fault.

    Raises:
        SourceError: a word has a fault; says the key and the nearest one.
    """
    try:
        return parse_config("\n".join(words), name, thresholds())
    except ConfigError as error:
        raise SourceError(str(error)) from error


def thresholds() -> dict[str, Mapping[str, float]]:
    """The thresholds that each rule has, by name."""
    return {name: rule.limits for name, rule in RULES.items()}


def inform(question: Question, config: Config) -> Question:
    """The question with a config; what was asked for on the command line comes first."""
    merged = config.under(question.config)
    return replace(question, config=merged, targets={**merged.targets, **question.targets})


def inform_beside(question: Question, log: Path | None) -> Question:
    """The question with the config beside a log, unless one was given for all logs.

    A time limit that nobody named is the one that Slurm knows.

    Raises:
        SourceError: there is one, and it has a fault.
    """
    if not question.config.given and (beside := find_config(log)) != Config():
        question = inform(question, beside)
    found = 0.0 if question.config.walltime_s else find_limit(log, os.environ)
    if not found:
        return question
    return replace(question, config=replace(question.config, walltime_s=found))
