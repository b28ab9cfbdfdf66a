"""All checks before a process is attached to, in their order. None stops or changes anything."""

from logwatch.attach.fitness import find_state, find_unfit, find_wait
from logwatch.attach.method import find_unfit_method
from logwatch.attach.permission import Host, find_denied, find_permission, read_host
from logwatch.attach.process import Process
from logwatch.attach.refusal import Refusal


def find_refusal(process: Process, method: str, host: Host | None = None) -> Refusal | None:
    """The first thing that forbids to attach by `method`; None where nothing is known to.

    Nothing is stopped or changed for it.
    """
    host = host or read_host()
    return (
        find_state(process, host.pid)
        or find_permission(process, host)
        or find_wait(process)
        or find_unfit(process)
        or find_unfit_method(process, method)
        or find_denied(process, host)
    )
