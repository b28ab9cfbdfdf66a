"""Where a process is can be said without touching it."""

import os
import subprocess
import sys
from dataclasses import replace

from logwatch.attach import stack
from logwatch.attach.process import read_process
from logwatch.attach.stack import describe, describe_thread, parse_dump, read_stack
from logwatch.attach.thread import look

DUMP = """Process 7: python train.py
Python v3.11.7 (/usr/bin/python3.11)

Thread 9 (idle): "Thread-1"
    wait (threading.py:324)
Thread 7 (active): "MainThread"
    backward (torch/autograd/graph.py:824)
    train (train.py:12)
    <module> (train.py:20)
"""


def test_the_main_thread_is_taken_from_a_dump():
    """Its frames, innermost first; of a dump without a main thread the first thread's."""
    expected = [
        "backward (torch/autograd/graph.py:824)",
        "train (train.py:12)",
        "<module> (train.py:20)",
    ]
    assert expected == parse_dump(DUMP)
    assert ["wait (threading.py:324)"] == parse_dump(DUMP.replace('"MainThread"', '"x"'))
    assert [] == parse_dump("")


def test_py_spy_is_asked_if_it_is_there(tmp_path, monkeypatch):
    """What it prints is told in one sentence; it is asked not to stop the process."""
    fake = tmp_path / "py-spy"
    asked = tmp_path / "asked"
    (tmp_path / "dump").write_text(DUMP)
    fake.write_text(f"#!/bin/sh\necho $@ > {asked}\ncat {tmp_path / 'dump'}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    sentence = describe(read_process(os.getpid()))

    where = "backward (torch/autograd/graph.py:824)"
    assert f"the main thread of process {os.getpid()} is in {where}" == sentence
    assert f"dump --nonblocking --pid {os.getpid()}\n" == asked.read_text()


def test_without_py_spy_proc_is_asked(monkeypatch):
    """A process that waits for input is said to wait, and for what the kernel says."""
    monkeypatch.setattr(stack.shutil, "which", lambda _: None)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        while "S" != read_process(child.pid).state or look(child.pid, child.pid)[:2] != "0 ":
            os.sched_yield()
        sentence = describe(read_process(child.pid))
    finally:
        child.communicate(b"\n")

    assert f"the main thread of process {child.pid} waits in read" == sentence
    assert [] == read_stack(child.pid)
    assert f"process {child.pid} has ended" == describe(replace(read_process(1), pid=child.pid))


def test_each_state_has_a_word(monkeypatch):
    """Runs, is stopped, is held: the letter of /proc in words."""
    monkeypatch.setattr(stack, "look", lambda pid, tid: "")
    process = read_process(os.getpid())

    assert "runs" == describe_thread(replace(process, state="R"))
    assert "is stopped" == describe_thread(replace(process, state="T"))
    assert "is in a state unknown to us" == describe_thread(replace(process, state="?"))
