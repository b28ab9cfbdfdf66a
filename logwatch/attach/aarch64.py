"""Registers, frames and code of 64-bit Arm.

Sources: arch/arm64/include/uapi/asm/{ptrace,sigcontext}.h, arch/arm64/kernel/signal.c (what
rt_sigreturn takes), Procedure Call Standard for the Arm 64-bit Architecture.
"""

import struct
from collections.abc import Mapping
from typing import ClassVar

from logwatch.attach.ptrace import write_registers
from logwatch.attach.registers import NOT_STARTED, RED_ZONE, Frame, Gadgets, Machine, State

GENERAL = struct.Struct("<34Q")  # x0-x30, sp, pc, pstate
LINK, SP, PC, PSTATE = 30, 31, 32, 33
NUMBER = 8  # x8 holds the number of a system call
BRANCH_TYPE = 0b11 << 10  # of pstate; a function must not look as if it was jumped into
NT_PRFPREG, NT_ARM_SYSTEM_CALL, NT_ARM_SVE = 2, 0x404, 0x405
SIGNAL_INFO, CONTEXT, FLOATS, RESERVED = 128, 176, 288, 4096
KEEP_STACK = 0xFF  # no mode of an alternate stack: the kernel leaves it as it is
FPSIMD_MAGIC = 0x46508001
VECTORS = 512

SAVE, LOAD = 0xA9BE7BFD, 0xA8C27BFD  # stp x29, x30, [sp, #-32]!; ldp x29, x30, [sp], #32
STORE_W0, LOAD_W0 = 0xB90013E0, 0xB94013E0  # str w0, [sp, #16]; ldr w0, [sp, #16]
IF_W0_IS_ZERO, BRANCH = 0x34000000, 0x14000000  # cbz w0, 0; b 0
NOT_STARTED_W0 = 0x12800000 | ~NOT_STARTED << 5  # mov w0, NOT_STARTED
CALL_X16, ZERO_W0, RETURN = 0xD63F0200, 0x52800000, 0xD65F03C0


class Aarch64(Machine):
    """64-bit Arm Linux."""

    name = "aarch64"
    tried = False
    general_bytes = GENERAL.size
    # The vectors first: writing SVE's set writes the low halves again, and is refused where the
    # thread has none.
    extended_notes = (NT_PRFPREG, NT_ARM_SVE)
    map_number = 222
    back_number = 139
    alignment = 4
    patterns: ClassVar = {
        "system_call": (struct.pack("<II", 0xD4000001, RETURN),),  # svc #0; ret
        "go_back": (struct.pack("<II", 0xD2801168, 0xD4000001),),  # mov x8, #139; svc #0
    }

    def pc(self, general: bytes) -> int:
        return unpack(general)[PC]

    def sp(self, general: bytes) -> int:
        return unpack(general)[SP]

    def build_frame(self, state: State, gadgets: Gadgets) -> Frame:
        registers = unpack(state.general)
        size = SIGNAL_INFO + CONTEXT + FLOATS + RESERVED
        address = (registers[SP] - RED_ZONE - size - 64) & ~15
        context = struct.pack("<QQQQQ", 0, 0, 0, KEEP_STACK, 0) + state.mask
        machine = struct.pack("<Q", 0) + state.general
        floats = close_floats(dict(state.extended).get(NT_PRFPREG, b""))
        content = bytes(SIGNAL_INFO) + context.ljust(CONTEXT, b"\0")
        content += machine.ljust(FLOATS, b"\0") + floats.ljust(RESERVED, b"\0")
        return Frame(address, content + bytes(64), address, address + size)

    def aim_call(
        self, state: State, frame: Frame, gadgets: Gadgets, address: int, arguments: tuple[int, ...]
    ) -> bytes:
        registers = list(unpack(state.general))
        for index, argument in enumerate(arguments):
            registers[index] = argument
        registers[PC], registers[SP], registers[LINK] = address, frame.home, gadgets.go_back
        return pack(registers)

    def aim_system_call(
        self, state: State, frame: Frame, gadgets: Gadgets, number: int, arguments: tuple[int, ...]
    ) -> bytes:
        general = self.aim_call(state, frame, gadgets, gadgets.system_call, arguments)
        registers = list(unpack(general))
        registers[NUMBER] = number
        return pack(registers)

    def aim_back(self, general: bytes, frame: Frame, gadgets: Gadgets) -> bytes:
        registers = list(unpack(general))
        registers[PC], registers[SP] = gadgets.go_back, frame.home
        return pack(registers)

    def is_going_back(self, general: bytes, frame: Frame) -> bool:
        registers = unpack(general)
        return registers[NUMBER] == self.back_number and registers[SP] == frame.home

    def skip_call(self, tid: int) -> None:
        write_registers(tid, NT_ARM_SYSTEM_CALL, struct.pack("<i", -1))

    def call_number(self, general: bytes) -> int:
        return unpack(general)[NUMBER]

    def call_result(self, general: bytes) -> int:
        return int.from_bytes(general[:8], "little", signed=True)

    def kept_result(self, general: bytes) -> int:
        return int.from_bytes(general[:4], "little", signed=True)

    def is_in_call(self, general: bytes) -> bool:
        return True  # the registers do not tell: the kernel has already turned the thread back

    def queue_text(self, functions: Mapping[str, int], run: int, text: int) -> bytes:
        queue = (*load(0, run), *load(1, text), *call(functions["Py_AddPendingCall"]))
        return words(
            SAVE,
            *call(functions["Py_IsInitialized"]),
            IF_W0_IS_ZERO | (len(queue) + 2) << 5,  # counted in instructions
            *queue,
            BRANCH | 2,
            NOT_STARTED_W0,
            LOAD,
            RETURN,
        )

    def run_text(self, function: int) -> bytes:
        return words(SAVE, *call(function), ZERO_W0, LOAD, RETURN)

    def run_text_in_thread(self, functions: Mapping[str, int], text: int) -> bytes:
        return words(
            SAVE,
            *call(functions["pthread_self"]),
            *call(functions["pthread_detach"]),
            *call(functions["PyGILState_Ensure"]),
            STORE_W0,
            *load(0, text),
            *call(functions["PyRun_SimpleString"]),
            LOAD_W0,
            *call(functions["PyGILState_Release"]),
            ZERO_W0,
            LOAD,
            RETURN,
        )


def unpack(general: bytes) -> tuple[int, ...]:
    """The general registers in their order."""
    return GENERAL.unpack(general)


def pack(registers: list[int]) -> bytes:
    """The raw bytes of general registers, with no branch under way."""
    registers[PSTATE] &= ~BRANCH_TYPE
    return GENERAL.pack(*(value & 0xFFFFFFFFFFFFFFFF for value in registers))


def close_floats(state: bytes) -> bytes:
    """struct fpsimd_context of the register set of ptrace; the bytes after it end the records."""
    if len(state) < VECTORS + 8:
        return b""
    head = struct.pack("<II", FPSIMD_MAGIC, VECTORS + 16)
    return head + state[VECTORS : VECTORS + 8] + state[:VECTORS]


def words(*instructions: int) -> bytes:
    """Instructions as bytes."""
    return struct.pack(f"<{len(instructions)}I", *instructions)


def load(register: int, value: int) -> tuple[int, ...]:
    """movz and movk: bring 64 bits into a register."""
    parts = ((value >> shift) & 0xFFFF for shift in (0, 16, 32, 48))
    return tuple(
        (0xF2800000 if index else 0xD2800000) | index << 21 | part << 5 | register
        for index, part in enumerate(parts)
    )


def call(address: int) -> tuple[int, ...]:
    """Call a function through x16, which a call may spoil."""
    return (*load(16, address), CALL_X16)
