"""A training in another process whose bootstrap is run through its standard input."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from logwatch.attach.link import Link, open_link

TARGETS = Path(__file__).parent / "targets"
PATIENCE_S = 60.0
"""For a process that starts torch beside other tests: normally 3 s."""


class Target:
    """The process, spoken to line by line."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(TARGETS / "bootstrapped.py"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert "ready" == self.read()

    def read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ask_facts(self) -> str:
        """What the process says of its own state."""
        self.say("facts")
        return self.read()

    def end(self) -> tuple[str, str]:
        """Its last line, and all that stands on stderr."""
        self.say("end")
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return out.strip(), err


@contextmanager
def running(*arguments: str) -> Generator[Target]:
    """A target that is gone after the block."""
    target = Target(*arguments)
    try:
        yield target
    finally:
        target.process.kill()
        target.process.communicate()


@contextmanager
def linked(target: Target, **options: Any) -> Generator[Link]:
    """A link whose guest is in the target."""
    link = open_link(os.getuid(), pid=target.process.pid, **options)
    try:
        target.say(link.bootstrap)
        assert link.wait_hello(PATIENCE_S) is not None
        yield link
    finally:
        link.close()


def receive_until(link: Link, kind: str) -> list[dict[str, Any]]:
    """All messages up to the first of that kind."""
    messages: list[dict[str, Any]] = []
    while link.is_open and not any(message["kind"] == kind for message in messages):
        messages += link.receive(PATIENCE_S)
    return messages
