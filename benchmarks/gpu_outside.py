"""A process that trains on a GPU, looked into from outside; functions as in gpu_checks.py."""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

from logwatch.attach.attachment import Options, attach

TARGET = Path(__file__).resolve().parent / "gpu_target.py"
ROOT = TARGET.parent.parent


@contextlib.contextmanager
def running(device: str, *words: str) -> Generator[subprocess.Popen[str]]:
    """A training in a process of its own, which tells its losses; it has made its first steps."""
    child = subprocess.Popen(
        [sys.executable, str(TARGET), device, *words],
        stdout=subprocess.PIPE,
        pipesize=1 << 20,
        text=True,
        env={**os.environ, "CUBLAS_WORKSPACE_CONFIG": ":4096:8"},
    )
    try:
        assert child.stdout
        assert child.stdout.readline().startswith("1 ")
        yield child
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()


def check_attach(device: str) -> str:
    """Ten guests come to a running process and go; it ends as one that nobody looked into."""
    pauses, first = [], []
    with running(device, "4000") as alone, running(device, "4000") as child:
        for _ in range(10):
            with attach(child.pid, Options()) as guest:
                while guest.first_data_s is None and guest.is_open:
                    guest.receive(1.0)
                assert guest.first_data_s is not None
                pauses.append(1e3 * guest.pause_s)
                first.append(1e3 * guest.first_data_s)
            assert child.poll() is None
        assert child.stdout
        assert alone.stdout
        assert alone.stdout.read() == child.stdout.read()
    return (
        f"10 of 10; pause {statistics.median(pauses):.1f} ms, at most {max(pauses):.1f}; first "
        f"values after {statistics.median(first):.0f} ms, at most {max(first):.0f}; "
        "4000 losses the same to the last bit"
    )


def check_program(device: str) -> str:
    """`logwatch check --attach PID --json`: metrics of the probe, the GPU's memory among them."""
    with running(device, "1000000") as child:
        command = [sys.executable, "-m", "logwatch", "check", "--json", "--for", "8"]
        done = subprocess.run(
            [*command, "--attach", str(child.pid)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (run,) = json.loads(done.stdout)["runs"]
    metrics = run["metrics"]
    wanted = {"train/loss", "train/grad_norm", "param_delta/median", "lr/0", "step_time_s"}
    if device == "cuda":
        wanted.add("gpu_memory/allocated_bytes")
        assert metrics["gpu_memory/allocated_bytes"]["last"] > 1e6
    assert wanted <= metrics.keys(), sorted(metrics)
    probe = run["probe"]
    return f"{len(metrics)} metrics, by {probe['method']}, every {probe['every']} steps"


FROM_OUTSIDE = (check_attach, check_program)
