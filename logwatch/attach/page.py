"""The page of memory in another process that holds the line to run and the code that runs it."""

import struct
from collections.abc import Sequence

from logwatch.attach.mapping import Mapping
from logwatch.attach.ptrace import Memory
from logwatch.attach.registers import PAGE
from logwatch.attach.site import InjectError, Site
from logwatch.attach.stop import Stop

READ, EXECUTE, PRIVATE_ANONYMOUS = 1, 4, 0x22
PROTECTIONS = (READ | EXECUTE, READ)
"""Of our page, tried in this order: security modules may forbid to map code."""
MARK = b"logwatch"
FREE, BUSY = 0, 1
CODE, QUEUE_CODE, THREAD_CODE, TEXT = 16, 80, 256, 512
"""A page of ours: mark and state (8 bytes each), code of a pending call, code that queues it, code
of a thread, text."""


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
