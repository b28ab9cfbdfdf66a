"""`logwatch export`: print every sample of a log, exactly."""

import argparse
import os
import sys

from logwatch.cli import arguments, exits


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
    arguments.add_parsers(parser)
    arguments.add_attach(parser)
    arguments.add_seconds(parser, None, "with --attach: listen for so long (default: 10)")


def run(args: argparse.Namespace) -> int:
    """Print the samples of all targets; those that cannot be read do not stop the others."""
    from logwatch.report.export import FORMATS, export_target
    from logwatch.sources.source import SourceError, describe_fault

    if args.attach is not None:
        return run_probed(args)
    arguments.require_targets(args)
    library, code = arguments.library_of(args), exits.OK
    write = FORMATS[args.format](sys.stdout)
    for target in arguments.expand(args.targets):
        try:
            names = export_target(target, library, write, set(args.metrics))
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
        if missing := [name for name in args.metrics if name not in names]:
            exits.say(f"{target.name} has no metric {missing[0]}")
    return code


def run_probed(args: argparse.Namespace) -> int:
    """Print the samples of a log, then what a probe in its process tells within some seconds."""
    from logwatch.cli import attach
    from logwatch.report.export import FORMATS, export_probed

    probes = attach.open_probes(args, {0: args.attach}, attach.one_word(args))
    write = FORMATS[args.format](sys.stdout)
    seconds = args.seconds or attach.CHECK_SECONDS
    ((target, probe),) = probes.items()
    with attach.started(probes):
        library = arguments.library_of(args)
        export_probed(target, library, write, set(args.metrics), probe, seconds)
        return attach.say_refusal(probe.state)
