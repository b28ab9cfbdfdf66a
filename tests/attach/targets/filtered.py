"""Forbids itself system calls beyond those that exist, as containers do, then works on."""

import ctypes
import os
import select
import struct

ALLOW, DENY = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EPERM
PROGRAM = (
    struct.pack("<HBBI", 0x20, 0, 0, 0)  # load the number of the call
    + struct.pack("<HBBI", 0x35, 0, 1, 0x40000000)  # jge
    + struct.pack("<HBBI", 0x06, 0, 0, DENY)
    + struct.pack("<HBBI", 0x06, 0, 0, ALLOW)
)
libc = ctypes.CDLL(None, use_errno=True)
code = ctypes.create_string_buffer(PROGRAM, len(PROGRAM))
program = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", 4, ctypes.addressof(code)))
assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
assert libc.prctl(22, 2, program, 0, 0) == 0  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
os.write(1, b"ready\n")
total = 0
while not select.select([0], [], [], 0)[0]:
    total += sum(range(100))
os.write(1, f"{total % 4950}\n".encode())
