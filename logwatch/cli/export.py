"""`logwatch export`: print every sample of a log, exactly."""

import argparse
import os
import sys

from logwatch.cli import arguments, exits, options, probing
from logwatch.cli.options import ExportOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments it takes."""
    arguments.add_targets(parser)
    parser.add_argument(
        "--format", choices=("csv", "jsonl"), default="csv", help="default: %(default)s"
    )
    parser.add_argument(
        "--metric",
        metavar="NAME",
        action="append",
        default=[],
        dest="metrics",
        help="print this metric only; may be given again",
    )
    arguments.add_dialects(parser)
    arguments.add_attach(parser)
    arguments.add_seconds(parser, None, "with --attach: listen for so long (default: 10)")


def run(args: argparse.Namespace) -> int:
    """Print the samples of logs, or of a log and a probe in its process."""
    asked = options.export_options(args)
    if asked.probe.pid is not None:
        return export_process(asked, asked.probe.pid)
    arguments.require_targets(asked.targets)
    return export_logs(asked)


def export_logs(asked: ExportOptions) -> int:
    """Print the samples of all targets; those that cannot be read do not stop the others."""
    from logwatch.report.export import FORMATS, export_target
    from logwatch.sources.source import SourceError, describe_fault

    library, code = arguments.library_of(asked.read), exits.OK
    write = FORMATS[asked.format](sys.stdout)
    for target in arguments.expand(asked.targets):
        try:
            names = export_target(target, library, write, set(asked.metrics))
        except SourceError as refusal:
            exits.say(str(refusal))
            code = exits.UNREADABLE
            continue
        except OSError:  # of the output: the others could not be written either
            raise
        except Exception as fault:
            if os.environ.get("LOGWATCH_DEBUG"):
                raise
            exits.say(f"{target.name} could not be read further: {describe_fault(fault)}")
            code = exits.UNREADABLE
            continue
        if missing := [name for name in asked.metrics if name not in names]:
            exits.say(f"{target.name} has no metric {missing[0]}")
    return code


def export_process(asked: ExportOptions, pid: int) -> int:
    """Print the samples of a log, then what a probe in its process sees within some seconds."""
    from logwatch.report.export import FORMATS, export_probed

    probes = probing.open_probes(asked.probe, {0: pid}, probing.name_one_log(asked.targets))
    write = FORMATS[asked.format](sys.stdout)
    seconds = asked.probe.seconds or probing.CHECK_SECONDS
    ((target, probe),) = probes.items()
    with probing.started(probes):
        library = arguments.library_of(asked.read)
        export_probed(target, library, write, set(asked.metrics), probe, seconds)
        return probing.say_refusal(probe.state)
