"""`logwatch dialects`: list them, test them on a log, and write a new one."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from logwatch.cli import arguments, exits, options
from logwatch.cli.options import DialectsOptions
from logwatch.cli.rules import unknown

if TYPE_CHECKING:
    from logwatch.parsing.dialects.dialect import Dialect
    from logwatch.parsing.library import Library

ACTIONS = ("list", "show", "check", "test", "new", "schema")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments it takes."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=ACTIONS,
        default="list",
        help="list the dialects; show NAME; check FILE.toml; test LOG: what is read and what not; "
        "new LOG: write a first dialect from its lines; schema: JSON schema for editors",
    )
    parser.add_argument("words", metavar="NAME|FILE", nargs="*", help="what the action is about")
    arguments.add_dialects(parser)


def run(args: argparse.Namespace) -> int:
    """Do one of the actions."""
    asked = options.dialects_options(args)
    if asked.action not in ("list", "schema") and not asked.words:
        raise exits.UsageError(f"dialects {asked.action} needs a name or a file")
    actions: dict[str, Callable[[DialectsOptions], int]] = {
        "list": list_dialects,
        "show": show_dialects,
        "check": check_files,
        "test": test_logs,
        "new": sketch_log,
        "schema": print_schema,
    }
    return actions[asked.action](asked)


def library_here(asked: DialectsOptions) -> "Library":
    """All dialects, those of a `logwatch.toml` in this folder among them.

    Raises:
        UsageError: one of these has a fault.
    """
    from logwatch.sources.config_files import NAME
    from logwatch.sources.dialects.beside import library_with
    from logwatch.sources.source import SourceError

    try:
        return library_with(arguments.library_of(asked.read), Path(NAME))
    except SourceError as fault:
        raise exits.UsageError(str(fault)) from fault


def list_dialects(asked: DialectsOptions) -> int:
    """Print all dialects in the order in which they are asked."""
    dialects = library_here(asked).dialects
    names = max((len(dialect.name) for dialect in dialects), default=0)
    for dialect in dialects:
        count = f"{len(dialect.examples)} examples"
        exits.show(f"{dialect.name:<{names}}  {dialect.title}  ({count})  {dialect.source[0]}")
    return exits.OK


def show_dialects(asked: DialectsOptions) -> int:
    """Print dialects with their examples."""
    dialects = {dialect.name: dialect for dialect in library_here(asked).dialects}
    for name in asked.words:
        if name not in dialects:
            raise exits.UsageError(unknown("dialect", name, list(dialects)))
        show(dialects[name])
    return exits.OK


def show(dialect: "Dialect") -> None:
    """Print one dialect: where it comes from, then lines that it reads."""
    exits.show(f"{dialect.name}: {dialect.title}")
    if dialect.path:
        exits.show(f"file    {dialect.path}")
    for source in dialect.source:
        exits.show(f"source  {source}")
    for example in dialect.examples:
        exits.show("")
        for line in example.text.splitlines():
            exits.show(f"  {line}")
        for values in example.expect:
            exits.show(
                "    gives " + ", ".join(f"{key} = {value:g}" for key, value in values.items())
            )
        if example.event:
            exits.show(f"    is    {example.event}")


def check_files(asked: DialectsOptions) -> int:
    """Check dialect files; every fault is one line."""
    from logwatch.sources.config_files import NAME
    from logwatch.sources.dialects.beside import explain_beside
    from logwatch.sources.dialects.load import explain_file
    from logwatch.sources.trusted_files import is_given_pipe

    broken = False
    for word in asked.words:
        path = Path(word)
        if not (path.is_file() or is_given_pipe(path)):
            raise exits.UsageError(f"{word} is not a file")
        faults = explain_beside(path) if path.name == NAME else explain_file(path)
        broken = broken or bool(faults)
        exits.show(*(faults or [f"{word}: proves itself"]))
    return exits.FOUND if broken else exits.OK


def test_logs(asked: DialectsOptions) -> int:
    """Say of each log what is read, by which pattern, and what nothing read."""
    from logwatch.report.survey import survey_target, tell_survey
    from logwatch.sources.source import SourceError

    code = exits.OK
    library = arguments.library_of(asked.read)
    for target in arguments.expand(asked.words):
        try:
            for line in tell_survey(target.name, survey_target(target, library)):
                exits.show(line)
        except SourceError as refusal:
            exits.say(str(refusal))
            code = exits.UNREADABLE
    return code


def sketch_log(asked: DialectsOptions) -> int:
    """Print a first dialect made of a log's own lines."""
    from logwatch.report.survey import sketch_target
    from logwatch.sources.source import SourceError

    library = arguments.library_of(asked.read)
    try:
        text = sketch_target(arguments.expand(asked.words[:1])[0], library)
    except SourceError as refusal:
        exits.say(str(refusal))
        return exits.UNREADABLE
    exits.show(*text.rstrip("\n").split("\n"))
    return exits.OK


def print_schema(asked: DialectsOptions) -> int:
    """Print the JSON schema of a dialect file."""
    import json

    from logwatch.parsing.dialects.schema import dialect_schema

    exits.show(*json.dumps(dialect_schema(), indent=2).split("\n"))
    return exits.OK
