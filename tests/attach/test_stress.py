"""Real trainings live through all that attaching can do to them, bit for bit."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from logwatch.attach import entry, inject, thread
from logwatch.attach.attachment import Options, attach
from logwatch.attach.inject import inject_call
from logwatch.attach.process import read_process
from logwatch.attach.stop import Stop

pytestmark = [pytest.mark.torch, pytest.mark.ptrace]

TARGETS = Path(__file__).resolve().parent / "targets"
CYCLES = 30
KILLS = 200
INJECTIONS = {"train": 500, "alloc": 400, "threads": 100}
PATIENT_S = 10.0
"""A machine that stands still for a quarter of a second is refused, which is not what is tested."""
MODES = ("train", "pyloop", "matmul", "loader", "sleep", "threads", "join", "alloc")


@pytest.fixture(autouse=True)
def _a_busy_machine_is_waited_for(monkeypatch):
    monkeypatch.setattr(inject, "Stop", functools.partial(Stop, limit_s=PATIENT_S))


@pytest.mark.parametrize("mode", MODES)
def test_thirty_cycles(start_target, truth, monkeypatch, mode):
    """Thirty times attached, heard and left, a training ends as one that nobody looked into."""
    monkeypatch.setattr(entry, "HELLO_S", 0.1)
    monkeypatch.setattr(thread, "PROOF_S", 0.1)
    target = start_target(mode)
    for _ in range(CYCLES):
        with attach(target.pid, Options()) as attachment:
            heard = []
            while "values" not in heard and attachment.is_open:
                heard += [message["kind"] for message in attachment.receive(1.0)]
        assert "values" in heard
        target.wait_steps(1)

    losses = target.finish()

    assert truth(len(losses)) == losses


def write_byte_into(descriptor):
    """A line that writes one byte into a descriptor of this process."""
    path = f"/proc/{os.getpid()}/fd/{descriptor}"
    return f"import os; f = os.open('{path}', 1); os.write(f, b'.'); os.close(f); del f"


def test_a_thousand_injections(start_target, truth):
    """A thousand lines are handed over, and each runs; the training ends as if there were none."""
    read, write = os.pipe()
    for mode, count in INJECTIONS.items():
        target = start_target(mode)
        process = read_process(target.pid)
        line = write_byte_into(write)
        for _ in range(count):
            inject_call(process, line)
            assert b"." == os.read(read, 1)
        losses = target.finish()
        assert truth(len(losses)) == losses


def run_killer(target, *words):
    """What the killer of `targets` prints."""
    command = [sys.executable, str(TARGETS / "killer.py"), str(target.pid), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert "" == done.stderr
    return int(done.stdout)


def test_killed_at_any_moment(start_target, truth, may_trace_all):
    """Our death at two hundred random moments does not change a bit of the training."""
    target = start_target("train")

    killed = run_killer(target, "random", str(KILLS))

    assert killed == KILLS
    target.wait_steps(10)
    losses = target.finish()
    assert truth(len(losses)) == losses


@pytest.mark.parametrize(("mode", "method"), [("train", "ptrace"), ("join", "thread")])
def test_killed_at_each_request(start_target, truth, may_trace_all, mode, method):
    """Our death before or after any single request to the kernel does not change a bit either."""
    target = start_target(mode)

    killed = run_killer(target, "each", method)

    assert killed > 40
    target.wait_steps(10)
    losses = target.finish()
    assert truth(len(losses)) == losses
