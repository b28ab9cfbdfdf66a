"""Ask a Python of 3.14 or newer, by its own protocol, to run a file (PEP 768).

`sys.remote_exec` does the same only between two Pythons of one minor version, because the layout of
what is read differs by minor version. So each is written down here, and others are refused.
The interpreter chooses when the file runs: between two instructions of its main thread.
Source: PEP 768; Include/internal/pycore_debug_offsets.h and Python/remote_debug.h of 3.14 and 3.15.
"""

import struct
from typing import NamedTuple

from logwatch.attach.elf import ElfFile
from logwatch.attach.inject import Injection
from logwatch.attach.mapping import Module, find_addresses, find_python, read_mappings
from logwatch.attach.process import Process
from logwatch.attach.ptrace import Memory, run_apart
from logwatch.attach.site import NO_PYTHON, InjectError, open_memory
from logwatch.attach.stop import Stop, StopError

COOKIE = b"xdebugpy"
FIRST_INTERPRETER, MAIN_THREAD = 40, 80
"""Offsets in the table of the offsets of the first interpreter and of its main thread."""
SUPPORT = {(3, 14): 712, (3, 15): 840}
"""Offset in the table of `debugger_support`, by version."""
PLEASE_STOP = 1 << 5
"""_PY_EVAL_PLEASE_STOP_BIT of the eval breaker: look whether there is something to do."""


class Remote(NamedTuple):
    """Where a Python of 3.14 or newer is told to run a file."""

    version: tuple[int, int]
    is_enabled: bool
    breaker: int
    pending: int
    path: int
    path_bytes: int


def inject_remote(process: Process, script: str) -> Injection:
    """Let the main thread run the file `script`, as the process names it.

    Raises:
        InjectError: the version is unknown, it is switched off, or another file is under way.
    """
    memory = open_memory(process.pid)
    try:
        remote = look_at_remote(process.pid, memory)
        if not remote.is_enabled:
            raise InjectError("remote debugging is switched off in this process")
        path = script.encode() + b"\0"
        if len(path) > remote.path_bytes:
            raise InjectError(f"the path {script} is too long")
        stop = Stop(process.pid, memory)
        run_apart(lambda: write_request(stop, remote, path))
        return Injection("remote", stop.taken_s)
    except (OSError, StopError) as error:
        raise InjectError(str(error)) from error
    finally:
        memory.close()


def write_request(stop: Stop, remote: Remote, path: bytes) -> None:
    """The three writes, while the main thread stands still.

    Of the eval breaker one byte is written: the other bytes number a version that must not be set
    back. Another thread that sets a bit of that byte in the few microseconds between our reading
    and writing it could lose it; CPython's own `sys.remote_exec` takes the same risk, unstopped.
    """
    with stop:
        memory = stop.memory
        if struct.unpack("<i", memory.read(remote.pending, 4))[0]:
            raise InjectError("another debugger has just asked this process to run a file")
        memory.write(remote.path, path)
        memory.write(remote.pending, struct.pack("<i", 1))
        events = memory.read(remote.breaker, 1)[0]
        memory.write(remote.breaker, bytes([events | PLEASE_STOP]))


def withdraw_remote(process: Process, script: str) -> bool:
    """Take back a request that has not been met: the file will be gone, which would be printed.

    Gives whether there was one. Where the process is gone or cannot be stopped nothing is done.
    """
    try:
        memory = open_memory(process.pid)
    except InjectError:
        return False
    try:
        remote = look_at_remote(process.pid, memory)
        stop = Stop(process.pid, memory)
        return run_apart(lambda: erase_request(stop, remote, script.encode() + b"\0"))
    except (OSError, StopError, InjectError):
        return False
    finally:
        memory.close()


def erase_request(stop: Stop, remote: Remote, path: bytes) -> bool:
    """Clear the flag while the main thread stands still, if the file is ours."""
    with stop:
        memory = stop.memory
        is_pending = struct.unpack("<i", memory.read(remote.pending, 4))[0] == 1
        is_ours = is_pending and memory.read(remote.path, len(path)) == path
        if is_ours:
            memory.write(remote.pending, struct.pack("<i", 0))
        return is_ours


def look_at_remote(pid: int, memory: Memory) -> Remote:
    """Read the table of offsets and what it leads to; nothing is stopped or written.

    Raises:
        InjectError: there is no such table, its version is unknown, or Python has not started.
        OSError: the memory cannot be read.
    """
    return read_remote(find_runtime(pid), memory)


def find_runtime(pid: int) -> int:
    """Address of `_PyRuntime` in a process.

    Raises:
        InjectError: there is none.
    """
    module = find_python(pid, read_mappings(pid))
    address = None
    if module is not None:
        address = find_addresses(module, ["_PyRuntime"]).get("_PyRuntime") or find_section(module)
    if address is None:
        raise InjectError(f"process {pid} has no _PyRuntime")
    return address


def find_section(module: Module) -> int | None:
    """Address of the section that holds it where the name is not exported."""
    with ElfFile(module.readable) as file:
        address = file.find_section(".PyRuntime")
    return None if address is None else address + module.moved


def read_remote(runtime: int, memory: Memory) -> Remote:
    """The same of the table at an address."""
    if memory.read(runtime, len(COOKIE)) != COOKIE:
        raise InjectError("this Python is older than 3.13: it has no table of offsets")
    number = memory.read_word(runtime + 8)
    version = (number >> 24 & 0xFF, number >> 16 & 0xFF)
    if version not in SUPPORT:
        raise InjectError(f"Python {version[0]}.{version[1]} has no remote debugging that we know")
    interpreter = memory.read_word(runtime + memory.read_word(runtime + FIRST_INTERPRETER))
    thread = interpreter and memory.read_word(interpreter + memory.read_word(runtime + MAIN_THREAD))
    if not thread:
        raise InjectError(NO_PYTHON)
    table = memory.read(runtime + SUPPORT[version], 48)
    breaker, support, enabled, pending, path, path_bytes = struct.unpack("<6Q", table)
    return Remote(
        version=version,
        is_enabled=struct.unpack("<i", memory.read(interpreter + enabled, 4))[0] == 1,
        breaker=thread + breaker,
        pending=thread + support + pending,
        path=thread + support + path,
        path_bytes=path_bytes,
    )
