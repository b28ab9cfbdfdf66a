"""The ways into a process, and the order in which they are tried."""

from collections.abc import Iterator

from logwatch.attach.inject import InjectError, Injection, inject_call
from logwatch.attach.process import Process

METHODS = ("auto", "remote", "ptrace", "thread", "gdb")


def inject(process: Process, bootstrap: str, method: str, script: str = "") -> Injection:
    """Hand one line of Python to a process, by one method.

    `script` is the same as a file that the process can read; `remote` needs it.

    Raises:
        InjectError: it could not be handed over.
    """
    if method == "ptrace":
        return inject_call(process, bootstrap)
    raise InjectError(f"there is no method {method}")


def order_methods(process: Process, method: str) -> Iterator[str]:
    """The methods to try, one after another."""
    yield "ptrace" if method == "auto" else method
