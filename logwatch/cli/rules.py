"""`logwatch rules`: list what logwatch can find; `logwatch rules show NAME`: explain one rule."""

import argparse
import difflib
import inspect

from logwatch.cli import exits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments it takes."""
    parser.add_argument("action", nargs="?", choices=("list", "show"), default="list")
    parser.add_argument("name", metavar="NAME", nargs="?", help="the rule to show")


def run(args: argparse.Namespace) -> int:
    """Print all rules with their meaning, or what one checks, with its values and sources."""
    import logwatch.diagnosis.rules  # noqa: F401  registers them
    from logwatch.diagnosis.rule import RULES

    if args.action == "list":
        width = max(map(len, RULES), default=0)
        for name in sorted(RULES):
            print(f"{name:<{width}}  {RULES[name].meaning}")
        return exits.OK
    if args.name not in RULES:
        raise exits.UsageError(unknown("rule", args.name, list(RULES)))
    print(f"{args.name}\n\n{inspect.getdoc(RULES[args.name].check)}")
    return exits.OK


def unknown(kind: str, name: str | None, names: list[str]) -> str:
    """A sentence for a name that is not there, with the nearest that is."""
    if name is None:
        return f"name the {kind} to show"
    near = difflib.get_close_matches(name, names, n=1)
    return f"there is no {kind} {name}" + (f"; did you mean {near[0]}?" if near else "")
