"""Let a thread of its own run a line of Python in a process whose main thread is parked for ever.

A main thread that waits in `Thread.join` or in a collective that hangs runs no pending calls. But a
thread that waits in the kernel may be made to call pthread_create: it holds no lock of the C
library. That it waits there is proved first: the same call, and not once awake, for a while.
"""

import time
from pathlib import Path

from logwatch.attach.inject import Injection, in_stop
from logwatch.attach.mapping import find_addresses, find_libc, read_mappings
from logwatch.attach.page import TEXT, THREAD_CODE, take_page
from logwatch.attach.process import Process
from logwatch.attach.site import NO_PYTHON, InjectError, Site
from logwatch.attach.stop import NotNowError, Stop

PROOF_S = 0.2
"""A lock of malloc is held for microseconds: no thread waits for it so long without waking."""
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
NO_LIMIT = "0x0"  # futex' fourth argument, where it waits without a time limit. Source: futex(2)


class NoParkedThreadError(InjectError):
    """No thread of the process waits in the kernel for long enough."""

    code = "no-parked-thread"


def inject_thread(process: Process, line: str, before: dict[int, str] | None = None) -> Injection:
    """Let a new thread run `line` as soon as it gets the GIL.

    Args:
        before: where the threads stood at least PROOF_S ago; None to look and wait here.

    Raises:
        InjectError: no thread is parked (NoParkedThreadError), or none could be made.
    """
    if before is None:
        before = look_at_all(process)
        time.sleep(PROOF_S)
    found = find_parked(process, before)
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


def find_parked(process: Process, before: dict[int, str]) -> tuple[int, str] | None:
    """A thread that stands where it stood before, in a call that waits; and in which call."""
    waits = WAITS.get(process.machine or "", {})
    names = {
        tid: waits[number_of(seen)]
        for tid, seen in before.items()
        if number_of(seen) in waits and seen == stand(process.pid, tid)
    }
    order = sorted(names, key=lambda tid: (names[tid] in LOCKS, tid != process.pid, tid))
    return (order[0], names[order[0]]) if order else None


def waits_for_good(process: Process, before: dict[int, str]) -> bool:
    """Whether the main thread has not moved and waits for another one, without a time limit."""
    seen = before.get(process.pid, "")
    is_lock = WAITS.get(process.machine or "", {}).get(number_of(seen)) == "futex"
    return is_lock and seen.split()[4] == NO_LIMIT and seen == stand(process.pid, process.pid)


def look_at_all(process: Process) -> dict[int, str]:
    """Where each thread stands, by its number; see `stand`."""
    return {tid: stand(process.pid, tid) for tid in process.threads}


def stand(pid: int, tid: int) -> str:
    """What `look` tells and how often the thread has gone to sleep; empty if it is in no call.

    Twice the same means that it has not been awake in between.
    """
    seen = look(pid, tid)
    return f"{seen.strip()} {count_sleeps(pid, tid)}" if seen else ""


def count_sleeps(pid: int, tid: int) -> str:
    """How often a thread has gone to sleep, as text. Source: proc_pid_status(5)."""
    try:
        status = Path(f"/proc/{pid}/task/{tid}/status").read_text()
    except OSError:
        return ""
    return status.rpartition("\nvoluntary_ctxt_switches:")[2].split("\n")[0].strip()


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
