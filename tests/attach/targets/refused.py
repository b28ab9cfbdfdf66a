"""Tells as JSON how attaching is refused: `refused.py PID METHOD [user UID | without-ptrace]`.

It changes into that user, or gives the capability to trace away, after all imports.
"""

import ctypes
import json
import os
import struct
import sys

from logwatch.attach.attachment import Options, attach
from logwatch.attach.permission import CAP_SYS_PTRACE
from logwatch.attach.refusal import AttachRefused

VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3


def drop(number):
    """Give one capability away."""
    libc = ctypes.CDLL(None, use_errno=True)
    head = ctypes.create_string_buffer(struct.pack("<Ii", VERSION, 0))
    data = ctypes.create_string_buffer(24)
    assert libc.capget(head, data) == 0
    words = list(struct.unpack("<6I", data.raw))
    for index in (0, 1):  # effective and permitted
        words[index] &= ~(1 << number)
    assert libc.capset(head, ctypes.create_string_buffer(struct.pack("<6I", *words), 24)) == 0


if __name__ == "__main__":
    pid, method, *words = sys.argv[1:]
    if words[:1] == ["user"]:
        os.setgroups([])
        os.setresgid(int(words[1]), int(words[1]), int(words[1]))
        os.setresuid(int(words[1]), int(words[1]), int(words[1]))
    elif words:
        drop(CAP_SYS_PTRACE)
    try:
        attach(int(pid), Options(method=method)).close()
    except AttachRefused as error:
        refusal = error.refusal
        told = [refusal.code, refusal.exit_code, refusal.sentence, refusal.remedy]
        print(json.dumps(told))  # noqa: T201
