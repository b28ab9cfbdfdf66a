"""One call into C that waits, given by name; its result and error go to stdout, as does `ready`."""

import ctypes
import os
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)


def call(name):
    """The result of that call."""
    if name == "nanosleep":
        return libc.nanosleep(ctypes.create_string_buffer(struct.pack("<qq", 0, 700_000_000)), None)
    if name == "poll":
        return libc.poll(None, 0, 700)
    return libc.read(0, ctypes.create_string_buffer(1), 1)


if __name__ == "__main__":
    os.write(1, b"ready\n")
    result = call(sys.argv[1])
    os.write(1, f"{result} {ctypes.get_errno() if result < 0 else 0}\n".encode())
