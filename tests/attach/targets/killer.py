"""Injects into a process and is killed meanwhile: `killer.py PID random N` or `... each METHOD`.

`random`: at any moment, N times. `each`: before and after each request to the kernel that an
injection makes, one after the other, until an injection comes through. Prints how many were killed.
"""

import os
import random
import signal
import sys

from logwatch.attach import ptrace, thread
from logwatch.attach.inject import inject_call
from logwatch.attach.process import read_process
from logwatch.attach.ptrace import Memory
from logwatch.attach.site import InjectError
from logwatch.attach.thread import inject_thread

WAYS = {"ptrace": inject_call, "thread": inject_thread}
LINE = "None"
NOT_NOW = 3
thread.PROOF_S = 0.05  # it is known that the target is parked


def fork_and(do):
    """A child that does something and then ends; its process id."""
    pid = os.fork()
    if pid == 0:
        try:
            do()
            os._exit(0)
        except InjectError:
            os._exit(NOT_NOW)
    return pid


def kill_at_random(process, count):
    """How many of `count` children were killed while they injected, over and over."""
    chance = random.Random(3)
    killed = 0
    for _ in range(count):
        begun, tell = os.pipe()

        def work(tell=tell):
            while True:
                os.write(tell, b".")
                inject_call(process, LINE)

        pid = fork_and(work)
        os.read(begun, 1)
        signal.sigtimedwait([], chance.uniform(0.0, 0.03))  # the moment is what is tried here
        os.kill(pid, signal.SIGKILL)
        killed += os.WIFSIGNALED(os.waitpid(pid, 0)[1])
        os.close(begun)
        os.close(tell)
    return killed


def die_at(number):
    """Make the request of that number, counted before and after each, the last thing we do."""
    asked = 0

    def counted(function):
        def call(*words):
            nonlocal asked
            asked += 1
            if asked == number:
                os.kill(os.getpid(), signal.SIGKILL)
            result = function(*words)
            asked += 1
            if asked == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    ptrace.ask = counted(ptrace.ask)
    Memory.write = counted(Memory.write)


def kill_at_each(process, inject):
    """How many requests there are at which a child was killed."""
    number = 1
    while True:

        def work(number=number):
            die_at(number)
            inject(process, LINE)

        status = os.waitpid(fork_and(work), 0)[1]
        if status == 0:
            return number - 1
        number += os.WIFSIGNALED(status)  # else it could not be used at that moment: again


if __name__ == "__main__":
    target = read_process(int(sys.argv[1]))
    if sys.argv[2] == "random":
        print(kill_at_random(target, int(sys.argv[3])))  # noqa: T201
    else:
        print(kill_at_each(target, WAYS[sys.argv[3]]))  # noqa: T201
