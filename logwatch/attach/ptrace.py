"""The system calls with which one process stops and reads a thread of another.

They are called without letting go of the GIL: another thread of ours that computes would get it,
and the stopped thread would wait up to 5 ms for each call.
Source: ctypes.PyDLL; sys.getswitchinterval
"""

import ctypes
import os
import signal
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

CONT, SYSCALL, DETACH = 7, 24, 17
SEIZE, INTERRUPT = 0x4206, 0x4207
GETREGSET, SETREGSET = 0x4204, 0x4205
GETSIGMASK, SETSIGMASK = 0x420A, 0x420B
GET_RSEQ = 0x420F
MARK_SYSTEM_CALLS = 1  # PTRACE_O_TRACESYSGOOD: a stop at a system call shows 0x80
EVENT_STOP = 128
SYSTEM_CALL_STOP = signal.SIGTRAP | 0x80
NT_PRSTATUS = 1
MASK_BYTES = 8
MOST_BYTES = 16384  # XSAVE with AMX takes 11 kB; SVE at 256 bytes 8.8 kB
WALL = 0x40000000  # __WALL: waits for threads too
YIELD_S = 0.0005  # a stop comes within 20 us unless the processor has other work
BRISK_S = 0.02  # so long the GIL is kept; on a loaded processor a stop takes 10 ms
NAP_S = 0.00002
END_S = 1.0  # a thread ends within 0.1 ms
SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}
TURN_NS = (
    100_000  # the shortest slice that the scheduler grants. Source: sched(7), since Linux 6.12
)
TIMER_SLACK = 29  # PR_SET_TIMERSLACK: by default the kernel adds 50 us to each nap

T = TypeVar("T")

libc = ctypes.PyDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.pread.restype = libc.pwrite.restype = ctypes.c_ssize_t
libc.pread.argtypes = libc.pwrite.argtypes = [
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.c_size_t,
    ctypes.c_long,
]
libc.usleep.argtypes = [ctypes.c_uint]


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


def ask(request: int, tid: int, address: int = 0, data: int = 0) -> None:
    """One ptrace request.

    Raises:
        OSError: the kernel refuses it.
    """
    if libc.ptrace(request, tid, address, data) == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def read_registers(tid: int, note: int, size: int = MOST_BYTES) -> bytes:
    """One register set of a stopped thread.

    Raises:
        OSError: the processor has no such set, or the thread is gone.
    """
    buffer = ctypes.create_string_buffer(size)
    vector = _Vector(ctypes.addressof(buffer), size)
    ask(GETREGSET, tid, note, ctypes.addressof(vector))
    return buffer.raw[: vector.size]


def write_registers(tid: int, note: int, content: bytes) -> None:
    """Set one register set of a stopped thread.

    Raises:
        OSError: the kernel refuses it.
    """
    buffer = ctypes.create_string_buffer(content, len(content))
    vector = _Vector(ctypes.addressof(buffer), len(content))
    ask(SETREGSET, tid, note, ctypes.addressof(vector))


def read_mask(tid: int) -> bytes:
    """The signals that a stopped thread blocks, 64 bits."""
    buffer = ctypes.create_string_buffer(MASK_BYTES)
    ask(GETSIGMASK, tid, MASK_BYTES, ctypes.addressof(buffer))
    return buffer.raw


def write_mask(tid: int, mask: bytes) -> None:
    """Set the signals that a stopped thread blocks."""
    buffer = ctypes.create_string_buffer(mask, MASK_BYTES)
    ask(SETSIGMASK, tid, MASK_BYTES, ctypes.addressof(buffer))


def read_rseq(tid: int) -> int:
    """Address of the struct rseq that a stopped thread registered, 0 for none.

    Raises:
        OSError: Linux is older than 5.13.
    """
    buffer = ctypes.create_string_buffer(24)
    ask(GET_RSEQ, tid, len(buffer), ctypes.addressof(buffer))
    return int(struct.unpack_from("<Q", buffer)[0])


def wait(tid: int, until: float) -> int | None:
    """The next status of a thread that we trace; None where none came `until` (monotonic)."""
    status = ctypes.c_int()
    begun = time.monotonic()
    while libc.waitpid(tid, ctypes.byref(status), os.WNOHANG | WALL) == 0:
        now = time.monotonic()
        if now > until:
            return None
        if now < begun + YIELD_S:
            libc.sched_yield()
        elif now < begun + BRISK_S:
            libc.usleep(int(NAP_S * 1e6))
        else:
            time.sleep(NAP_S)
    return status.value


class Memory:
    """The memory of another process, open for reading and writing."""

    def __init__(self, pid: int) -> None:
        """Open it.

        Raises:
            OSError: there is no such process, or it may not be looked into.
        """
        self._file = os.open(f"/proc/{pid}/mem", os.O_RDWR | os.O_CLOEXEC)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._file)

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes.

        Raises:
            OSError: not all of them are there.
        """
        buffer = ctypes.create_string_buffer(size)
        if libc.pread(self._file, buffer, size, address) != size:
            raise OSError(f"cannot read {size} bytes at {address:#x}")
        return buffer.raw

    def read_word(self, address: int) -> int:
        """8 bytes as a number."""
        return int(struct.unpack("<Q", self.read(address, 8))[0])

    def write(self, address: int, content: bytes) -> None:
        """Write all of `content`.

        Raises:
            OSError: it could not all be written.
        """
        if libc.pwrite(self._file, content, len(content), address) != len(content):
            raise OSError(f"cannot write {len(content)} bytes at {address:#x}")


def ask_for_quick_turns() -> None:
    """Let the processor come to our thread soon and often: a stopped one waits for each turn.

    On a loaded machine this halves the time that it stands still. It takes no privilege; a kernel
    that does not know it ignores it.
    """
    libc.prctl(TIMER_SLACK, 1)
    number = SCHED_SETATTR.get(os.uname().machine)
    if number is not None:
        nice = os.getpriority(os.PRIO_PROCESS, 0)
        attributes = struct.pack("<IIQiIQQQ", 48, os.SCHED_OTHER, 0, nice, 0, TURN_NS, 0, 0)
        libc.syscall(number, 0, attributes, 0)


def await_end(tid: int | None) -> None:
    """Wait until the kernel too has ended a thread of ours: only then it traces none."""
    until = time.monotonic() + END_S
    while Path(f"/proc/self/task/{tid}").exists() and time.monotonic() < until:
        libc.sched_yield()


def run_apart(function: Callable[[], T]) -> T:
    """Run `function` in a thread of its own in which no signal arrives.

    Where it fails to let go of what it traces, the kernel does so when the thread ends.
    Source: ptrace(2), "If the tracer terminates"; kernel/exit.c, exit_ptrace for each thread.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        ask_for_quick_turns()
        try:
            results.append(function())
        except BaseException as error:  # handed to the caller, whatever it is
            errors.append(error)

    thread = threading.Thread(target=run, name="logwatch-tracer")
    thread.start()
    while thread.is_alive():
        thread.join()
    await_end(thread.native_id)
    if errors:
        raise errors[0]
    return results[0]
