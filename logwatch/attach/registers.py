"""The registers of a stopped thread, the same for each processor.

What a thread is made to do is always one call of a function or one system call, arranged so that
the thread finds its way back alone: on its stack lies a signal frame with all that it held, and the
called function returns to code of the C library that gives the frame to the kernel (rt_sigreturn).
So the thread goes on unharmed even where logwatch is killed in the middle.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

RED_ZONE = 512
"""Bytes below the stack pointer that are left alone: 128 belong to the running function on x86-64
(System V ABI 3.2.2, "red zone"); the rest is room for those who take more than they may."""

PAGE = 4096
NOT_STARTED = -2


class State(NamedTuple):
    """All that is saved of a thread: raw register sets by the kernel's number, and signal mask."""

    general: bytes
    extended: tuple[tuple[int, bytes], ...]
    mask: bytes


class Frame(NamedTuple):
    """What is written below a thread's stack: where it begins, its bytes, and a place to use.

    `home` is the stack pointer with which the way back begins; `scratch` are 64 bytes for results.
    """

    address: int
    content: bytes
    home: int
    scratch: int


class Gadgets(NamedTuple):
    """Addresses of code that the process has anyway, in its C library or the kernel's page."""

    system_call: int
    """A system call, then a return."""
    keep_result: int
    """Brings the result to where it can be seen later, then returns; 0 where that is not needed."""
    go_back: int
    """Gives the frame on the stack back to the kernel."""


class Machine(ABC):
    """One processor. All register sets are raw bytes, as the kernel gives and takes them."""

    name: str
    tried: bool
    """Whether this code has run on such a processor."""
    general_bytes: int
    extended_notes: tuple[int, ...]
    """Numbers of the register sets that are saved beside the general ones, where they exist."""
    alignment = 1
    """Bytes at whose multiples instructions lie."""
    patterns: ClassVar[Mapping[str, tuple[bytes, ...]]]
    """For each gadget, the bytes that make it."""
    map_number: int
    back_number: int
    """Numbers of the system calls mmap and rt_sigreturn."""

    @abstractmethod
    def pc(self, general: bytes) -> int:
        """Address of the next instruction."""

    @abstractmethod
    def sp(self, general: bytes) -> int:
        """The stack pointer."""

    @abstractmethod
    def build_frame(self, state: State, gadgets: Gadgets) -> Frame:
        """The way back to `state`, to be written below its stack."""

    @abstractmethod
    def aim_call(
        self, state: State, frame: Frame, gadgets: Gadgets, address: int, arguments: tuple[int, ...]
    ) -> bytes:
        """General registers with which the thread calls a function, then goes back."""

    @abstractmethod
    def aim_system_call(
        self, state: State, frame: Frame, gadgets: Gadgets, number: int, arguments: tuple[int, ...]
    ) -> bytes:
        """General registers with which the thread does a system call, then goes back."""

    @abstractmethod
    def aim_back(self, general: bytes, frame: Frame, gadgets: Gadgets) -> bytes:
        """General registers with which the thread starts on the way back (again)."""

    @abstractmethod
    def is_going_back(self, general: bytes, frame: Frame) -> bool:
        """Whether the thread, about to do a system call, is on the last step of the way back."""

    @abstractmethod
    def skip_call(self, tid: int) -> None:
        """Let a thread that is about to do a system call not do it, beyond what `aim_back` says."""

    @abstractmethod
    def call_number(self, general: bytes) -> int:
        """Number of the system call that a thread is in."""

    @abstractmethod
    def call_result(self, general: bytes) -> int:
        """What the system call that just ended gave, as a signed number."""

    @abstractmethod
    def kept_result(self, general: bytes) -> int:
        """What the called function gave, 32 bits with sign, seen where `is_going_back` holds."""

    @abstractmethod
    def is_in_call(self, general: bytes) -> bool:
        """Whether a thread was stopped in a system call that the kernel may have to do again."""

    @abstractmethod
    def queue_text(self, functions: Mapping[str, int], run: int, text: int) -> bytes:
        """Code of `int f(void)`: `Py_AddPendingCall(run, text)`, and its result.

        NOT_STARTED where `Py_IsInitialized()` says 0. `functions`: addresses of these two.
        """

    @abstractmethod
    def run_text(self, function: int) -> bytes:
        """Code of `int f(void *text)`: calls `function(text)` and returns 0 whatever it gave."""

    @abstractmethod
    def run_text_in_thread(self, functions: Mapping[str, int], text: int) -> bytes:
        """Code of a thread: lets go of itself, takes the GIL, runs the text, gives the GIL back.

        `functions`: addresses of pthread_self, pthread_detach, PyGILState_Ensure,
        PyRun_SimpleString, PyGILState_Release.
        """
