"""The same pending call through gdb, for processors that our own injector does not know.

gdb reads no symbols: all addresses are given to it, because most of the time that it keeps a
process stopped goes into reading them. Even so that takes some hundred times as long as ours.
"""

import re
import shutil
import signal
import subprocess
import time

from logwatch.attach.inject import Injection
from logwatch.attach.mapping import NEEDED, find_addresses, find_libc, find_python, read_mappings
from logwatch.attach.page import PRIVATE_ANONYMOUS, READ
from logwatch.attach.process import Process
from logwatch.attach.registers import NOT_STARTED, PAGE
from logwatch.attach.site import NO_PYTHON, QUEUE_FULL, InjectError

LIMIT_S = 30.0
"""The longest that memray's attach through gdb took was 1.6 s, debugpy's 6 s; on a loaded machine
reading the files takes longer. Source: attach figures in benchmarks/README.md"""
WRITE = 2
RESULT = re.compile(r"^logwatch (-?\d+)$", re.MULTILINE)
REGISTERS_REFUSED = "Couldn't write extended state status"
"""What gdb prints where the processor keeps more state than it knows.
Source: gdb/x86-linux-nat.c (`store_registers`); gdb 13.1 on processors with AMX."""
UNSAFE = re.compile(r'["\\%]')


def find_gdb() -> str | None:
    """Where gdb lies; None where there is none."""
    return shutil.which("gdb")


def inject_gdb(process: Process, line: str) -> Injection:
    """Let the main thread run `line`, as `inject.inject_call` does.

    `pause_s` is all the time that gdb ran: it does not tell how long the process stood.

    Raises:
        InjectError: there is no gdb, or it failed.
    """
    program = find_gdb()
    if program is None:
        raise InjectError("there is no gdb on this machine")
    if UNSAFE.search(line) or not line.isascii():
        raise InjectError("this line cannot be given to gdb")
    command = write_command(program, process.pid, find_functions(process.pid), line)
    begun = time.monotonic()
    output = run(command)
    found = RESULT.search(output)
    if found is None:
        raise InjectError(f"gdb failed: {explain(output)}")
    if int(found[1]) != 0:
        raise InjectError(NO_PYTHON if int(found[1]) == NOT_STARTED else QUEUE_FULL)
    return Injection("gdb", time.monotonic() - begun, "gdb stops all threads of the process")


def find_functions(pid: int) -> dict[str, int]:
    """Addresses of all that gdb is to call.

    Raises:
        InjectError: the process does not export them.
    """
    mappings = read_mappings(pid)
    python, libc = find_python(pid, mappings), find_libc(pid, mappings, "mmap")
    if python is None or libc is None:
        raise InjectError(f"process {pid} is no CPython with a C library that exports its names")
    return find_addresses(python, NEEDED) | find_addresses(libc, ["mmap"])


def write_command(program: str, pid: int, functions: dict[str, int], line: str) -> list[str]:
    """The words that start gdb."""
    size = -(-(len(line) + 1) // PAGE) * PAGE
    map_page = "void *(*)(void *, unsigned long, int, int, int, long)"
    queue = "int (*)(void *, void *)"
    steps = [
        "set unwindonsignal on",
        "set language c",
        f"set $page = (({map_page}) {functions['mmap']:#x})"
        f"(0, {size}, {READ | WRITE}, {PRIVATE_ANONYMOUS}, -1, 0)",
        f'set *(char (*)[{len(line) + 1}]) $page = "{line}"',
        f"set $result = ((int (*)(void)) {functions['Py_IsInitialized']:#x})() == 0 "
        f"? {NOT_STARTED} : (({queue}) {functions['Py_AddPendingCall']:#x})"
        f"((void *) {functions['PyRun_SimpleString']:#x}, $page)",
        'printf "logwatch %d\\n", $result',
        "detach",
    ]
    quick = ["set auto-solib-add off", "set debuginfod enabled off", "set pagination off"]
    words = [program, "-nx", "-batch"]
    for step in quick:
        words += ["-iex", step]
    words += ["-p", str(pid)]
    for step in steps:
        words += ["-ex", step]
    return words


def run(command: list[str]) -> str:
    """What gdb prints.

    Raises:
        InjectError: it takes longer than LIMIT_S. It is asked to end, so that it restores.
    """
    gdb = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a Ctrl-C at our terminal must not reach it half-way
        text=True,
        errors="replace",
    )
    try:
        return gdb.communicate(timeout=LIMIT_S)[0]
    except subprocess.TimeoutExpired as error:
        gdb.send_signal(signal.SIGTERM)
        gdb.communicate()
        raise InjectError(f"gdb took longer than {LIMIT_S:.0f} s") from error


def explain(output: str) -> str:
    """Why gdb failed: its own complaint, else the last line that it printed."""
    if REGISTERS_REFUSED in output:
        return "this gdb is too old for this processor: it cannot write its registers"
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "it printed nothing"
