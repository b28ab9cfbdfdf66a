"""How a command ends: its exit code, and one sentence on stderr."""

import os
import sys
from contextlib import suppress

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
        print(f"logwatch: {printable(sentence)}", file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """`text` with what would steer a terminal, or cannot be encoded, written as an escape."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def abandon_stdout() -> None:
    """Send what stdout still holds nowhere, so that Python does not complain when it ends."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
