"""What a person says of a run in `logwatch.toml`: found beside the log, read once, checked."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import logwatch.diagnosis.rules  # noqa: F401  registers their thresholds
from logwatch.diagnosis.context import Context, ContextError, parse_context
from logwatch.diagnosis.rule import RULES, Question
from logwatch.sources.source import SourceError, name_reason, show_name

NAME = "logwatch.toml"
LARGEST = 1 << 20
"""Bytes beyond which a file of this name is no context."""


def read_context(path: Path) -> Context:
    """Read a context file.

    Raises:
        SourceError: it cannot be read, or has a fault; says the line and the nearest key.
    """
    shown = show_name(path)
    limits = {name: rule.limits for name, rule in RULES.items()}
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST).decode("utf-8")
        return parse_context(text, shown, limits)
    except OSError as error:
        raise SourceError(f"{shown} cannot be read: {name_reason(error)}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{shown} is no text in UTF-8") from error
    except ContextError as error:
        raise SourceError(str(error)) from error


def find_context(log: Path | None) -> Context:
    """The context beside a log, an empty one where there is none.

    Raises:
        SourceError: there is one, and it has a fault.
    """
    if log is None:
        return Context()
    beside = log.parent / NAME
    return read_context(beside) if beside.is_file() else Context()


def inform(question: Question, context: Context) -> Question:
    """The question with a context; goals that were asked for on the command line come first."""
    targets: Mapping[str, float] = {**context.targets, **question.targets}
    return replace(question, context=context, targets=targets)


def inform_beside(question: Question, log: Path | None) -> Question:
    """The question with the context beside a log, unless one was given for all logs.

    Raises:
        SourceError: there is one, and it has a fault.
    """
    return question if question.context != Context() else inform(question, find_context(log))
