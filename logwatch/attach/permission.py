"""What the kernel would say to a debugger, found before anything is stopped.

Sources: ptrace(2), "Ptrace access mode checking"; proc(5); capabilities(7);
Documentation/admin-guide/LSM/Yama.rst
"""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from logwatch.attach import ptrace
from logwatch.attach.process import Process, read_status
from logwatch.attach.refusal import Refusal, refuse_missing

CAP_SYS_PTRACE = 19
YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")

LIFT_YAMA = {
    1: "Use `logwatch.probe` in its code, or run logwatch with CAP_SYS_PTRACE (sudo), or ask an "
    "administrator for sysctl kernel.yama.ptrace_scope=0, which weakens the machine's defence.",
    2: "Use `logwatch.probe` in its code, or run logwatch with CAP_SYS_PTRACE (sudo).",
    3: "Use `logwatch.probe` in its code: this setting cannot be changed until the next reboot.",
}


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
