"""All that is looked up in a process before a thread of it is stopped."""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from logwatch.attach import ptrace
from logwatch.attach.machines import find_machine
from logwatch.attach.mapping import (
    LIBC,
    NEEDED,
    Mapping,
    Module,
    find_python,
    find_symbols,
    read_mappings,
)
from logwatch.attach.ptrace import Memory
from logwatch.attach.registers import Gadgets, Machine
from logwatch.attach.stop import NotNowError, Stop

NO_PYTHON = "Python has not started yet in this process, or is ending"
QUEUE_FULL = "Python's queue of pending calls is full: its main thread is busy in C"

UNSAFE = ("Py_AddPendingCall", "Py_MakePendingCalls", "_PyEval_MakePendingCalls")
"""Functions that hold the lock which Py_AddPendingCall takes: from 3.12 on it waits for it, so a
thread that stands inside them would wait for itself. Source: Python/ceval_gil.c"""
STACK_WORDS = 64  # 512 bytes hold the return addresses of what such a function calls


class InjectError(Exception):
    """The line could not be handed over; the message is one sentence. The process is unharmed."""

    code = "failed"
    """Of the refusal that it becomes."""


class Site(NamedTuple):
    """All that is looked up in a process before it is stopped."""

    machine: Machine
    module: Module
    mappings: tuple[Mapping, ...]
    gadgets: Gadgets
    names: dict[str, int]
    unsafe: tuple[range, ...]


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


def check_place(site: Site, stop: Stop, general: bytes) -> None:
    """Refuse a thread that may hold the lock which it would wait for, or would not go back right.

    Raises:
        NotNowError: it stands in one of UNSAFE, or in what they call, or in a restartable sequence.
    """
    check_sequence(stop, site.machine.pc(general))
    try:
        stack = stop.memory.read(site.machine.sp(general), 8 * STACK_WORDS)
    except OSError:
        stack = b""
    words = struct.unpack(f"<{len(stack) // 8}Q", stack)
    for place in (site.machine.pc(general), *words):
        if any(place in function for function in site.unsafe):
            raise NotNowError("the thread was queueing or running pending calls")


def check_sequence(stop: Stop, pc: int) -> None:
    """Refuse a thread inside a restartable sequence: it would not be restarted after us.

    Source: Documentation/userspace-api/rseq.rst; struct rseq of include/uapi/linux/rseq.h
    """
    try:
        at = ptrace.read_rseq(stop.tid)
        sequence = stop.memory.read_word(at + 8) if at else 0
        if not sequence:
            return
        start, size = struct.unpack("<QQ", stop.memory.read(sequence + 8, 16))
    except OSError:  # no such request before Linux 5.13, nothing registered
        return
    if start <= pc < start + size:
        raise NotNowError("the thread is in a restartable sequence")
