"""Let the main thread of a Python process run a line of Python, without gdb and with a short stop.

The stopped thread does three small things: one mmap of a page (none where an earlier page of ours
is free), Py_IsInitialized, Py_AddPendingCall. None takes the GIL or allocates. Python itself runs
the line between two of its instructions, as it runs its signal handlers.
"""

import struct
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from logwatch.attach.mapping import (
    LIBC,
    NEEDED,
    Mapping,
    Module,
    find_python,
    find_symbols,
    read_mappings,
)
from logwatch.attach.process import Process
from logwatch.attach.ptrace import Memory, run_apart
from logwatch.attach.registers import NOT_STARTED, PAGE, Gadgets, Machine, find_machine
from logwatch.attach.stop import NotNowError, Stop, StopError

TRY_S = 2.0
PAUSE_BETWEEN_S = 0.01
"""A thread stands where it must not be used for microseconds; two seconds of tries are many. On a
loaded machine a thread that waits for its turn does not stop before it comes."""

READ, EXECUTE, PRIVATE_ANONYMOUS = 1, 4, 0x22
PROTECTIONS = (READ | EXECUTE, READ)
"""Of our page, tried in this order: security modules may forbid to map code."""
MARK = b"logwatch"
FREE, BUSY = 0, 1
CODE, QUEUE_CODE, THREAD_CODE, TEXT = 16, 80, 256, 512
"""A page of ours: mark and state (8 bytes each), code of a pending call, code that queues it, code
of a thread, text."""

UNSAFE = ("Py_AddPendingCall", "Py_MakePendingCalls", "_PyEval_MakePendingCalls")
"""Functions that hold the lock which Py_AddPendingCall takes: from 3.12 on it waits for it, so a
thread that stands inside them would wait for itself. Source: Python/ceval_gil.c"""
STACK_WORDS = 64  # 512 bytes hold the return addresses of what such a function calls


class InjectError(Exception):
    """The line could not be handed over; the message is one sentence. The process is unharmed."""

    code = "failed"
    """Of the refusal that it becomes."""


class Injection(NamedTuple):
    """How a line was handed over: method, seconds that a thread stood still, and what to know."""

    method: str
    pause_s: float
    note: str = ""
    page: int = 0
    """Address of the page that holds the line, 0 for none."""


class Site(NamedTuple):
    """All that is looked up in a process before it is stopped."""

    machine: Machine
    module: Module
    mappings: tuple[Mapping, ...]
    gadgets: Gadgets
    names: dict[str, int]
    unsafe: tuple[range, ...]


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
        raise InjectError(
            "Python has not started yet in this process, or is ending"
            if result == NOT_STARTED
            else "Python's queue of pending calls is full: its main thread is busy in C"
        )
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
    process: Process, tid: int, act: "Act", method: str = "ptrace", extra: Sequence[str] = ()
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


def act_in(site: Site, stop: Stop, act: "Act") -> int:
    """The whole stop: save, look where the thread stands, act, restore."""
    with stop:
        state = stop.save(site.machine, site.gadgets)
        check_place(site, stop.memory, state.general)
        return act(site, stop)


Act = Callable[[Site, Stop], int]
"""What is done with a stopped thread; gives the address of the page that it took."""


def open_memory(pid: int) -> Memory:
    """The memory of a process.

    Raises:
        InjectError: it may not be opened.
    """
    try:
        return Memory(pid)
    except OSError as error:
        raise InjectError(f"the memory of process {pid} cannot be opened: {error}") from error


def survey(pid: int, memory: Memory, extra: Sequence[str] = ()) -> Site:
    """Look up all that a stop needs, while the process runs.

    Raises:
        InjectError: it is no CPython, or not for a processor that we know.
    """
    mappings = read_mappings(pid)
    module = find_python(pid, mappings)
    if module is None:
        raise InjectError(f"process {pid} is no CPython that exports its names")
    machine = find_machine(module.machine)
    if machine is None:
        raise InjectError(f"there is no injector for processors of kind {module.machine}")
    symbols = find_symbols(module, (*NEEDED, *UNSAFE, *extra))
    names = {name: symbol.address for name, symbol in symbols.items()}
    unsafe = tuple(
        range(symbol.address, symbol.address + max(symbol.size, 1))
        for name, symbol in symbols.items()
        if name in UNSAFE
    )
    gadgets = find_gadgets(machine, mappings, memory)
    return Site(machine, module, mappings, gadgets, names, unsafe)


def find_gadgets(machine: Machine, mappings: Sequence[Mapping], memory: Memory) -> Gadgets:
    """Where the process has the few instructions that we need.

    Raises:
        InjectError: it has not all of them.
    """
    found: dict[str, int] = {}
    for mapping in sorted(mappings, key=lambda mapping: not LIBC.match(mapping.name)):
        if "x" not in mapping.permissions or mapping.path == "[vsyscall]":
            continue
        try:
            code = memory.read(mapping.start, mapping.end - mapping.start)
        except OSError:
            continue
        for name, patterns in machine.patterns.items():
            places = (find_code(code, pattern, machine.alignment) for pattern in patterns)
            place = next((place for place in places if place is not None), None)
            if name not in found and place is not None:
                found[name] = mapping.start + place
        if len(found) == len(machine.patterns):
            return Gadgets(**{"keep_result": 0, **found})
    raise InjectError("the process lacks code of a C library that leads a stopped thread back")


def find_code(code: bytes, pattern: bytes, alignment: int) -> int | None:
    """Offset of the first such instructions in `code`."""
    place = code.find(pattern)
    while place % alignment and place >= 0:
        place = code.find(pattern, place + 1)
    return place if place >= 0 else None


def check_place(site: Site, memory: Memory, general: bytes) -> None:
    """Refuse a thread that may hold the lock which it would wait for.

    Raises:
        NotNowError: it stands in one of UNSAFE, or in what they call.
    """
    sp = site.machine.sp(general)
    try:
        words = struct.unpack(f"<{STACK_WORDS}Q", memory.read(sp, 8 * STACK_WORDS))
    except OSError:
        words = ()
    for place in (site.machine.pc(general), *words):
        if any(place in function for function in site.unsafe):
            raise NotNowError("the thread was queueing or running pending calls")


def take_page(site: Site, stop: Stop, line: str) -> tuple[int, bool]:
    """A page that holds `line`, in the stopped process, and whether it may hold code.

    Raises:
        InjectError: the process may map no more memory.
    """
    text = line.encode() + b"\0"
    size = -(-(TEXT + len(text)) // PAGE) * PAGE
    page, is_code = find_free_page(site.mappings, stop.memory) if size == PAGE else (0, False)
    if not page:
        page, is_code = map_page(site, stop, size)
    stop.memory.write(page, MARK + struct.pack("<Q", BUSY))
    stop.memory.write(page + TEXT, text)
    return page, is_code


def map_page(site: Site, stop: Stop, size: int) -> tuple[int, bool]:
    """New memory that the process may read and run, or only read where it may map no code."""
    for protection in PROTECTIONS:
        number = site.machine.map_number
        page = stop.system_call(number, 0, size, protection, PRIVATE_ANONYMOUS, -1, 0)
        if page > 0:
            return page, bool(protection & EXECUTE)
    raise InjectError(f"the process may map no more memory (error {-page})")


def find_free_page(mappings: Sequence[Mapping], memory: Memory) -> tuple[int, bool]:
    """A page that an earlier attach left, and whether it may hold code; address 0 for none."""
    for mapping in mappings:
        is_ours = mapping.path == "" and mapping.permissions in {"r-xp", "r--p"}
        if not is_ours or mapping.end - mapping.start != PAGE:
            continue
        try:
            head = memory.read(mapping.start, len(MARK) + 8)
        except OSError:
            continue
        if head == MARK + struct.pack("<Q", FREE):
            return mapping.start, "x" in mapping.permissions
    return 0, False


def free_page(memory: Memory, page: int) -> None:
    """Leave a page to the next attach: its line has begun to run, or never will."""
    if memory.read(page, len(MARK)) == MARK:
        memory.write(page + len(MARK), struct.pack("<Q", FREE))
