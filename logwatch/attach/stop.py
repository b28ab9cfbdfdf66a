"""One thread of another process, stopped, made to call something, and put back as it was.

At no moment does the thread depend on us: what is changed while it stands still is either unseen by
it (memory below its stack, a page of its own) or, from the one request that sets its registers, a
call that leads back by itself (see `registers`). Signals stay with the kernel meanwhile.
"""

import os
import signal
import struct
import time
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self

from logwatch.attach import ptrace
from logwatch.attach.ptrace import Memory
from logwatch.attach.registers import Frame, Gadgets, Machine, State

LIMIT_S = 0.25
"""A stop ends after this, whatever came of it: a quarter of a second is a hitch that people see,
and 250 times what is needed. A call that has not returned then is left to go back by itself."""
GRACE_S = 1.0  # for the stop that ends such a call; after it the kernel lets go in our stead

FAULTS = (
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGILL,
    signal.SIGFPE,
    signal.SIGTRAP,
    signal.SIGSYS,
)
BLOCKED = struct.pack("<Q", (1 << 64) - 1 - sum(1 << (number - 1) for number in FAULTS))
"""Of a thread that calls for us: all signals but what its own instructions may raise."""


class StopError(Exception):
    """The thread could not be used; the message is one sentence. It goes on as it was."""


class NotNowError(StopError):
    """The thread stood where it must not be used; a moment later it may."""


class LateError(StopError):
    """The thread did not stop, or the called function did not return, in time."""


class _Use(NamedTuple):
    """What a used thread is given back, and the way by which it would go back alone."""

    machine: Machine
    gadgets: Gadgets
    state: State
    frame: Frame


class Stop:
    """A thread that stands still between `__enter__` and `__exit__`. One thread of ours uses it.

    `taken_s` tells afterwards how long it stood, in seconds, from the request to stop: at most.
    """

    def __init__(self, tid: int, memory: Memory, limit_s: float = LIMIT_S) -> None:
        """Of thread `tid`, whose process' memory is open."""
        self.tid = tid
        self.memory = memory
        self.taken_s = 0.0
        self._limit_s = limit_s
        self._begun = self._until = 0.0
        self._use: _Use | None = None
        self._is_used = self._is_running = self._is_late = False

    def __enter__(self) -> Self:
        self._begun = time.monotonic()
        self._until = self._begun + self._limit_s
        try:
            ptrace.ask(ptrace.SEIZE, self.tid, 0, ptrace.MARK_SYSTEM_CALLS)
        except OSError as error:
            raise StopError(f"thread {self.tid} cannot be stopped: {error.strerror}") from error
        try:
            ptrace.ask(ptrace.INTERRUPT, self.tid)
            self._is_running = True
            self._await_stop()
        except LateError as error:
            self._let_go()
            self.taken_s = 0.0  # it did not stand
            raise NotNowError(f"thread {self.tid} did not stop in time") from error
        except BaseException:
            self._let_go()
            raise
        self._until = time.monotonic() + self._limit_s
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._use is not None and self._is_used:
                self._restore(self._use)
        finally:
            self._let_go()

    def save(self, machine: Machine, gadgets: Gadgets) -> State:
        """Note all that the thread holds, and lay its way back below its stack.

        Raises:
            NotNowError: there is no room below its stack.
        """
        extended = []
        for note in machine.extended_notes:
            with suppress(OSError):  # a set that this processor does not have
                extended.append((note, ptrace.read_registers(self.tid, note)))
        general = self._read_general(machine)
        state = State(general, tuple(extended), ptrace.read_mask(self.tid))
        frame = machine.build_frame(state, gadgets)
        try:
            self.memory.write(frame.address, frame.content)
        except OSError as error:
            raise NotNowError("there is no room below the thread's stack") from error
        self._use = _Use(machine, gadgets, state, frame)
        return state

    @property
    def is_in_call(self) -> bool:
        """Whether the thread was stopped while it waited in a system call, after `save`."""
        assert self._use is not None
        return self._use.machine.is_in_call(self._use.state.general)

    @property
    def scratch(self) -> int:
        """Address of 64 bytes that a called function may fill, after `save`."""
        assert self._use is not None
        return self._use.frame.scratch

    def call(self, address: int, *arguments: int) -> int:
        """Let the thread call a function; gives the low 32 bits of what it returns, with sign.

        Raises:
            LateError: it has not returned in time.
            StopError: it failed, or the thread ended.
        """
        assert self._use is not None
        machine, gadgets, state, frame = self._use
        aimed = machine.aim_call(state, frame, gadgets, address, arguments)
        general, _ = self._run(self._use, aimed, None)
        return machine.kept_result(general)

    def system_call(self, number: int, *arguments: int) -> int:
        """Let the thread do a system call; gives what the kernel returns.

        Raises:
            StopError: the thread ended.
        """
        assert self._use is not None
        machine, gadgets, state, frame = self._use
        aimed = machine.aim_system_call(state, frame, gadgets, number, arguments)
        _, result = self._run(self._use, aimed, number)
        return result

    def _run(self, use: _Use, aimed: bytes, number: int | None) -> tuple[bytes, int]:
        """Run from the registers `aimed` until the thread is on the last step of its way back.

        Gives its registers there, and the result of the system call `number`. The last step is
        skipped: the thread then stands where it would begin that step again.
        """
        ptrace.write_registers(self.tid, ptrace.NT_PRSTATUS, aimed)
        self._is_used = True
        ptrace.write_mask(self.tid, BLOCKED)
        result, is_entry = 0, False
        while True:
            self._go(ptrace.SYSCALL)
            self._await_stop()
            general = self._read_general(use.machine)
            if use.machine.is_going_back(general, use.frame):
                break
            is_entry = not is_entry
            if not is_entry and use.machine.call_number(general) == number:
                result = use.machine.call_result(general)
        again = use.machine.aim_back(general, use.frame, use.gadgets)
        ptrace.write_registers(self.tid, ptrace.NT_PRSTATUS, again)
        use.machine.skip_call(self.tid)
        self._go(ptrace.SYSCALL)
        self._await_stop()
        return general, result

    def _restore(self, use: _Use) -> None:
        """Give the thread back all that it held.

        A thread that was in a system call is given it back at a stop of the kind at which it was
        taken: only there does the kernel itself do the call again.
        """
        with suppress(OSError, StopError):  # it ended, or the kernel lets go in our stead
            self._until = time.monotonic() + GRACE_S
            if self._is_running or use.machine.is_in_call(use.state.general):
                ptrace.ask(ptrace.INTERRUPT, self.tid)
                if not self._is_running:
                    self._go(ptrace.CONT)
                self._await_stop(is_interrupt=True)
            if not self._is_late:
                for note, content in use.state.extended:
                    ptrace.write_registers(self.tid, note, content)
            ptrace.write_mask(self.tid, use.state.mask)
            if not self._is_late:
                ptrace.write_registers(self.tid, ptrace.NT_PRSTATUS, use.state.general)

    def _let_go(self) -> None:
        with suppress(OSError):  # it ended, or runs: the kernel lets go when our thread ends
            ptrace.ask(ptrace.DETACH, self.tid)
        self.taken_s = time.monotonic() - self._begun

    def _go(self, request: int, number: int = 0) -> None:
        ptrace.ask(request, self.tid, 0, number)
        self._is_running = True

    def _await_stop(self, is_interrupt: bool = False) -> None:
        """Wait for the stop that was asked for, let through what else happens.

        Raises:
            LateError: it takes longer than the limit.
            StopError: the thread ended, or did what no thread may.
        """
        way = ptrace.SYSCALL if self._is_used and not is_interrupt else ptrace.CONT
        while True:
            status = ptrace.wait(self.tid, self._until)
            if status is None:
                self._is_late = True
                raise LateError(f"thread {self.tid} did not come back in time")
            if not os.WIFSTOPPED(status):
                raise StopError(f"thread {self.tid} ended")
            self._is_running = False
            number = os.WSTOPSIG(status)
            if status >> 16 == ptrace.EVENT_STOP:
                if is_interrupt or (number == signal.SIGTRAP and way == ptrace.CONT):
                    return
                if way == ptrace.CONT:
                    raise StopError("the process is being stopped by a signal")
                self._go(way)  # SIGSTOP or SIGCONT: the kernel stops it when we let go
            elif number == ptrace.SYSTEM_CALL_STOP:
                if way == ptrace.SYSCALL:
                    return
                self._go(way)
            elif self._is_used and number in FAULTS:
                raise StopError(f"thread {self.tid} failed by {signal.Signals(number).name}")
            else:
                self._go(way, number)

    def _read_general(self, machine: Machine) -> bytes:
        return ptrace.read_registers(self.tid, ptrace.NT_PRSTATUS, machine.general_bytes)
