"""Let a thread of its own run a line of Python in a process whose main thread is parked for ever.

A main thread that waits in `Thread.join` or in a collective that hangs runs no pending calls. But a
thread that waits in the kernel may be made to call pthread_create: it holds no lock of the C
library. That it waits there is proved first: the same call with the same arguments for a while.
"""

import time
from pathlib import Path

from logwatch.attach.inject import Injection, in_stop
from logwatch.attach.mapping import find_addresses, find_libc, read_mappings
from logwatch.attach.page import TEXT, THREAD_CODE, take_page
from logwatch.attach.process import Process
from logwatch.attach.site import NO_PYTHON, InjectError, Site
from logwatch.attach.stop import NotNowError, Stop

PROOF_S = 0.3
"""A lock of malloc is held for microseconds: no thread waits for it so long."""
LOOK_EVERY_S = 0.02
PYTHON_NAMES = ("PyGILState_Ensure", "PyGILState_Release")
C_NAMES = ("pthread_create", "pthread_self", "pthread_detach")

WAITS = {
    "x86_64": {
        0: "read", 7: "poll", 23: "select", 34: "pause", 35: "nanosleep", 45: "recvfrom",
        47: "recvmsg", 61: "wait4", 202: "futex", 230: "clock_nanosleep", 232: "epoll_wait",
        247: "waitid", 270: "pselect6", 271: "ppoll", 281: "epoll_pwait", 441: "epoll_pwait2",
        449: "futex_waitv",
    },
    "aarch64": {
        22: "epoll_pwait", 63: "read", 72: "pselect6", 73: "ppoll", 95: "waitid", 98: "futex",
        101: "nanosleep", 115: "clock_nanosleep", 207: "recvfrom", 212: "recvmsg", 260: "wait4",
        441: "epoll_pwait2", 449: "futex_waitv",
    },
}  # fmt: skip
"""System calls that wait, by processor and number. Source: arch/x86/entry/syscalls/syscall_64.tbl,
include/uapi/asm-generic/unistd.h"""
LOCKS = ("futex", "futex_waitv")  # may be a lock of the C library: taken last


class NoParkedThreadError(InjectError):
    """No thread of the process waits in the kernel for long enough."""

    code = "no-parked-thread"


def inject_thread(process: Process, line: str) -> Injection:
    """Let a new thread run `line` as soon as it gets the GIL.

    Raises:
        InjectError: no thread is parked (NoParkedThreadError), or none could be made.
    """
    found = find_parked(process)
    if found is None:
        raise NoParkedThreadError(
            f"no thread of process {process.pid} waits long enough to be used"
        )
    tid, wait = found
    functions = find_c_functions(process.pid)

    def act(site: Site, stop: Stop) -> int:
        return start_thread(site, stop, functions, line)

    done = in_stop(process, tid, act, "thread", PYTHON_NAMES)
    who = "the main thread" if tid == process.pid else f"thread {tid}"
    return done._replace(note=f"{who} waits in {wait}: a thread of its own runs the probe")


def find_parked(process: Process) -> tuple[int, str] | None:
    """A thread that does nothing but wait in the kernel, and in which system call."""
    waits = WAITS.get(process.machine or "", {})
    first = {tid: look(process.pid, tid) for tid in process.threads}
    parked = {tid: seen for tid, seen in first.items() if number_of(seen) in waits}
    until = time.monotonic() + PROOF_S
    while parked and time.monotonic() < until:
        time.sleep(LOOK_EVERY_S)
        parked = {tid: seen for tid, seen in parked.items() if look(process.pid, tid) == seen}
    names = {tid: waits[number_of(seen)] for tid, seen in parked.items()}
    order = sorted(names, key=lambda tid: (names[tid] in LOCKS, tid != process.pid, tid))
    return (order[0], names[order[0]]) if order else None


def look(pid: int, tid: int) -> str:
    """System call, arguments, stack pointer and place of a thread; empty if it is in none."""
    try:
        text = Path(f"/proc/{pid}/task/{tid}/syscall").read_text()
    except OSError:
        return ""
    return "" if text.startswith(("running", "-1")) else text


def number_of(seen: str) -> int:
    """The number of the system call, -1 for none."""
    return int(seen.split(maxsplit=1)[0]) if seen else -1


def find_c_functions(pid: int) -> dict[str, int]:
    """Addresses of what makes a thread.

    Raises:
        InjectError: the process' C library does not export it.
    """
    libc = find_libc(pid, read_mappings(pid), "pthread_create")
    found = find_addresses(libc, C_NAMES) if libc else {}
    if len(found) < len(C_NAMES):
        raise InjectError(f"process {pid} has no C library that makes threads")
    return found


def start_thread(site: Site, stop: Stop, functions: dict[str, int], line: str) -> int:
    """In the stopped thread: lay line and code into a page and let a new thread run them."""
    if not stop.is_in_call:
        raise NotNowError("the thread no longer waited")
    if stop.call(site.names["Py_IsInitialized"]) == 0:
        raise InjectError(NO_PYTHON)
    page, is_code = take_page(site, stop, line)
    if not is_code:
        raise InjectError("the process may map no code, so no thread can be started in it")
    code = site.machine.run_text_in_thread({**site.names, **functions}, page + TEXT)
    stop.memory.write(page + THREAD_CODE, code)
    error = stop.call(functions["pthread_create"], stop.scratch, 0, page + THREAD_CODE, 0)
    if error:
        raise InjectError(f"the process cannot make another thread (error {error})")
    return page
