"""`logwatch check`: say what is wrong with each log, and exit 1 if something is."""

import argparse
import os
import shutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from logwatch.cli import arguments, exits, options, probing, questions
from logwatch.cli.options import CheckOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logwatch.report.run_reading import RunReport
    from logwatch.report.text import Style

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
    arguments.add_dialects(parser)
    arguments.add_ascii(parser)
    arguments.add_attach(parser)
    arguments.add_seconds(parser, None, "with --attach: listen for so long (default: 10)")


def run(args: argparse.Namespace) -> int:
    """Check logs, or the log of a process with what a probe in it sees."""
    asked = options.check_options(args)
    if asked.show.probe.pid is not None:
        log = probing.name_one_log(asked.show.targets)
        return check_processes(asked, {0: asked.show.probe.pid}, log)
    arguments.require_targets(asked.show.targets)
    return check_logs(asked)


def check_logs(asked: CheckOptions) -> int:
    """Check all targets; those that cannot be read do not stop the others."""
    from logwatch.report import check

    library = arguments.library_of(asked.show.read)
    question = questions.question_of(asked.show.ask, library)
    targets = arguments.expand(asked.show.targets)
    return print_readings(asked, check.read_targets(targets, library, question, exits.say))


def check_processes(asked: CheckOptions, processes: Mapping[int, int], log: str | None) -> int:
    """Check the logs of processes together with what a probe in each of them sees."""
    from logwatch.report import check

    probe = asked.show.probe
    probes = probing.open_probes(probe, processes, log)
    seconds = probe.seconds or probing.CHECK_SECONDS
    with probing.started(probes):  # a probe may answer while the dialects are loaded
        library = arguments.library_of(asked.show.read)
        question = questions.question_of(asked.show.ask, library)
        readings = check.read_probes(probes, library, question, seconds, exits.say)
        code = print_readings(asked, readings)
        refused = [probing.refusal_code(probe.state) for probe in probes.values()]
    return max(code, *refused)


def print_readings(asked: CheckOptions, readings: "Iterable[RunReport]") -> int:
    """Print what each reading says; the exit code that all of them ask for."""
    from logwatch.report import check

    if asked.json:
        shown = check.print_json(readings, sys.stdout)
    else:
        shown = check.print_text(readings, sys.stdout, style_of(asked.show.ascii, os.environ))
    is_said = not asked.json and sys.stdout.isatty()
    code = exits.OK
    for reading in shown:
        if not is_said and (sentence := check.trouble(reading)):
            exits.say(sentence)
        code = max(code, code_of(reading, asked.fail_on))
    return code


def code_of(reading: "RunReport", fail_on: str) -> int:
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
