"""Names are found at the addresses at which the dynamic linker finds them."""

import ctypes
import os
import struct
import sys
from pathlib import Path

import pytest

from logwatch.attach.elf import ElfError, ElfFile, hash_gnu, hash_system_v
from logwatch.attach.mapping import find_addresses, find_libc, find_python, read_mappings

PYTHON_NAMES = ("Py_AddPendingCall", "PyRun_SimpleString", "Py_IsInitialized", "_PyRuntime")


def address_here(name):
    """Where this process has a name of Python."""
    return ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value


def build_elf(names):
    """A smallest ELF file that exports names through DT_HASH; the n-th lies at 0x1000 + n."""
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in names)
    symbols, at = bytes(24), 1
    for number, name in enumerate(names):
        symbols += struct.pack("<IBBHQQ", at, 18, 0, 1, 0x1000 + number, 5)
        at += len(name) + 1
    table = struct.pack("<III", 1, len(names) + 1, len(names))
    table += struct.pack(f"<{len(names) + 1}I", 0, *range(len(names)))  # last to first, then 0
    offset = 64 + 2 * 56
    places = {}
    body = b""
    for tag, part in ((5, strings), (6, symbols), (4, table)):
        places[tag] = offset + len(body)
        body += part
    dynamic = b"".join(struct.pack("<QQ", tag, place) for tag, place in places.items()) + bytes(16)
    dynamic_at = offset + len(body)
    size = dynamic_at + len(dynamic)
    head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    head += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, size, size, 4096)
    more = struct.pack(
        "<IIQQQQQQ", 2, 4, dynamic_at, dynamic_at, dynamic_at, len(dynamic), len(dynamic), 8
    )
    return head + load + more + body + dynamic


def test_names_of_python_lie_where_this_process_has_them():
    """The addresses computed from file and memory map are those that ctypes knows."""
    module = find_python(os.getpid(), read_mappings(os.getpid()))

    assert module is not None
    found = find_addresses(module, PYTHON_NAMES)
    assert {name: address_here(name) for name in PYTHON_NAMES} == found


def test_names_of_the_c_library():
    """The same for malloc's library."""
    module = find_libc(os.getpid(), read_mappings(os.getpid()), "getpid")
    here = ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p).value

    assert module is not None
    assert {"getpid": here} == find_addresses(module, ["getpid", "no_such_name"])


def test_the_old_hash_table(tmp_path):
    """A file that has only DT_HASH is read too."""
    path = tmp_path / "old.so"
    path.write_bytes(build_elf(["one", "two", "three"]))

    with ElfFile(path) as file:
        found = file.find(["one", "three", "four"])

    assert {"one": (0x1000, 5), "three": (0x1002, 5)} == found
    assert "x86_64" == file.machine


def test_hashes_are_those_of_the_specifications():
    """Known values of both hash functions."""
    assert 0x156B2BB8 == hash_gnu(b"printf")
    assert 0x077905A6 == hash_system_v(b"printf")


@pytest.mark.parametrize(
    "content", [b"", b"#!/bin/sh\n", b"\x7fELF", b"\x7fELF\x01\x01".ljust(64, b"\0")]
)
def test_other_files_are_refused(tmp_path, content):
    """What is no 64-bit ELF file is named in one sentence."""
    path = tmp_path / "file"
    path.write_bytes(content)

    with pytest.raises(ElfError, match=r"file is (empty|no 64-bit ELF file)"):
        ElfFile(path)


def test_a_damaged_file_exports_nothing(tmp_path):
    """A table that points out of the file gives no names, and nothing fails."""
    whole = build_elf(["one"])
    place = whole.rindex(struct.pack("<Q", 4)) + 8  # where the hash table is said to lie
    path = tmp_path / "damaged.so"
    path.write_bytes(whole[:place] + b"\xff" * 8 + whole[place + 8 :])

    with ElfFile(path) as file:
        assert {} == file.find(["one"])


def test_sections_are_found_by_name():
    """`.text` of this Python lies in its memory; a name that it does not have is None."""
    with ElfFile(Path(sys.executable).resolve()) as file:
        assert file.find_section(".text")
        assert file.find_section(".no-such-section") is None
