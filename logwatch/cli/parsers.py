"""`logwatch parsers`: the dialects, what they make of a log, and how to teach a new one."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from logwatch.cli import arguments, exits
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
    arguments.add_parsers(parser)


def run(args: argparse.Namespace) -> int:
    """Do one of the actions."""
    if args.action not in ("list", "schema") and not args.words:
        raise exits.UsageError(f"parsers {args.action} needs a name or a file")
    actions: dict[str, Callable[[argparse.Namespace], int]] = {
        "list": list_dialects,
        "show": show_dialects,
        "check": check_files,
        "test": test_logs,
        "new": sketch_log,
        "schema": print_schema,
    }
    return actions[args.action](args)


def library_here(args: argparse.Namespace) -> "Library":
    """All dialects, those of a `logwatch.toml` in this folder among them.

    Raises:
        UsageError: one of these has a fault.
    """
    from logwatch.sources.config_files import NAME
    from logwatch.sources.dialects.beside import library_with
    from logwatch.sources.source import SourceError

    try:
        return library_with(arguments.library_of(args), Path(NAME))
    except SourceError as fault:
        raise exits.UsageError(str(fault)) from fault


def list_dialects(args: argparse.Namespace) -> int:
    """Print all dialects in the order in which they are asked."""
    dialects = library_here(args).dialects
    names = max((len(dialect.name) for dialect in dialects), default=0)
    for dialect in dialects:
        count = f"{len(dialect.examples)} examples"
        print(f"{dialect.name:<{names}}  {dialect.title}  ({count})  {dialect.source[0]}")
    return exits.OK


def show_dialects(args: argparse.Namespace) -> int:
    """Print dialects with their examples."""
    dialects = {dialect.name: dialect for dialect in library_here(args).dialects}
    for name in args.words:
        if name not in dialects:
            raise exits.UsageError(unknown("dialect", name, list(dialects)))
        show(dialects[name])
    return exits.OK


def show(dialect: "Dialect") -> None:
    """Print one dialect: where it comes from, then lines that it reads."""
    print(f"{dialect.name}: {dialect.title}")
    if dialect.path:
        print(f"file    {dialect.path}")
    for source in dialect.source:
        print(f"source  {source}")
    for example in dialect.examples:
        print()
        for line in example.text.splitlines():
            print(f"  {exits.printable(line)}")
        for values in example.expect:
            print("    gives " + ", ".join(f"{key} = {value:g}" for key, value in values.items()))
        if example.event:
            print(f"    is    {example.event}")


def check_files(args: argparse.Namespace) -> int:
    """Check dialect files; every fault is one line."""
    from logwatch.sources.config_files import NAME
    from logwatch.sources.dialects.beside import explain_beside
    from logwatch.sources.dialects.load import explain_file

    broken = False
    for word in args.words:
        if not Path(word).is_file():
            raise exits.UsageError(f"{word} is no file")
        path = Path(word)
        faults = explain_beside(path) if path.name == NAME else explain_file(path)
        broken = broken or bool(faults)
        print("\n".join(faults) if faults else f"{word}: proves itself")
    return exits.FOUND if broken else exits.OK


def test_logs(args: argparse.Namespace) -> int:
    """Say of each log what is read, by which pattern, and what nothing read."""
    from logwatch.report.survey import survey_target, tell_survey
    from logwatch.sources.source import SourceError

    code = exits.OK
    library = arguments.library_of(args)
    for target in arguments.expand(args.words):
        try:
            for line in tell_survey(target.name, survey_target(target, library)):
                print(exits.printable(line))
        except SourceError as refusal:
            exits.say(str(refusal))
            code = exits.UNREADABLE
    return code


def sketch_log(args: argparse.Namespace) -> int:
    """Print a first dialect made of a log's own lines."""
    from logwatch.report.survey import sketch_target
    from logwatch.sources.source import SourceError

    library = arguments.library_of(args)
    try:
        print(sketch_target(arguments.expand(args.words[:1])[0], library), end="")
    except SourceError as refusal:
        exits.say(str(refusal))
        return exits.UNREADABLE
    return exits.OK


def print_schema(args: argparse.Namespace) -> int:
    """Print the JSON schema of a dialect file."""
    import json

    from logwatch.parsing.dialects.schema import dialect_schema

    print(json.dumps(dialect_schema(), indent=2))
    return exits.OK
