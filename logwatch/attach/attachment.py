"""Attach to a process: checks, a link, an injection, and the guest's first word."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from logwatch.attach.inject import InjectError
from logwatch.attach.link import Link, open_link
from logwatch.attach.method import inject, order_methods
from logwatch.attach.process import Process, read_process
from logwatch.attach.refusal import (
    AttachRefused,
    Refusal,
    find_denied,
    find_refusal,
    refuse_missing,
)

HELLO_S = 3.0
"""A main thread that is not parked runs a pending call within a call into C; 3 s of one are rare."""


@dataclass(frozen=True)
class Options:
    """How to attach: method, share of the training's time, cadence, losses, and how long to wait.

    `budget` is a fraction; `every` is in steps, None for a cadence by budget.
    """

    method: str = "auto"
    budget: float = 0.01
    every: int | None = None
    loss: bool = True
    time_limit_s: float = 10.0


class Attachment:
    """A guest in a running process. Not safe for two threads at once.

    `pause_s` is how long a thread of it stood still; `first_data_s` the time from the call of
    `attach` to the first values, None until they have come.
    """

    def __init__(
        self, process: Process, link: Link, hello: dict[str, Any], method: str, pause_s: float
    ) -> None:
        self.process = process
        self.hello = hello
        self.method = method
        self.pause_s = pause_s
        self.first_data_s: float | None = None
        self._link = link
        self._begun = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether the guest is there and more may come."""
        return self._link.is_open

    def fileno(self) -> int:
        """The socket, to wait for; -1 when closed."""
        return self._link.fileno()

    def receive(self, timeout_s: float = 0.0) -> list[dict[str, Any]]:
        """The messages that have come, after at most so long; see `messages`."""
        messages = self._link.receive(timeout_s)
        if self.first_data_s is None and any(found["kind"] == "values" for found in messages):
            self.first_data_s = time.monotonic() - self._begun
        return messages

    def ask(self, message: dict[str, Any]) -> bool:
        """Tell the guest something, such as `{"kind": "stack"}`; False where it is gone."""
        return self._link.send(message)

    def close(self) -> None:
        """Detach: the guest takes its hooks out and ends. Safe at any time, also twice."""
        self._link.close()


def attach(pid: int, options: Options, tell: Callable[[str], None] = lambda _: None) -> Attachment:
    """Put the guest into a running process and wait for its first word.

    Args:
        pid: the process.
        options: how.
        tell: is given one sentence for each thing that takes long or went another way.

    Raises:
        AttachRefused: it is not allowed, not possible, or nothing answered in time.
    """
    begun = time.monotonic()
    process = read_process(pid)
    if process is None:
        raise AttachRefused(refuse_missing(pid))
    refusal = find_refusal(process, options.method) or find_denied(process)
    if refusal is not None:
        raise AttachRefused(refusal)
    root = Path(f"/proc/{pid}/root") if "mnt" in process.foreign else Path("/")
    link = open_link(
        process.uid,
        root,
        pid=pid,
        every=options.every,
        budget=options.budget,
        loss=options.loss,
    )
    for method in order_methods(process, options.method):
        try:
            injection = inject(process, link.bootstrap, method, link.script)
        except InjectError as error:
            link.close()
            raise AttachRefused(Refusal("failed", str(error), "Try again.")) from error
        hello = link.wait_hello(options.time_limit_s)
        if hello is not None:
            attachment = Attachment(process, link, hello, method, injection.pause_s)
            attachment._begun = begun
            return attachment
    link.close()
    raise AttachRefused(Refusal("no-answer", "nothing answered", "Try again."))
