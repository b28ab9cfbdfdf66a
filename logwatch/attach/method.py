"""The ways into a process, and the order in which they are tried."""

from logwatch.attach.fitness import find_unfit_processor, version_of
from logwatch.attach.gdb import find_gdb, inject_gdb
from logwatch.attach.inject import Injection, inject_call
from logwatch.attach.machines import find_machine
from logwatch.attach.process import Process
from logwatch.attach.refusal import Refusal
from logwatch.attach.remote import SUPPORT, inject_remote, look_at_remote
from logwatch.attach.site import InjectError, open_memory
from logwatch.attach.thread import inject_thread

METHODS = ("auto", "remote", "ptrace", "thread", "gdb")
"""`remote`: Python's own protocol (3.14). `ptrace`: a pending call of the main thread. `thread`: a
new thread, where the main one is parked. `gdb`: a pending call through gdb."""

FIRST_REMOTE = (3, 14)


def inject(
    process: Process,
    bootstrap: str,
    method: str,
    script: str = "",
    before: dict[int, str] | None = None,
) -> Injection:
    """Hand one line of Python to a process, by one method.

    Args:
        process: the process, which nothing forbids to attach to.
        bootstrap: the line, ASCII without `"`, backslash and `%`; it must raise nothing.
        method: one of METHODS but `auto`.
        script: the same as a file, as the process names it; `remote` needs it.
        before: where its threads stood PROOF_S ago, for `thread`; None to look and wait.

    Raises:
        InjectError: it could not be handed over.
    """
    if method == "remote":
        return inject_remote(process, script)
    if method == "thread":
        done = inject_thread(process, bootstrap, before)
    elif method in {"ptrace", "gdb"}:
        done = (inject_call if method == "ptrace" else inject_gdb)(process, bootstrap)
    else:
        raise InjectError(f"there is no method {method}")
    return done._replace(note=". ".join(filter(None, (done.note, warn_of_untried(process)))))


def choose_method(process: Process, method: str) -> str:
    """The one to begin with: what was asked for, else the first that fits the process."""
    if method != "auto":
        return method
    if version_of(process)[:2] in SUPPORT:
        return "remote"
    if find_unfit_processor(process) is None:
        return "ptrace"
    return "gdb"


def find_unfit_method(process: Process, method: str) -> Refusal | None:
    """What keeps this method, or the one that `auto` would choose, from a process.

    A Python whose remote debugging is switched off is not entered by another way of our choice.
    """
    chosen = choose_method(process, method)
    if chosen == "remote" or (method == "auto" and version_of(process)[:2] >= FIRST_REMOTE):
        return find_unfit_remote(process, method)
    if chosen == "gdb":
        return find_missing_gdb(process, method)
    return find_unfit_processor(process)


def find_unfit_remote(process: Process, method: str) -> Refusal | None:
    """Remote debugging that is switched off, or, where it was asked for, of an unknown version."""
    try:
        memory = open_memory(process.pid)
        try:
            is_enabled = look_at_remote(process.pid, memory).is_enabled
        finally:
            memory.close()
    except (InjectError, OSError) as error:
        if method == "auto":
            return None
        return Refusal("no-remote", str(error), "Leave out --method, or use --method ptrace.")
    if is_enabled:
        return None
    return Refusal(
        "remote-off",
        f"remote debugging is switched off in process {process.pid} "
        "(PYTHON_DISABLE_REMOTE_DEBUG, -X disable-remote-debug, or how Python was built)",
        "Start it without that, or, if you are the one who decides, use --method ptrace.",
    )


def find_missing_gdb(process: Process, method: str) -> Refusal | None:
    """No gdb where nothing else is left; what our own injector lacks is said where it would do."""
    if find_gdb() is not None:
        return None
    if method == "auto":
        return find_unfit_processor(process)
    return Refusal(
        "no-gdb", "there is no gdb on this machine", "Install gdb, or leave out --method."
    )


def warn_of_untried(process: Process) -> str:
    """One sentence where our own injector never ran on such a processor."""
    machine = find_machine(process.machine)
    if machine is None or machine.tried:
        return ""
    return f"the injector for {machine.name} has never run on such a processor"
