"""`logwatch parsers`: list the dialects; `logwatch parsers show NAME`: what one reads."""

import argparse
from typing import TYPE_CHECKING

from logwatch.cli import arguments, exits
from logwatch.cli.rules import unknown

if TYPE_CHECKING:
    from logwatch.parsing.dialect import Dialect


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments it takes."""
    parser.add_argument("action", nargs="?", choices=("list", "show"), default="list")
    parser.add_argument("name", metavar="NAME", nargs="?", help="the dialect to show")
    arguments.add_parsers(parser)


def run(args: argparse.Namespace) -> int:
    """Print all dialects in the order in which they are asked, or one with its examples."""
    dialects = {dialect.name: dialect for dialect in arguments.library_of(args).dialects}
    if args.action == "list":
        width = max(map(len, dialects), default=0)
        for name, dialect in dialects.items():
            print(f"{name:<{width}}  {dialect.title}")
        return exits.OK
    if args.name not in dialects:
        raise exits.UsageError(unknown("dialect", args.name, list(dialects)))
    show(dialects[args.name])
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
