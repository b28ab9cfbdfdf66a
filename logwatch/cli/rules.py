"""`logwatch rules`: list what logwatch can find; `logwatch rules show NAME`: explain one rule."""

import argparse
import ast
import difflib
import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from logwatch.cli import exits

if TYPE_CHECKING:
    from logwatch.diagnosis.finding import Outcome
    from logwatch.diagnosis.rule import Rule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments it takes."""
    parser.add_argument("action", nargs="?", choices=("list", "show"), default="list")
    parser.add_argument("name", metavar="NAME", nargs="?", help="the rule to show")


def run(args: argparse.Namespace) -> int:
    """Print all rules with their meaning, or all that is known of one."""
    import logwatch.diagnosis.rules  # noqa: F401  registers them
    from logwatch.diagnosis.rule import RULES
    from logwatch.sources.dialects.plugins import load_rules

    for fault in load_rules():
        exits.say(fault)
    if args.action == "list":
        width = max(map(len, RULES), default=0)
        for name in sorted(RULES):
            exits.show(f"{name:<{width}}  {RULES[name].meaning}")
        return exits.OK
    if args.name not in RULES:
        raise exits.UsageError(unknown("rule", args.name, list(RULES)))
    exits.show(*"\n\n".join(explain(RULES[args.name])).split("\n"))
    return exits.OK


def explain(rule: "Rule") -> Iterator[str]:
    """What a rule checks, its thresholds with their reasons and sources, and its false alarms."""
    yield rule.name
    yield inspect.getdoc(rule.check) or ""
    module = inspect.getmodule(rule.check)
    for part in [module, *helpers_of(module)]:
        for names, reason in thresholds_of(part):
            yield f"{names}\n{inspect.cleandoc(reason)}"
    for outcome in outcomes_of(rule, module):
        yield "\n".join(print_outcome(outcome))
    if rule.limits:
        rows = ", ".join(f"{name} = {value:g}" for name, value in rule.limits.items())
        yield f"To set in logwatch.toml: [thresholds.{rule.name}] {rows}"
    yield false_alarms(rule)


def outcomes_of(rule: "Rule", module: Any) -> list["Outcome"]:
    """What a rule may report, in the order of its module and then of the modules that it uses."""
    from logwatch.diagnosis.finding import Outcome

    parts = [module, *helpers_of(module)] if module else []
    found = (value for part in parts for value in vars(part).values())
    own = [value for value in found if isinstance(value, Outcome) and value.rule == rule.name]
    return list(dict.fromkeys(own))


def print_outcome(outcome: "Outcome") -> Iterator[str]:
    """The texts of an outcome with their fields as they are written: one line each."""
    yield f"{outcome.severity.name}: {outcome.title}"
    yield from (f"  {text}" for text in (outcome.detail, outcome.remedy) if text)


ANALYSIS = "logwatch.diagnosis.analysis"
EVERYWHERE = ("subject", "wording", "course", "probe_parts")
"""Modules that nearly all rules ask; their thresholds are not those of one rule."""


def helpers_of(module: Any) -> list[Any]:
    """The modules of the analysis whose thresholds a rule rests on: those that it imports from."""
    used = [
        part if inspect.ismodule(part) else inspect.getmodule(part)
        for part in (vars(module).values() if module else ())
    ]
    found = {part.__name__: part for part in used if part is not None}
    near = (name.rpartition(".") for name in found)
    return [
        found[f"{home}.{name}"]
        for home, _, name in near
        if home == ANALYSIS and name not in EVERYWHERE
    ]


def thresholds_of(module: Any) -> Iterator[tuple[str, str]]:
    """Each documented number of a rule's module: `NAME = value`, and why it is that."""
    try:
        body = ast.parse(inspect.getsource(module)).body
    except (OSError, TypeError, SyntaxError):  # a rule of another package may have no source
        return
    pending: list[str] = []
    for node in body:
        if isinstance(node, ast.Assign):
            targets = ast.unparse(node.targets[0]).strip("()")
            is_number = targets.isupper() and all(
                isinstance(part, ast.Constant) and isinstance(part.value, int | float)
                for part in getattr(node.value, "elts", [node.value])
            )
            pending = [*pending, f"{targets} = {ast.unparse(node.value).strip('()')}"] * is_number
            continue
        if pending and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield "\n".join(pending), str(node.value.value)
        pending = []


def false_alarms(rule: "Rule") -> str:
    """How often a rule raised a false alarm on healthy runs, or why that was not measured."""
    from logwatch.diagnosis.false_alarms import CURVES, LOGS, ON_CURVES, ON_LOGS

    if rule.needs:
        return f"False alarms: not measured. The rule needs {rule.needs}; no measured log has it."
    if not rule.check.__module__.startswith("logwatch."):
        return "False alarms: not measured. The rule comes from another package."
    return (
        f"False alarms: {ON_CURVES.get(rule.name, 0)} on {CURVES} healthy curves, "
        f"{ON_LOGS.get(rule.name, 0)} on {LOGS} healthy logs (docs/diagnosis.md)"
    )


def unknown(kind: str, name: str | None, names: list[str]) -> str:
    """A sentence for a name that is not there, with the nearest that is."""
    if name is None:
        return f"name the {kind} to show"
    near = difflib.get_close_matches(name, names, n=1)
    return f"there is no {kind} {name}" + (f"; did you mean {near[0]}?" if near else "")
