"""`logwatch check`: say what is wrong with each log, and exit 1 if something is."""

import argparse
import os
import shutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from logwatch.cli import arguments, exits, questions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logwatch.report.run_reading import Reading
    from logwatch.report.text import Style
    from logwatch.sources.probe.client import Probe
    from logwatch.sources.targets import Target

NEVER = "never"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments it takes."""
    arguments.add_targets(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--fail-on",
        choices=("warning", "error", NEVER),
        default="error",
        help="exit 1 when a finding is at least this bad (default: %(default)s)",
    )
    questions.add_question(parser)
    arguments.add_parsers(parser)
    arguments.add_ascii(parser)
    arguments.add_attach(parser)
    arguments.add_seconds(parser, None, "with --attach: listen for so long (default: 10)")


def run(args: argparse.Namespace) -> int:
    """Check all targets; those that cannot be read do not stop the others."""
    from logwatch.report import check

    if args.attach is not None:
        from logwatch.cli import attach

        return attach.check_processes(args, {0: args.attach}, attach.one_word(args))
    arguments.require_targets(args)
    library = arguments.library_of(args)
    question = questions.question_of(args, library)
    targets = arguments.expand(args.targets)
    return print_readings(args, check.read_targets(targets, library, question, exits.say))


def run_probed(args: argparse.Namespace, probes: "dict[Target, Probe]") -> int:
    """Check targets together with what a probe in each one's process tells."""
    from logwatch.cli import attach
    from logwatch.report import check

    with attach.started(probes):  # while the dialects are loaded something may already be heard
        library = arguments.library_of(args)
        question = questions.question_of(args, library)
        readings = check.read_probes(probes, library, question, args.seconds, exits.say)
        code = print_readings(args, readings)
        told = [attach.refusal_code(probe.state) for probe in probes.values()]
    return max(code, *told)


def print_readings(args: argparse.Namespace, readings: "Iterable[Reading]") -> int:
    """Print what each reading says; the exit code that all of them ask for."""
    from logwatch.report import check

    if args.json:
        shown = check.print_json(readings, sys.stdout)
    else:
        shown = check.print_text(readings, sys.stdout, style_of(args.ascii, os.environ))
    is_said = not args.json and sys.stdout.isatty()
    code = exits.OK
    for reading in shown:
        if not is_said and (sentence := check.trouble(reading)):
            exits.say(sentence)
        code = max(code, code_of(reading, args.fail_on))
    return code


def code_of(reading: "Reading", fail_on: str) -> int:
    """The exit code that one run asks for; of several the greatest counts."""
    from logwatch.diagnosis.finding import Severity
    from logwatch.report.check import is_found

    if reading.error:
        return exits.UNREADABLE
    is_failure = fail_on != NEVER and is_found(reading, Severity[fail_on])
    return exits.FOUND if is_failure else exits.OK


def style_of(ascii_only: bool, environment: Mapping[str, str]) -> "Style":
    """How to draw on this stdout: colours and folded lines on a terminal only.

    Source of the two variables: https://no-color.org; terminfo(5) on TERM=dumb.
    """
    from logwatch.report.text import SIGNS, Style

    out = sys.stdout
    is_terminal = out.isatty() and environment.get("TERM") != "dumb"
    try:
        "".join(SIGNS.values()).encode(out.encoding or "ascii")
    except UnicodeEncodeError:
        ascii_only = True
    return Style(
        ascii=ascii_only,
        colour=is_terminal and not environment.get("NO_COLOR"),
        width=shutil.get_terminal_size().columns if out.isatty() else None,
    )
