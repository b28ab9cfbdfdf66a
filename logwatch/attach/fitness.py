"""What in a process itself keeps us out: the state it is in, and what runs in it."""

from logwatch.attach.machines import find_machine
from logwatch.attach.process import Process, read_status
from logwatch.attach.refusal import Refusal

OLDEST = (3, 8)
"""The guest is written for it; older ones end their lives, and torch 2 needs 3.8."""


def find_state(process: Process, own_pid: int) -> Refusal | None:
    """What the process itself is in: it is we, it is over, stopped, or held by a debugger."""
    pid = process.pid
    if pid == own_pid:
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


def name_process(pid: int) -> str:
    """A process' short name, `?` where it is gone."""
    try:
        return read_status(pid).get("Name", "?")
    except OSError:
        return "?"
