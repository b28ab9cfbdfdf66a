"""Opening the screen: where that is possible, on logs and on processes."""

import os
import sys
from collections.abc import Mapping

from logwatch.cli import arguments, check, exits, probing, questions
from logwatch.cli.options import CheckOptions, ShowOptions

NO_TERMINAL = "this is not a terminal that can show a screen; here is what `logwatch check` prints"


def is_screen_possible() -> bool:
    """Whether stdout is a terminal that can place text."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def show_logs(options: ShowOptions) -> int:
    """Open the screen on what can be read; exit 3 in the end if something could not."""
    if not is_screen_possible():
        exits.say(NO_TERMINAL)
        return check.check_logs(CheckOptions(show=options))
    targets = arguments.expand(options.targets)
    for target in targets:
        if target.error:
            exits.say(target.error + arguments.hint_command(target.name))
    readable = tuple(target for target in targets if not target.error)
    if not readable:
        return exits.UNREADABLE
    library = arguments.library_of(options.read)
    question = questions.question_of(options.ask, library)
    if all(target.path is not None for target in readable):
        read_keys_from_terminal()
    from logwatch.tui import run_app

    code = run_app(readable, question, library, ascii=options.ascii)
    return code if len(readable) == len(targets) else max(code, exits.UNREADABLE)


def show_processes(options: ShowOptions, processes: Mapping[int, int], log: str | None) -> int:
    """Open the screen on processes and their logs; where attaching is refused, on the logs."""
    if not is_screen_possible():
        exits.say(NO_TERMINAL)
        return check.check_processes(CheckOptions(show=options), processes, log)
    probes = probing.open_probes(options.probe, processes, log)
    with probing.started(probes):  # a probe may answer while the dialects are loaded
        library = arguments.library_of(options.read)
        question = questions.question_of(options.ask, library)
        states = [probe.wait_settled(probing.EARLY_SECONDS) for probe in probes.values()]
        codes = [probing.say_refusal(state) for state in states]
        shown = [t for t, p in probes.items() if t.path is not None or not probing.is_refused(p)]
        if not shown:
            return max(codes)
        from logwatch.tui import run_app

        read_keys_from_terminal()
        code = run_app(shown, question, library, ascii=options.ascii, probes=probes)
        late = [
            probing.say_refusal(probe.state)
            for probe, before in zip(probes.values(), states, strict=True)
            if before.phase != "refused"
        ]
    return max(code, *codes, *late)


def read_keys_from_terminal() -> None:
    """Take keys from the terminal where stdin is something else, as inside `while read`.

    Raises:
        SourceError: there is no terminal.
    """
    if not os.isatty(0):
        from logwatch.sources.pipe import take_stdin

        os.close(take_stdin())
