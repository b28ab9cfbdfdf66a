"""How a command ends: its exit code, and one sentence on stderr."""

import os
import sys
from contextlib import suppress

from logwatch.parsing.escapes import escape_controls

OK = 0
FOUND = 1
"""`check` found something at or above `--fail-on`."""
USAGE = 2
UNREADABLE = 3
"""A target could not be read, or the output could not be written: do not trust what is there."""
PIPE_CLOSED = 141
"""What the shell sees of a program that SIGPIPE ends: 128 + 13. Python turns SIGPIPE into an error.
Source: https://docs.python.org/3/library/signal.html#note-on-sigpipe"""
INTERRUPTED = 130
"""What the shell sees of a program that Ctrl-C ends: 128 + SIGINT (2)."""


class UsageError(Exception):
    """The words after `logwatch` make no sense; the message is one sentence that says why."""


def say(sentence: str) -> None:
    """Write one sentence to stderr, as `logwatch: ...`; a lost stderr is nobody's fault."""
    with suppress(OSError, ValueError):
        print(f"logwatch: {escape_controls(sentence)}", file=sys.stderr, flush=True)


def show(*lines: str) -> None:
    """Print lines on stdout. All that a command prints in words comes this way.

    A text of others, as a dialect's title or a line of a log, steers no terminal and stays in its
    line.
    """
    for line in lines:
        print(escape_controls(line))


def abandon_stdout() -> None:
    """Send what stdout still holds nowhere, so that Python does not complain when it ends."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
