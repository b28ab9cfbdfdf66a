"""`logwatch TARGET...`: open the screen; where there is no terminal, do what `check` does."""

import argparse

from logwatch.cli import arguments, options, probing, questions, screen


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments it takes."""
    arguments.add_targets(parser)
    questions.add_question(parser)
    arguments.add_dialects(parser)
    arguments.add_ascii(parser)
    arguments.add_attach(parser)


def run(args: argparse.Namespace) -> int:
    """Open the screen on logs, or on the log of a process."""
    show = options.show_options(args)
    if show.probe.pid is not None:
        log = probing.name_one_log(show.targets)
        return screen.show_processes(show, {0: show.probe.pid}, log)
    arguments.require_targets(show.targets)
    return screen.show_logs(show)
