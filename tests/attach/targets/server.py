"""Imports torch once, then becomes each target that it is asked for, in a fork of its own.

A request on the socket that stdin is: a target's name and two descriptors, its stdin and stdout.
The answer is its process id.
"""

import os
import runpy
import signal
import socket
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import training  # noqa: E402, F401 - so that each fork has torch already


def become(name, descriptors):
    """Be the target of that name; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    status = 1
    try:
        runpy.run_path(str(HERE / f"{name}.py"), run_name="__main__")
    except SystemExit as leave:
        status = leave.code or 0
    finally:
        os._exit(status)


def serve(requests):
    """Fork until the other end is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    requests.sendall(b"ready\n")
    while True:
        name, descriptors, _, _ = socket.recv_fds(requests, 100, 2)
        if not name:
            return
        pid = os.fork()
        if pid == 0:
            requests.close()
            become(name.decode(), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        requests.sendall(f"{pid}\n".encode())


serve(socket.socket(fileno=os.dup(0)))
