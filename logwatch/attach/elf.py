"""Where a program's exported names lie: the dynamic symbols of a mapped ELF file.

Names are looked up by the file's own hash table, as the dynamic linker does, so that the size of
the symbol table does not matter. Source: System V ABI, chapter 5 (dynamic section, DT_HASH);
https://flapenguin.me/elf-dt-gnu-hash (DT_GNU_HASH); glibc elf/dl-lookup.c
"""

import mmap
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

MAGIC = b"\x7fELF"
CLASS_64, LITTLE_ENDIAN = 2, 1
LOAD, DYNAMIC = 1, 2
FIXED_ADDRESS = 2  # ET_EXEC: symbols are absolute
HASH, STRINGS, SYMBOLS, GNU_HASH = 4, 5, 6, 0x6FFFFEF5
SYMBOL = struct.Struct("<IBBHQQ")
SECTION = struct.Struct("<IIQQQQIIQQ")
MACHINES = {62: "x86_64", 183: "aarch64"}


class ElfError(Exception):
    """The file is no 64-bit little-endian ELF file, or is cut off; the message is one sentence."""


class Symbol(tuple[int, int]):
    """Address (of the file, before it is loaded) and size in bytes of one name."""

    __slots__ = ()

    @property
    def address(self) -> int:
        """Where it lies."""
        return self[0]

    @property
    def size(self) -> int:
        """Bytes, 0 where the file does not say."""
        return self[1]


class ElfFile:
    """One ELF file, open for reading."""

    def __init__(self, path: Path) -> None:
        """Open `path`.

        Raises:
            ElfError: it is no ELF file of 64 bits.
            OSError: it cannot be read.
        """
        with path.open("rb") as file:
            try:
                self._bytes = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
            except ValueError as error:
                raise ElfError(f"{path} is empty") from error
        try:
            self._read_headers(path)
        except (struct.error, IndexError, ElfError) as error:
            self.close()
            raise ElfError(f"{path} is no 64-bit ELF file") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._bytes.close()

    def find(self, names: Iterable[str]) -> dict[str, Symbol]:
        """Those of `names` that the file exports, with address and size."""
        found = {}
        for name in names:
            symbol = self._find_one(name.encode())
            if symbol is not None:
                found[name] = symbol
        return found

    def find_section(self, wanted: str) -> int | None:
        """Address of the section of that name; None where the file has none, or was stripped."""
        try:
            sections = list(self._sections())
            names = sections[self._names_index][4]
            for section in sections:
                if self._text(names + section[0]) == wanted.encode():
                    return int(section[3])
        except (IndexError, struct.error):
            return None
        return None

    def _read_headers(self, path: Path) -> None:
        head = self._bytes
        if head[:4] != MAGIC or head[4] != CLASS_64 or head[5] != LITTLE_ENDIAN:
            raise ElfError(f"{path} is no 64-bit ELF file")
        kind, machine = struct.unpack_from("<HH", head, 16)
        self.machine = MACHINES.get(machine, str(machine))
        self.is_fixed = kind == FIXED_ADDRESS
        programs, self._sections_at = struct.unpack_from("<QQ", head, 32)
        size, count, self._section_size, self._section_count, self._names_index = (
            struct.unpack_from("<HHHHH", head, 54)
        )
        self._loads: list[tuple[int, int, int]] = []  # address, offset, bytes in the file
        self._dynamic: dict[int, int] = {}
        dynamic = (0, 0)
        for index in range(count):
            part, _, offset, address, _, in_file = struct.unpack_from(
                "<IIQQQQ", head, programs + index * size
            )
            if part == LOAD:
                self._loads.append((address, offset, in_file))
            elif part == DYNAMIC:
                dynamic = (offset, in_file)
        self._read_dynamic(*dynamic)

    def _read_dynamic(self, offset: int, size: int) -> None:
        for at in range(offset, offset + size, 16):
            tag, value = struct.unpack_from("<QQ", self._bytes, at)
            if tag == 0:
                return
            self._dynamic[tag] = value

    @property
    def base(self) -> int:
        """Address at which the file's first byte would lie before it is moved."""
        address, offset, _ = min(self._loads, default=(0, 0, 0))
        return address - offset

    def _sections(self) -> Iterator[tuple[int, ...]]:
        for index in range(self._section_count):
            at = self._sections_at + index * self._section_size
            yield SECTION.unpack_from(self._bytes, at)

    def _at(self, address: int) -> int:
        """Offset in the file of what lies at `address`."""
        for start, offset, size in self._loads:
            if start <= address < start + size:
                return address - start + offset
        raise ElfError(f"no byte of the file lies at {address:#x}")

    def _text(self, offset: int) -> bytes:
        return self._bytes[offset : self._bytes.find(b"\0", offset)]

    def _find_one(self, name: bytes) -> Symbol | None:
        try:
            strings = self._at(self._dynamic[STRINGS])
            symbols = self._at(self._dynamic[SYMBOLS])
            for index in self._candidates(name):
                at, _, _, section, address, size = SYMBOL.unpack_from(
                    self._bytes, symbols + index * SYMBOL.size
                )
                if section and address and self._text(strings + at) == name:
                    return Symbol((address, size))
        except (KeyError, struct.error, ElfError):
            return None
        return None

    def _candidates(self, name: bytes) -> Iterator[int]:
        """Indices of the symbols whose hash is that of `name`."""
        if GNU_HASH in self._dynamic:
            return self._by_gnu_hash(name)
        return self._by_hash(name)

    def _by_gnu_hash(self, name: bytes) -> Iterator[int]:
        table = self._at(self._dynamic[GNU_HASH])
        buckets, first, bloom, _ = struct.unpack_from("<IIII", self._bytes, table)
        chains = table + 16 + 8 * bloom + 4 * buckets
        wanted = hash_gnu(name)
        index = self._word(chains - 4 * buckets + 4 * (wanted % buckets))
        while index >= first:
            value = self._word(chains + 4 * (index - first))
            if value | 1 == wanted | 1:
                yield index
            if value & 1:
                return
            index += 1

    def _by_hash(self, name: bytes) -> Iterator[int]:
        table = self._at(self._dynamic[HASH])
        buckets, count = struct.unpack_from("<II", self._bytes, table)
        index = self._word(table + 8 + 4 * (hash_system_v(name) % buckets))
        for _ in range(count):  # a chain that bites its own tail must end
            if index == 0:
                return
            yield index
            index = self._word(table + 8 + 4 * (buckets + index))

    def _word(self, offset: int) -> int:
        return int(struct.unpack_from("<I", self._bytes, offset)[0])


def hash_gnu(name: bytes) -> int:
    """The hash of DT_GNU_HASH, 32 bits: h = 33 h + c from 5381."""
    value = 5381
    for byte in name:
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value


def hash_system_v(name: bytes) -> int:
    """The hash of DT_HASH, 28 bits."""
    value = 0
    for byte in name:
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & ~high
    return value
