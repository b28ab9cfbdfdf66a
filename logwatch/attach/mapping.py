"""What a process has mapped into its memory, and where the names in it lie."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from logwatch.attach.elf import ElfError, ElfFile, Symbol

LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ *(.*)")
DELETED = " (deleted)"
LIBRARY = re.compile(r"libpython\d\.\d+[a-z]*\.so")
LIBC = re.compile(r"(libc\.so|libc-2|libpthread|ld-musl|libc\.musl)")
NEEDED = ("Py_AddPendingCall", "PyRun_SimpleString", "Py_IsInitialized")
"""What every method needs of Python; the stable ABI has it. Source: Doc/data/stable_abi.dat"""


class Mapping(NamedTuple):
    """One stretch of a process' memory: addresses, permissions, and the file it shows."""

    start: int
    end: int
    permissions: str
    offset: int
    path: str

    @property
    def name(self) -> str:
        """The file's name without folder."""
        return self.path.removesuffix(DELETED).rpartition("/")[2]


class Module(NamedTuple):
    """One mapped ELF file: where it can be read here, and by how much it was moved."""

    path: str
    machine: str
    readable: Path
    moved: int


def read_mappings(pid: int) -> tuple[Mapping, ...]:
    """All mappings of a process, by address.

    Raises:
        OSError: there is no such process, or it may not be looked into.
    """
    found = []
    for line in Path(f"/proc/{pid}/maps").read_text(errors="surrogateescape").splitlines():
        match = LINE.fullmatch(line)
        if match:
            start, end, permissions, offset, path = match.groups()
            found.append(Mapping(int(start, 16), int(end, 16), permissions, int(offset, 16), path))
    return tuple(found)


def find_python(pid: int, mappings: Iterable[Mapping]) -> Module | None:
    """The libpython or program of a process that holds CPython; None where it exports none."""
    program = Path(f"/proc/{pid}/exe").readlink()
    firsts = [mapping for mapping in mappings if mapping.offset == 0 and mapping.path[:1] == "/"]
    libraries = [mapping for mapping in firsts if LIBRARY.match(mapping.name)]
    programs = [mapping for mapping in firsts if mapping.path == str(program)]
    for mapping in (*libraries, *programs):
        module = open_module(pid, mapping)
        if module and len(find_addresses(module, NEEDED)) == len(NEEDED):
            return module
    return None


def find_libc(pid: int, mappings: Iterable[Mapping], name: str) -> Module | None:
    """The C library that exports `name`."""
    for mapping in mappings:
        if mapping.offset == 0 and LIBC.match(mapping.name):
            module = open_module(pid, mapping)
            if module and find_addresses(module, [name]):
                return module
    return None


def open_module(pid: int, mapping: Mapping) -> Module | None:
    """The ELF file behind a mapping, also in another container or deleted; None if it is none."""
    start, end = f"{mapping.start:x}", f"{mapping.end:x}"
    through_map = Path(f"/proc/{pid}/map_files/{start}-{end}")  # the very inode, needs privileges
    for path in (through_map, Path(f"/proc/{pid}/root{mapping.path}")):
        try:
            with ElfFile(path) as file:
                moved = 0 if file.is_fixed else mapping.start - file.base
                return Module(mapping.path, file.machine, path, moved)
        except (ElfError, OSError):
            continue
    return None


def find_symbols(module: Module, names: Iterable[str]) -> dict[str, Symbol]:
    """Those of `names` that the module exports, at their addresses in the process."""
    try:
        with ElfFile(module.readable) as file:
            found = file.find(names)
    except (ElfError, OSError):
        return {}
    return {
        name: Symbol((symbol.address + module.moved, symbol.size)) for name, symbol in found.items()
    }


def find_addresses(module: Module, names: Iterable[str]) -> dict[str, int]:
    """Those of `names` that the module exports, with their addresses in the process."""
    return {name: symbol.address for name, symbol in find_symbols(module, names).items()}
