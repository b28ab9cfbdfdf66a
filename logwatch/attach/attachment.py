"""Attach to a process: checks, a link, an injection, and the guest's first word."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from logwatch.attach.checks import find_refusal
from logwatch.attach.entry import Entry
from logwatch.attach.link import Link, open_link
from logwatch.attach.process import Process, read_process
from logwatch.attach.refusal import AttachRefused, Refusal, refuse_missing


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
        self,
        process: Process,
        link: Link,
        hello: dict[str, Any],
        method: str,
        pause_s: float,
        begun: float,
    ) -> None:
        self.process = process
        self.hello = hello
        self.method = method
        self.pause_s = pause_s
        self.first_data_s: float | None = None
        self._link = link
        self._begun = begun

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
    refusal = find_refusal(process, options.method)
    if refusal is not None:
        raise AttachRefused(refusal)
    warning = warn_of_container(process)
    if warning:
        tell(warning)
    link = make_link(process, options)
    try:
        entry = Entry(process, link, options.method, tell, begun + options.time_limit_s)
        hello = entry.enter()
    except BaseException:
        link.close()
        raise
    return Attachment(process, link, hello, entry.method, entry.pause_s, begun)


def warn_of_container(process: Process) -> str:
    """One sentence where the process sees other files or numbers than we do, else nothing."""
    if not {"mnt", "pid"} & set(process.foreign):
        return ""
    return (
        f"process {process.pid} is in another container: its files are reached through "
        f"/proc/{process.pid}/root"
    )


def make_link(process: Process, options: Options) -> Link:
    """The socket and the folder, where both we and the process see them.

    Raises:
        AttachRefused: there is no such place.
    """
    root = Path(f"/proc/{process.pid}/root")
    try:
        return open_link(
            process.uid,
            Path("/") if root.samefile("/") and "mnt" not in process.foreign else root,
            pid=process.pid,
            every=options.every,
            budget=options.budget,
            loss=options.loss,
        )
    except OSError as error:
        raise AttachRefused(
            Refusal(
                "no-folder",
                f"no folder can be made that process {process.pid} also sees: {error.strerror}",
                "Make /tmp writable for both, or run logwatch in the same container.",
            )
        ) from error
