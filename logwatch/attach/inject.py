"""Let the main thread of a Python process run a line of Python, without gdb and with a short stop.

The stopped thread does three small things: one mmap of a page (none where an earlier page of ours
is free), Py_IsInitialized, Py_AddPendingCall. None takes the GIL or allocates. Python itself runs
the line between two of its instructions, as it runs its signal handlers.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from logwatch.attach.page import CODE, QUEUE_CODE, TEXT, free_page, take_page
from logwatch.attach.process import Process
from logwatch.attach.ptrace import run_apart
from logwatch.attach.registers import NOT_STARTED
from logwatch.attach.site import (
    NO_PYTHON,
    QUEUE_FULL,
    InjectError,
    Site,
    check_place,
    open_memory,
    survey,
)
from logwatch.attach.stop import NotNowError, Stop, StopError

TRY_S = 2.0
PAUSE_BETWEEN_S = 0.01
"""A thread stands where it must not be used for microseconds; two seconds of tries are many. On a
loaded machine a thread that waits for its turn does not stop before it comes."""


class Injection(NamedTuple):
    """How a line was handed over: method, seconds that a thread stood still, and what to know."""

    method: str
    pause_s: float
    note: str = ""
    page: int = 0
    """Address of the page that holds the line, 0 for none."""


Act = Callable[[Site, Stop], int]
"""What is done with a stopped thread; gives the address of the page that it took."""


def inject_call(process: Process, line: str) -> Injection:
    """Let the main thread run `line` as soon as it is between two instructions of Python.

    Raises:
        InjectError: it could not be handed over.
    """
    return in_stop(process, process.pid, lambda site, stop: call_later(site, stop, line))


def call_later(site: Site, stop: Stop, line: str) -> int:
    """In the stopped thread: lay the line into a page and queue a pending call of it."""
    page, is_code = take_page(site, stop, line)
    result = queue_by_code(site, stop, page) if is_code else queue(site, stop, page)
    if result != 0:
        free_page(stop.memory, page)
        raise InjectError(NO_PYTHON if result == NOT_STARTED else QUEUE_FULL)
    return page


def queue_by_code(site: Site, stop: Stop, page: int) -> int:
    """Ask and queue in one call, by code in the page. What is queued can never fail."""
    run, text = page + CODE, page + TEXT
    code = site.machine.run_text(site.names["PyRun_SimpleString"])
    queue_code = site.machine.queue_text(site.names, run, text)
    stop.memory.write(run, code.ljust(QUEUE_CODE - CODE, b"\0") + queue_code)
    return stop.call(page + QUEUE_CODE)


def queue(site: Site, stop: Stop, page: int) -> int:
    """The same where the process may map no code: two calls."""
    if stop.call(site.names["Py_IsInitialized"]) == 0:
        return NOT_STARTED
    run = site.names["PyRun_SimpleString"]
    return stop.call(site.names["Py_AddPendingCall"], run, page + TEXT)


def in_stop(
    process: Process, tid: int, act: Act, method: str = "ptrace", extra: Sequence[str] = ()
) -> Injection:
    """Stop thread `tid` where it is safe, let it `act`, put it back.

    Raises:
        InjectError: it never stood where it is safe in TRY_S, or could not be used.
    """
    memory = open_memory(process.pid)
    try:
        site = survey(process.pid, memory, extra)
        pause_s, reason, until = 0.0, "", time.monotonic() + TRY_S
        while time.monotonic() < until:
            stop = Stop(tid, memory)
            try:
                page = run_apart(lambda stop=stop: act_in(site, stop, act))  # type: ignore[misc]
                return Injection(method, pause_s + stop.taken_s, page=page)
            except NotNowError as error:
                reason = str(error)
            pause_s += stop.taken_s
            time.sleep(PAUSE_BETWEEN_S)
        raise InjectError(f"the process could not be used for {TRY_S:.0f} s: {reason}")
    except (StopError, OSError) as error:
        raise InjectError(str(error)) from error
    finally:
        memory.close()


def act_in(site: Site, stop: Stop, act: Act) -> int:
    """The whole stop: save, look where the thread stands, act, restore."""
    with stop:
        state = stop.save(site.machine, site.gadgets)
        check_place(site, stop, state.general)
        return act(site, stop)
