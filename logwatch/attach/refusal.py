"""What forbids to attach, found before anything is stopped, and what would lift it.

Nothing here is gone around: a refusal is an answer. Sources: ptrace(2), "Ptrace access mode
checking"; proc(5); Documentation/admin-guide/LSM/Yama.rst; capabilities(7); PEP 768.
"""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from logwatch.attach import ptrace
from logwatch.attach.process import Process, read_status
from logwatch.attach.registers import find_machine

OLDEST = (3, 8)
"""The guest is written for it; older ones end their lives, and torch 2 needs 3.8."""
CAP_SYS_PTRACE = 19
YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
EXIT_CODES = {
    "no-process": 20,
    "itself": 21,
    "zombie": 22,
    "stopped": 23,
    "traced": 24,
    "other-user": 25,
    "yama": 26,
    "no-capability": 27,
    "undumpable": 28,
    "uninterruptible": 29,
    "not-python": 30,
    "old-python": 31,
    "unknown-machine": 32,
    "shadow-stack": 33,
    "remote-off": 34,
    "no-remote": 35,
    "no-gdb": 36,
    "no-parked-thread": 37,
    "denied": 38,
    "no-folder": 39,
    "no-answer": 40,
    "failed": 41,
}
"""Apart from those of the other commands, from 64-78 of sysexits.h, and from 128 and above."""

LIFT_YAMA = {
    1: "Use `logwatch.probe` in its code, or run logwatch with CAP_SYS_PTRACE (sudo), or ask an "
    "administrator for sysctl kernel.yama.ptrace_scope=0, which weakens the machine's defence.",
    2: "Use `logwatch.probe` in its code, or run logwatch with CAP_SYS_PTRACE (sudo).",
    3: "Use `logwatch.probe` in its code: this setting cannot be changed until the next reboot.",
}


@dataclass(frozen=True)
class Refusal:
    """Why a process cannot be attached to: one sentence, one of remedy, and how we then exit."""

    code: str
    sentence: str
    remedy: str

    @property
    def exit_code(self) -> int:
        """The exit code of `logwatch attach`, one for each code."""
        return EXIT_CODES[self.code]


class AttachRefused(Exception):  # noqa: N818 - the word of the room
    """Attaching is refused; nothing was changed in the process."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


@dataclass(frozen=True)
class Host:
    """What we are and where we run, as far as it decides what we may do."""

    pid: int
    uid: int
    capabilities: int
    yama: int | None
    container: str | None
    """The file that shows that we run in a container, None if none does."""
    has_seccomp: bool

    @property
    def may_trace_all(self) -> bool:
        """Whether we hold CAP_SYS_PTRACE."""
        return bool(self.capabilities >> CAP_SYS_PTRACE & 1)


def read_host() -> Host:
    """What /proc says of us."""
    status = read_status("self")
    try:
        yama = int(YAMA.read_text())
    except (OSError, ValueError):
        yama = None
    marks = ("/.dockerenv", "/run/.containerenv")
    return Host(
        pid=os.getpid(),
        uid=os.geteuid(),
        capabilities=int(status.get("CapEff", "0"), 16),
        yama=yama,
        container=next((mark for mark in marks if Path(mark).exists()), None),
        has_seccomp=status.get("Seccomp", "0") != "0",
    )


def refuse_missing(pid: int) -> Refusal:
    """There is no such process."""
    return Refusal("no-process", f"there is no process {pid}", "Run `logwatch attach` for a list.")


def find_refusal(process: Process, method: str, host: Host | None = None) -> Refusal | None:
    """The first thing that forbids to attach by `method`; None where nothing is known to.

    Nothing is stopped or changed for it.
    """
    from logwatch.attach.method import find_unfit_method  # noqa: PLC0415 - it builds on this

    host = host or read_host()
    return (
        find_state(process, host)
        or find_permission(process, host)
        or find_wait(process)
        or find_unfit(process)
        or find_unfit_method(process, method)
        or find_denied(process, host)
    )


def find_state(process: Process, host: Host) -> Refusal | None:
    """What the process itself is in: it is we, it is over, stopped, or held by a debugger."""
    pid = process.pid
    if pid == host.pid:
        return Refusal("itself", f"process {pid} is logwatch itself", "Name another process.")
    if process.state in "ZX":
        return Refusal(
            "zombie",
            f"process {pid} has ended and waits for its parent to notice",
            "Read its log instead: logwatch FILE.",
        )
    if process.tracer:
        name = name_process(process.tracer)
        return Refusal(
            "traced",
            f"process {pid} is already traced by process {process.tracer} ({name})",
            "End that debugger first; a process has room for one.",
        )
    if process.state in "Tt":
        return Refusal(
            "stopped",
            f"process {pid} is stopped",
            f"Let it go on first: kill -CONT {pid}.",
        )
    return None


def find_permission(process: Process, host: Host) -> Refusal | None:
    """What the kernel would say to a debugger, asked in the order in which the kernel asks."""
    pid = process.pid
    if process.uid != host.uid and not host.may_trace_all:
        return Refusal(
            "other-user",
            f"process {pid} belongs to {process.user}",
            f"Run logwatch as {process.user}, or with sudo.",
        )
    if host.yama and not is_allowed_by_yama(process, host):
        return Refusal(
            "yama",
            f"blocked by Yama: kernel.yama.ptrace_scope is {host.yama}",
            LIFT_YAMA.get(host.yama, LIFT_YAMA[3]),
        )
    if process.is_hidden:
        return explain_hidden(process, host)
    return None


def is_allowed_by_yama(process: Process, host: Host) -> bool:
    """Whether Yama's setting lets us trace: 1 only children, 2 only with privileges, 3 nobody."""
    if host.yama == 1:
        return host.may_trace_all or is_descendant(process.pid, host.pid)
    return host.yama == 2 and host.may_trace_all


def is_descendant(pid: int, ancestor: int) -> bool:
    """Whether `ancestor` is among the parents of a process."""
    while pid > 1:
        try:
            pid = int(read_status(pid).get("PPid", "0"))
        except OSError:
            return False
        if pid == ancestor:
            return True
    return False


def explain_hidden(process: Process, host: Host) -> Refusal:
    """Why the memory map of a process of our own user is kept from us."""
    pid = process.pid
    try:
        theirs = int(read_status(pid).get("CapPrm", "0"), 16)
    except OSError:
        return refuse_missing(pid)
    if theirs & ~host.capabilities and not host.may_trace_all:
        return lack_capability(process, host)
    return Refusal(
        "undumpable",
        f"process {pid} forbids debugging (it is setuid, or called prctl(PR_SET_DUMPABLE, 0))",
        "Use `logwatch.probe` in its code, or read its log.",
    )


def lack_capability(process: Process, host: Host) -> Refusal:
    """The kernel wants CAP_SYS_PTRACE of us."""
    place = "this container" if host.container else "logwatch"
    return Refusal(
        "no-capability",
        f"{place} lacks the capability SYS_PTRACE that process {process.pid} asks for",
        "Start the container with --cap-add=SYS_PTRACE (Kubernetes: "
        "securityContext.capabilities.add), or use `logwatch.probe` in its code."
        if host.container
        else "Run logwatch with sudo, or use `logwatch.probe` in its code.",
    )


def find_wait(process: Process) -> Refusal | None:
    """A process that waits for a disk or a driver cannot be stopped."""
    if process.state != "D":
        return None
    return Refusal(
        "uninterruptible",
        f"process {process.pid} is in an uninterruptible wait (state D)",
        "Try again in a moment; if it stays so, its disk or driver hangs.",
    )


def find_unfit(process: Process) -> Refusal | None:
    """What in the process itself no method can work with."""
    pid = process.pid
    if process.python is None:
        return Refusal(
            "not-python",
            f"process {pid} is no CPython, or a frozen build that exports none of its names",
            "Name the Python process itself: `logwatch attach` lists them.",
        )
    if (3, 0) < version_of(process) < OLDEST:
        return Refusal(
            "old-python",
            f"process {pid} runs Python {process.python}; the probe needs 3.8 or newer",
            "Read its log instead: logwatch FILE.",
        )
    return None


def find_unfit_processor(process: Process) -> Refusal | None:
    """What keeps our own injector from a process."""
    if find_machine(process.machine) is None:
        return Refusal(
            "unknown-machine",
            f"logwatch has no injector for processors of kind {process.machine}",
            "Use --method gdb, or `logwatch.probe` in its code.",
        )
    if process.has_shadow_stack:
        return Refusal(
            "shadow-stack",
            f"process {process.pid} runs with a shadow stack, which forbids a call from outside",
            "Use `logwatch.probe` in its code, or start it without glibc.cpu.x86_shstk.",
        )
    return None


def version_of(process: Process) -> tuple[int, ...]:
    """Version of the process' Python as numbers; (3,) where only that much is known."""
    return tuple(int(part) for part in (process.python or "3").split("."))


def find_denied(process: Process, host: Host) -> Refusal | None:
    """What the kernel itself says when asked to trace, without stopping the process.

    The thread that asks ends at once, and with it the trace; no stop was asked for. This finds
    security modules and filters of system calls that no file tells of.
    """
    try:
        ptrace.run_apart(lambda: ptrace.ask(ptrace.SEIZE, process.pid))
    except OSError as error:
        if error.errno == errno.ESRCH:
            return refuse_missing(process.pid)
        if host.container and not host.may_trace_all:
            return lack_capability(process, host)
        return Refusal(
            "denied",
            f"the kernel forbids to trace process {process.pid}: {error.strerror}",
            "Ask an administrator which security module or seccomp filter does so.",
        )
    return None


def name_process(pid: int) -> str:
    """A process' short name, `?` where it is gone."""
    try:
        return read_status(pid).get("Name", "?")
    except OSError:
        return "?"
