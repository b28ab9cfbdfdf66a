"""Registers, frames and code of x86-64.

Sources: arch/x86/include/uapi/asm/{ptrace,sigcontext,ucontext}.h, arch/x86/kernel/signal_64.c and
fpu/signal.c (what rt_sigreturn takes), Intel SDM volume 1, 13.4 (the layout of XSAVE).
"""

import struct
from collections.abc import Mapping
from typing import ClassVar

from logwatch.attach.registers import NOT_STARTED, RED_ZONE, Frame, Gadgets, Machine, State

ORDER = (
    "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss "
    "fs_base gs_base ds es fs gs"
)
NAMES = tuple(ORDER.split())
GENERAL = struct.Struct("<27Q")
IN_CALL = ("rdi", "rsi", "rdx", "rcx", "r8", "r9")
IN_SYSTEM_CALL = ("rdi", "rsi", "rdx", "r10", "r8", "r9")
NT_X86_XSTATE = 0x202

NONE = (1 << 64) - 1  # orig_rax of a thread that is in no system call: the kernel restarts none
BACKWARDS = 1 << 10  # the direction flag, clear on entry of each function
TRAP = 1 << 8  # the single-step flag, never ours to pass on

RESTART = (512, 513, 514)
"""ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND: the kernel does the call again if no handler runs.
Source: include/linux/errno.h, arch/x86/kernel/signal.c"""
RESTART_BLOCK = 516  # cannot be done again by a frame: a handler's return gives EINTR, so do we
EINTR = 4

FP_XSTATE, SIGCONTEXT_SS, STRICT_RESTORE_SS = 1, 2, 4
KEEP_STACK = 0xFF  # no mode of an alternate stack: the kernel leaves it as it is
MAGIC_1, MAGIC_2 = 0x46505853, 0x46505845
SW_RESERVED = 464
LEGACY = 576  # FXSAVE area and XSAVE header
TILES = 2752  # where AMX begins; a process that did not ask for it may not restore it
TILE_FEATURES = 0b11 << 17


class X8664(Machine):
    """x86-64 Linux."""

    name = "x86_64"
    tried = True
    general_bytes = GENERAL.size
    extended_notes = (NT_X86_XSTATE,)
    map_number = 9
    back_number = 15
    patterns: ClassVar = {
        "system_call": (b"\x0f\x05\xc3",),  # syscall; ret
        "keep_result": (b"\x93\xc3",),  # xchg eax, ebx; ret
        "go_back": (b"\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05", b"\xb8\x0f\x00\x00\x00\x0f\x05"),
    }

    def pc(self, general: bytes) -> int:
        return unpack(general)["rip"]

    def sp(self, general: bytes) -> int:
        return unpack(general)["rsp"]

    def build_frame(self, state: State, gadgets: Gadgets) -> Frame:
        registers = unpack(state.general)
        floats = close_floats(dict(state.extended).get(NT_X86_XSTATE, b""))
        fixed = 8 * 3 + 304 + 64 + 64  # return addresses, context, scratch, alignment
        address = (registers["rsp"] - RED_ZONE - fixed - len(floats)) & ~15
        home = (
            address + 8 * 3
        )  # 8 more than a multiple of 16: right for the called function's stack
        scratch = home + 304
        floats_at = (scratch + 64 + 63) & ~63
        context = build_context(registers, state.mask, floats_at if floats else 0)
        head = struct.pack("<QQQ", 0, gadgets.keep_result, gadgets.go_back) + context
        content = head.ljust(floats_at - address, b"\0") + floats
        return Frame(address, content, home, scratch)

    def aim_call(
        self, state: State, frame: Frame, gadgets: Gadgets, address: int, arguments: tuple[int, ...]
    ) -> bytes:
        registers = unpack(state.general)
        registers.update(zip(IN_CALL, arguments, strict=False))
        registers.update(rip=address, rsp=frame.address + 8, rax=0, orig_rax=NONE)
        registers["eflags"] &= ~(BACKWARDS | TRAP)
        return pack(registers)

    def aim_system_call(
        self, state: State, frame: Frame, gadgets: Gadgets, number: int, arguments: tuple[int, ...]
    ) -> bytes:
        registers = unpack(state.general)
        registers.update(zip(IN_SYSTEM_CALL, arguments, strict=False))
        registers.update(rip=gadgets.system_call, rsp=frame.address + 8, rax=number, orig_rax=NONE)
        registers["eflags"] &= ~(BACKWARDS | TRAP)
        return pack(registers)

    def aim_back(self, general: bytes, frame: Frame, gadgets: Gadgets) -> bytes:
        registers = unpack(general)
        registers.update(rip=gadgets.go_back, rsp=frame.home, orig_rax=NONE)
        return pack(registers)

    def is_going_back(self, general: bytes, frame: Frame) -> bool:
        registers = unpack(general)
        return registers["orig_rax"] == self.back_number and registers["rsp"] == frame.home

    def skip_call(self, tid: int) -> None:
        """Nothing more: orig_rax says it."""

    def call_number(self, general: bytes) -> int:
        return unpack(general)["orig_rax"]

    def call_result(self, general: bytes) -> int:
        return signed(unpack(general)["rax"], 64)

    def kept_result(self, general: bytes) -> int:
        return signed(unpack(general)["rbx"], 32)

    def is_in_call(self, general: bytes) -> bool:
        registers = unpack(general)
        failed = -signed(registers["rax"], 64)
        return not registers["orig_rax"] >> 63 and failed in (*RESTART, RESTART_BLOCK)

    def queue_text(self, functions: Mapping[str, int], run: int, text: int) -> bytes:
        queue = (
            b"\x48\xbf"  # mov rdi, run
            + struct.pack("<Q", run)
            + b"\x48\xbe"  # mov rsi, text
            + struct.pack("<Q", text)
            + call(functions["Py_AddPendingCall"])
        )
        return (
            b"\x48\x83\xec\x08"  # sub rsp, 8
            + call(functions["Py_IsInitialized"])
            + b"\x85\xc0"  # test eax, eax
            + b"\xb8"  # mov eax, NOT_STARTED
            + struct.pack("<i", NOT_STARTED)
            + b"\x74"  # jz over what queues
            + bytes([len(queue)])
            + queue
            + b"\x48\x83\xc4\x08\xc3"  # add rsp, 8; ret
        )

    def run_text(self, function: int) -> bytes:
        return (
            b"\x48\x83\xec\x08"  # sub rsp, 8
            + call(function)
            + b"\x48\x83\xc4\x08\x31\xc0\xc3"  # add rsp, 8; xor eax, eax; ret
        )

    def run_text_in_thread(self, functions: Mapping[str, int], text: int) -> bytes:
        return (
            b"\x48\x83\xec\x08"  # sub rsp, 8
            + call(functions["pthread_self"])
            + b"\x48\x89\xc7"  # mov rdi, rax
            + call(functions["pthread_detach"])
            + call(functions["PyGILState_Ensure"])
            + b"\x89\x04\x24"  # mov [rsp], eax
            + b"\x48\xbf"  # mov rdi, text
            + struct.pack("<Q", text)
            + call(functions["PyRun_SimpleString"])
            + b"\x8b\x3c\x24"  # mov edi, [rsp]
            + call(functions["PyGILState_Release"])
            + b"\x48\x83\xc4\x08\x31\xc0\xc3"  # add rsp, 8; xor eax, eax; ret
        )


def unpack(general: bytes) -> dict[str, int]:
    """The general registers by name."""
    return dict(zip(NAMES, GENERAL.unpack(general), strict=True))


def pack(registers: Mapping[str, int]) -> bytes:
    """The raw bytes of general registers."""
    return GENERAL.pack(*(registers[name] & NONE for name in NAMES))


def signed(value: int, bits: int) -> int:
    """The number that the low `bits` mean as two's complement."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def call(address: int) -> bytes:
    """mov rax, address; call rax."""
    return b"\x48\xb8" + struct.pack("<Q", address) + b"\xff\xd0"


def settle(registers: Mapping[str, int]) -> dict[str, int]:
    """Registers with which a thread does an interrupted system call again, as the kernel would."""
    settled = dict(registers, orig_rax=NONE)
    failed = -signed(registers["rax"], 64)
    if registers["orig_rax"] >> 63:  # it was in no system call
        return settled
    if failed in RESTART:
        settled.update(rax=registers["orig_rax"], rip=registers["rip"] - 2)
    elif failed == RESTART_BLOCK:
        settled.update(rax=-EINTR & NONE)
    return settled


def build_context(registers: Mapping[str, int], mask: bytes, floats_at: int) -> bytes:
    """struct ucontext: all that rt_sigreturn restores."""
    now = settle(registers)
    order = "r8 r9 r10 r11 r12 r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp rip eflags"
    flags = SIGCONTEXT_SS | STRICT_RESTORE_SS | (FP_XSTATE if floats_at else 0)
    return (
        struct.pack("<QQQQQ", flags, 0, 0, KEEP_STACK, 0)
        + struct.pack("<18Q", *(now[name] & NONE for name in order.split()))
        + struct.pack("<HHHH", now["cs"], 0, 0, now["ss"])
        + struct.pack("<QQQQQ", 0, 0, 0, 0, floats_at)
        + bytes(64)
        + mask
    )


def close_floats(state: bytes) -> bytes:
    """The XSAVE area of ptrace as rt_sigreturn takes it: with its marks, without unused AMX."""
    if len(state) < LEGACY:
        return b""
    (features,) = struct.unpack_from("<Q", state, SW_RESERVED)
    (used,) = struct.unpack_from("<Q", state, 512)
    if len(state) > TILES and not used & TILE_FEATURES:
        state, features = state[:TILES], features & ~TILE_FEATURES
    marks = struct.pack("<IIQI", MAGIC_1, len(state) + 4, features, len(state)).ljust(48, b"\0")
    return state[:SW_RESERVED] + marks + state[SW_RESERVED + 48 :] + struct.pack("<I", MAGIC_2)
