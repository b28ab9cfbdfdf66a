"""How the guest gets into a process: hand it over, wait for its first word, else another way."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from logwatch.attach import thread
from logwatch.attach.inject import Injection
from logwatch.attach.link import Link
from logwatch.attach.method import choose_method, inject
from logwatch.attach.page import free_page
from logwatch.attach.process import Process
from logwatch.attach.refusal import AttachRefused, Refusal
from logwatch.attach.remote import withdraw_remote
from logwatch.attach.site import InjectError, open_memory
from logwatch.attach.stack import describe
from logwatch.attach.thread import look_at_all, waits_for_good

SOON_S = 0.01
"""Time for the thread that was stopped to be where it was before; where it waits for another one
without a limit, and has not moved after PROOF_S, no pending call will ever run."""
HELLO_S = 1.5
"""Time for a call into C that is under way to end: steps of a large model take that long. Then it
is looked whether a thread is parked, and again each time that so much has passed."""
TRY_AGAIN = "Try again; the process is as it was."


class Entry:
    """The way of one guest into one process: a first method, and a second where it is stuck."""

    def __init__(
        self,
        process: Process,
        link: Link,
        method: str,
        tell: Callable[[str], None],
        until: float,
    ) -> None:
        self.process = process
        self.method = choose_method(process, method)
        self.pause_s = 0.0
        self._link = link
        self._tell = tell
        self._may_change = method == "auto"
        self._until = until
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
            hello = self._wait(SOON_S) or self._wait_beside() or self._wait(HELLO_S)
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

    def _inject(self, method: str, before: dict[int, str] | None = None) -> None:
        done = inject(self.process, self._link.bootstrap, method, self._link.script, before)
        self._injections.append(done)
        self.method, self.pause_s = method, max(self.pause_s, done.pause_s)
        if done.note:
            self._tell(done.note)

    def _wait(self, seconds: float) -> dict[str, Any] | None:
        left = self._until - time.monotonic()
        return self._link.wait_hello(max(0.0, min(seconds, left)))

    def _wait_beside(self) -> dict[str, Any] | None:
        """The hello; where the main thread waits for another for good, of a thread of its own."""
        before = look_at_all(self.process)
        hello = self._wait(thread.PROOF_S)
        if hello is None and self._may_go_beside and waits_for_good(self.process, before):
            with suppress(InjectError):
                self._inject("thread", before)
        return hello

    @property
    def _may_go_beside(self) -> bool:
        return self.method != "thread" and self._may_change

    def _try_thread(self) -> None:
        """Where the main thread is parked, let another one run the guest; once."""
        if not self._may_go_beside:
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
