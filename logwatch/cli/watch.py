"""`logwatch TARGET...`: open the screen; where there is no terminal, do what `check` does."""

import argparse
import difflib
import os
import sys
from pathlib import Path

from logwatch.cli import COMMANDS, arguments, check, exits, questions

NO_TERMINAL = "this is no terminal, so here is what `logwatch check` says"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments it takes."""
    arguments.add_targets(parser)
    questions.add_question(parser)
    arguments.add_parsers(parser)
    arguments.add_ascii(parser)
    arguments.add_attach(parser)


def run(args: argparse.Namespace) -> int:
    """Open the screen on what can be read; exit 3 in the end if something could not."""
    if args.attach is not None:
        from logwatch.cli import attach

        return attach.show(args, {0: args.attach}, attach.one_word(args))
    arguments.require_targets(args)
    if not is_screen_possible():
        exits.say(NO_TERMINAL)
        return check.run(argparse.Namespace(**vars(args), json=False, fail_on="error"))
    targets = arguments.expand(args.targets)
    for target in targets:
        if target.error:
            exits.say(target.error + command_hint(target.name))
    readable = tuple(target for target in targets if not target.error)
    if not readable:
        return exits.UNREADABLE
    library = arguments.library_of(args)
    question = questions.question_of(args, library)
    if all(target.path is not None for target in readable):
        read_keys_from_terminal()
    from logwatch.tui import run_app

    code = run_app(readable, question, library, ascii=args.ascii)
    return code if len(readable) == len(targets) else max(code, exits.UNREADABLE)


def is_screen_possible() -> bool:
    """Whether stdout is a terminal that can place text."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def read_keys_from_terminal() -> None:
    """Take keys from the terminal where stdin is something else, as inside `while read`.

    Raises:
        SourceError: there is no terminal.
    """
    if not os.isatty(0):
        from logwatch.sources.pipe import take_stdin

        os.close(take_stdin())


def command_hint(word: str) -> str:
    """A question for a word that is no log and looks like a command; else nothing."""
    near = difflib.get_close_matches(word, COMMANDS, n=1)
    return f" (the command is `logwatch {near[0]}`)" if near and not Path(word).suffix else ""
