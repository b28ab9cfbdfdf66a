"""A line is handed to Python at a moment that Python chooses, and nothing else is changed."""

import os
import struct
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from logwatch.attach import inject, page, ptrace
from logwatch.attach.aarch64 import Aarch64
from logwatch.attach.inject import inject_call
from logwatch.attach.machines import find_machine
from logwatch.attach.mapping import read_mappings
from logwatch.attach.page import BUSY, FREE, MARK, find_free_page, free_page
from logwatch.attach.process import read_process
from logwatch.attach.ptrace import Memory
from logwatch.attach.registers import Frame, Gadgets, State
from logwatch.attach.site import InjectError, check_place, check_sequence, find_code
from logwatch.attach.stop import NotNowError
from logwatch.attach.x86_64 import X8664, close_floats, settle, unpack

LOOP = "import os\nos.write(1, b'ready\\n')\nwhile True: sum(range(100))"
WAIT = "import os\nos.write(1, b'ready\\n')\nos.read(0, 1)"
TELL = "__import__('os').write(1, b'here\\n')"
QUEUE_SLOTS = 300  # 3.13 has 300, older ones 32


def list_pythons():
    """This Python, and those of other versions that are installed beside it."""
    beside = Path(sys.base_prefix).parent.glob("3.*/bin/python3")
    found = {sys.version_info[:2]: sys.executable}
    for path in sorted(beside):
        minor = int(path.parents[1].name.split(".")[1])
        if minor >= 8:
            found.setdefault((3, minor), str(path))
    return sorted(found.items())


@contextmanager
def running(code, python=sys.executable):
    """A child that has said `ready`; it is ended."""
    pipe = subprocess.PIPE
    child = subprocess.Popen([python, "-c", code], stdin=pipe, stdout=pipe, text=True)
    try:
        assert "ready\n" == child.stdout.readline()
        yield child
    finally:
        child.kill()
        child.communicate()


@pytest.mark.ptrace
@pytest.mark.parametrize(
    ("version", "python"), [pytest.param(*found, id=str(found[0][1])) for found in list_pythons()]
)
def test_each_version_of_python(may_trace, version, python):
    """Ten lines, one after the other, run in each CPython from 3.8 on that is here."""
    with running(LOOP, python) as child:
        process = read_process(child.pid)
        assert ".".join(map(str, version)) == process.python
        for _ in range(10):
            done = inject_call(process, TELL)
            assert "here\n" == child.stdout.readline()
            assert ("ptrace", "") == (done.method, done.note)
            assert 0 < done.pause_s
        assert child.poll() is None


@pytest.mark.ptrace
def test_what_raises_does_not_end_the_process(may_trace):
    """A line that raises, even SystemExit's kin, is printed by Python and no more."""
    with running(LOOP.replace("import os", "import os, sys; sys.stderr = None")) as child:
        process = read_process(child.pid)
        for line in ("1 / 0", "this is no Python", "raise KeyboardInterrupt", TELL):
            inject_call(process, line)
        assert "here\n" == child.stdout.readline()


@pytest.mark.ptrace
def test_without_leave_to_map_code(may_trace, monkeypatch):
    """Where a process may map no code the line is handed over by two calls instead of one."""
    monkeypatch.setattr(page, "PROTECTIONS", (page.READ,))
    with running(LOOP) as child:
        done = inject_call(read_process(child.pid), TELL)
        assert "here\n" == child.stdout.readline()
        pages = {page.start: page.permissions for page in read_mappings(child.pid)}
        assert "r--p" == pages[done.page]


@pytest.mark.ptrace
def test_a_page_is_used_again(may_trace):
    """Once its line has run a page is left to the next attach: a hundred of them keep one page."""
    with running(LOOP) as child:
        process = read_process(child.pid)
        pages = set()
        for _ in range(20):
            done = inject_call(process, TELL)
            assert "here\n" == child.stdout.readline()
            memory = Memory(child.pid)
            free_page(memory, done.page)
            memory.close()
            pages.add(done.page)
        assert 1 == len(pages)


@pytest.mark.ptrace
def test_a_full_queue_is_told(may_trace):
    """A main thread that does not come back to Python has a queue that ends: then we stop."""
    with running(WAIT) as child:
        process = read_process(child.pid)
        with pytest.raises(InjectError, match="queue of pending calls is full"):
            for _ in range(QUEUE_SLOTS + 2):
                inject_call(process, "None")
        child.stdin.write("x")
        child.stdin.close()
        child.stdin = None
        assert 0 == child.wait()


class FakeMemory:
    """Memory of which some bytes are known."""

    def __init__(self, parts):
        self.parts = parts

    def read(self, address, size):
        """Bytes, if they are known."""
        for start, content in self.parts.items():
            if start <= address and address + size <= start + len(content):
                return content[address - start : address - start + size]
        raise OSError

    def write(self, address, content):
        """Bytes that are known from now on."""
        self.parts[address] = content


def general_at(pc, sp):
    """Registers of x86-64 of a thread that stands at `pc`."""
    registers = dict.fromkeys(unpack(bytes(27 * 8)), 0)
    registers.update(rip=pc, rsp=sp)
    return struct.pack("<27Q", *registers.values())


@pytest.mark.parametrize(
    ("pc", "word", "is_safe"),
    [(0x5000, 0x6000, True), (0x1000, 0x6000, False), (0x5000, 0x1055, False), (0x1056, 0, True)],
)
def test_a_thread_in_the_queue_is_not_used(monkeypatch, pc, word, is_safe):
    """A thread inside Py_AddPendingCall, or in what that called, may hold its lock: not now."""
    site = SimpleNamespace(machine=X8664(), unsafe=(range(0x1000, 0x1056),))
    memory = FakeMemory({0x7000: struct.pack("<64Q", 1, 2, word, *[0] * 61)})
    stop = SimpleNamespace(tid=1, memory=memory)
    monkeypatch.setattr(ptrace, "read_rseq", lambda tid: 0)

    if is_safe:
        check_place(site, stop, general_at(pc, 0x7000))
    else:
        with pytest.raises(NotNowError):
            check_place(site, stop, general_at(pc, 0x7000))


@pytest.mark.parametrize(("pc", "is_safe"), [(0x0FFF, True), (0x1000, False), (0x1020, True)])
def test_a_restartable_sequence_is_not_interrupted(monkeypatch, pc, is_safe):
    """A thread that the kernel would restart when it is interrupted is left alone until later."""
    parts = {0x8008: struct.pack("<Q", 0x9000), 0x9008: struct.pack("<QQ", 0x1000, 0x20)}
    stop = SimpleNamespace(tid=1, memory=SimpleNamespace(read=FakeMemory(parts).read))
    stop.memory.read_word = lambda at: int.from_bytes(stop.memory.read(at, 8), "little")
    monkeypatch.setattr(ptrace, "read_rseq", lambda tid: 0x8000)

    if is_safe:
        check_sequence(stop, pc)
    else:
        with pytest.raises(NotNowError, match="restartable"):
            check_sequence(stop, pc)


def test_a_bad_moment_is_tried_again(monkeypatch):
    """A thread that is not safe to use is let go and stopped again a moment later."""
    tries = []

    def act(site, stop, act):
        tries.append(stop)
        if len(tries) < 3:
            raise NotNowError("the thread was elsewhere")
        return 0x1000

    monkeypatch.setattr(inject, "act_in", act)
    done = inject.in_stop(read_process(os.getpid()), 1, lambda site, stop: 0)

    assert (3, 0x1000) == (len(tries), done.page)


def test_only_free_pages_of_ours_are_taken():
    """Neither a page in use nor anybody else's memory is written to."""
    page = 0x1000
    maps = [
        SimpleNamespace(path="", permissions=permissions, start=at, end=at + size)
        for at, permissions, size in (
            (page, "r-xp", 4096),
            (2 * page, "rw-p", 4096),
            (3 * page, "r-xp", 8192),
            (5 * page, "r-xp", 4096),
            (6 * page, "r--p", 4096),
        )
    ]
    free, busy = (MARK + struct.pack("<Q", state) for state in (FREE, BUSY))
    memory = FakeMemory({page: busy, 2 * page: free, 3 * page: free, 5 * page: bytes(16)})

    assert (0, False) == find_free_page(maps, memory)
    memory.parts[6 * page] = free
    assert (6 * page, False) == find_free_page(maps, memory)


def test_code_lies_where_instructions_may_lie():
    """Bytes that look like code are passed over where no instruction can begin."""
    assert 4 == find_code(b"\0\1\2\0\1\2", b"\1\2", 4)
    assert 1 == find_code(b"\0\1\2\0\1\2", b"\1\2", 1)
    assert find_code(b"\0\1\2", b"\1\2", 4) is None


@pytest.mark.parametrize(
    ("orig_rax", "rax", "expected"),
    [
        (2**64 - 1, 5, (5, 100)),  # it was in no call
        (0, -512, (0, 98)),  # ERESTARTSYS of read: again
        (202, -514, (202, 98)),
        (35, -516, (-4, 100)),  # a nanosleep: EINTR, as after a handler
        (1, 7, (7, 100)),  # a call that had ended
    ],
)
def test_the_way_back_does_an_interrupted_call_again(orig_rax, rax, expected):
    """The frame holds what the kernel would make of an interrupted call."""
    registers = dict(unpack(bytes(27 * 8)), orig_rax=orig_rax, rax=rax & 2**64 - 1, rip=100)

    settled = settle(registers)

    assert (expected[0] & 2**64 - 1, expected[1]) == (settled["rax"], settled["rip"])
    assert 2**64 - 1 == settled["orig_rax"]


def build_floats(size, used):
    """An XSAVE area of that size, in which those features are in use, of all that there are."""
    area = bytearray(number % 251 for number in range(size))
    area[464:472] = struct.pack("<Q", 0x602E7)
    area[512:520] = struct.pack("<Q", used)
    return bytes(area)


@pytest.mark.parametrize(
    ("size", "used", "kept"),
    [(832, 7, 832), (2440, 0xE7, 2440), (11008, 0xE7, 2752), (11008, 0x602E7, 11008)],
)
def test_vectors_are_closed_as_the_kernel_takes_them(size, used, kept):
    """Marks at both ends, and no more than a process may restore that never used AMX."""
    closed = close_floats(build_floats(size, used))
    first, extended, features, length = struct.unpack_from("<IIQI", closed, 464)

    assert (0x46505853, kept + 4, kept) == (first, extended, length)
    assert 0x46505845 == struct.unpack_from("<I", closed, kept)[0]
    assert kept + 4 == len(closed)
    assert (0x602E7 if kept == size else 0x2E7) == features
    assert build_floats(size, used)[512:kept] == closed[512:-4]


@pytest.mark.parametrize("stack", [0x7FFF0000, 0x7FFF0008, 0x7FFF003F])
def test_frames_for_x86_lead_back(stack):
    """Registers, mask and vectors lie where the kernel reads them, all below the red zone."""
    names = dict(unpack(bytes(27 * 8)), orig_rax=2**64 - 1, rsp=stack, rip=0x1234, r8=8, cs=51)
    state = State(
        struct.pack("<27Q", *names.values()), ((0x202, build_floats(2440, 0xE7)),), b"\1" * 8
    )

    frame = X8664().build_frame(state, Gadgets(1, 2, 3))

    back = frame.home - frame.address
    assert struct.pack("<QQ", 2, 3) == frame.content[back - 16 : back]
    assert 8 == frame.home % 16
    assert frame.address + len(frame.content) <= stack - 512
    fields = struct.unpack_from("<18Q", frame.content, back + 40)
    assert (8, stack, 0x1234) == (fields[0], fields[15], fields[16])
    (floats,) = struct.unpack_from("<Q", frame.content, back + 40 + 144 + 8 + 32)
    assert 0 == floats % 64
    assert close_floats(build_floats(2440, 0xE7)) == frame.content[floats - frame.address :]
    assert b"\1" * 8 == frame.content[back + 296 : back + 304]


def test_code_for_arm_is_what_an_assembler_makes():
    """The instructions of 64-bit Arm are those of the reference manual."""
    machine = Aarch64()
    load = "10f18ed2 d0acaaf2 9068c6f2 5024e2f2 00023fd6"  # x16 = 0x1122334455667788; blr x16
    code = f"fd7bbea9 {load} 00008052 fd7bc2a8 c0035fd6"

    assert bytes.fromhex(code) == machine.run_text(0x1122334455667788)


def test_frames_for_arm_lead_back():
    """The frame of 64-bit Arm holds registers, mask and vectors where the kernel reads them."""
    machine = Aarch64()
    general = struct.pack("<34Q", *range(31), 0x80001238, 0x4000, 0)
    vectors = bytes(range(256)) * 2 + struct.pack("<QQ", 7, 0)
    state = State(general, ((2, vectors),), b"\1" * 8)

    frame = machine.build_frame(state, Gadgets(1, 0, 2))

    assert isinstance(frame, Frame)
    assert (0, frame.address) == (frame.home % 16, frame.home)
    assert frame.address + len(frame.content) <= 0x80001238 - 512
    assert b"\1" * 8 == frame.content[128 + 40 : 128 + 48]
    context = 128 + 176 + 8
    assert general == frame.content[context : context + len(general)]
    assert struct.pack("<IIQ", 0x46508001, 528, 7) == frame.content[592:608]
    assert vectors[:512] == frame.content[608:1120]
    assert bytes(8) == frame.content[1120:1128]


def test_an_unknown_processor_has_no_injector():
    """Nobody wrote one for others."""
    assert find_machine("riscv64") is None
    assert find_machine(None) is None
    assert ("x86_64", True) == (find_machine("x86_64").name, find_machine("x86_64").tried)


def test_another_program_is_told():
    """A process without Python is refused before it is stopped."""
    child = subprocess.Popen(["sleep", "60"])
    try:
        found = replace(read_process(os.getpid()), pid=child.pid)
        with pytest.raises(InjectError, match="no CPython"):
            inject_call(found, "None")
    finally:
        child.kill()
        child.wait()
