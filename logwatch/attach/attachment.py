"""Attach to a process: checks, a link, an injection, and the guest's first word."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from logwatch.attach.inject import InjectError, Injection, free_page, open_memory
from logwatch.attach.link import Link, open_link
from logwatch.attach.method import choose_method, inject
from logwatch.attach.process import Process, read_process
from logwatch.attach.refusal import AttachRefused, Refusal, find_refusal, refuse_missing
from logwatch.attach.remote import withdraw_remote
from logwatch.attach.stack import describe

HELLO_S = 1.5
"""Time for a call into C that is under way to end: steps of a large model take that long. Then it
is looked whether a thread is parked, and again each time that so much has passed."""
TRY_AGAIN = "Try again; the process is as it was."


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
        entry = Entry(process, link, options, tell, begun)
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


class Entry:
    """The way of one guest into one process: a first method, and a second where it is stuck."""

    def __init__(
        self,
        process: Process,
        link: Link,
        options: Options,
        tell: Callable[[str], None],
        begun: float,
    ) -> None:
        self.process = process
        self.method = choose_method(process, options.method)
        self.pause_s = 0.0
        self._link = link
        self._tell = tell
        self._may_change = options.method == "auto"
        self._until = begun + options.time_limit_s
        self._injections: list[Injection] = []

    def enter(self) -> dict[str, Any]:
        """Hand over the guest and wait; gives its first word.

        Raises:
            AttachRefused: it failed, or nothing answered within the time limit.
        """
        try:
            self._inject_first()
        except InjectError as error:
            raise AttachRefused(Refusal(error.code, str(error), TRY_AGAIN)) from error
        try:
            hello = self._wait(HELLO_S)
            while hello is None and time.monotonic() < self._until:
                self._try_thread()
                hello = self._wait(HELLO_S)
        finally:
            self._withdraw()
        if hello is None:
            raise AttachRefused(self._refuse_silence())
        self._free_page()
        return hello

    def _inject_first(self) -> None:
        try:
            self._inject(self.method)
        except InjectError as error:
            if self.method == "thread" or not self._may_change:
                raise
            self._tell(str(error))
            try:
                self._inject("thread")
            except InjectError:
                raise error from None

    def _inject(self, method: str) -> None:
        done = inject(self.process, self._link.bootstrap, method, self._link.script)
        self._injections.append(done)
        self.method, self.pause_s = method, max(self.pause_s, done.pause_s)
        if done.note:
            self._tell(done.note)

    def _wait(self, seconds: float) -> dict[str, Any] | None:
        left = self._until - time.monotonic()
        return self._link.wait_hello(max(0.0, min(seconds, left)))

    def _try_thread(self) -> None:
        """Where the main thread is parked, let another one run the guest; once."""
        if self.method == "thread" or not self._may_change:
            return
        try:
            self._inject("thread")
        except InjectError:
            self._tell(f"waiting: {describe(self.process)}")

    def _refuse_silence(self) -> Refusal:
        sentence = f"nothing answered in time: {describe(self.process)}"
        return Refusal("no-answer", sentence, "Try again when it is between two steps.")

    def _withdraw(self) -> None:
        """Take back what the main thread has not run yet: the file is about to go."""
        if any(done.method == "remote" for done in self._injections):
            withdraw_remote(self.process, self._link.script)

    def _free_page(self) -> None:
        """Leave our page in the process to the next attach, if nothing else may still need it."""
        if len(self._injections) != 1 or not self._injections[0].page:
            return
        with suppress(InjectError, OSError):
            memory = open_memory(self.process.pid)
            try:
                free_page(memory, self._injections[0].page)
            finally:
                memory.close()
