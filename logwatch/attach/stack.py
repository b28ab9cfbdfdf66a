"""What can be said of a process without touching it: where its threads are, in one sentence."""

import shutil
import subprocess
from pathlib import Path

from logwatch.attach.process import Process, read_process
from logwatch.attach.thread import WAITS, look, number_of

PY_SPY_LIMIT_S = 5.0
"""A dump takes 22 ms; more than this is a py-spy that waits for something."""
STATES = {
    "R": "runs",
    "S": "waits",
    "D": "is in an uninterruptible wait",
    "T": "is stopped",
    "t": "is held by a debugger",
    "Z": "has ended",
    "X": "has ended",
    "I": "is idle",
}


def read_stack(pid: int) -> list[str]:
    """The Python stack of the main thread, innermost first, as py-spy tells without stopping it.

    Empty where py-spy is not installed or may not look.
    """
    program = shutil.which("py-spy")
    if program is None:
        return []
    command = [program, "dump", "--nonblocking", "--pid", str(pid)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PY_SPY_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return parse_dump(done.stdout)


def parse_dump(text: str) -> list[str]:
    """The frames of the main thread in what `py-spy dump` prints, else of the first thread."""
    threads: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("Thread "):
            threads.append((line, []))
        elif threads and line.startswith("    "):
            threads[-1][1].append(line.strip())
    main = [frames for head, frames in threads if '"MainThread"' in head]
    return next(iter(main or [frames for _, frames in threads]), [])


def describe(process: Process) -> str:
    """Where the main thread is, in one sentence: from py-spy, else from /proc."""
    now = read_process(process.pid)
    if now is None:
        return f"process {process.pid} has ended"
    frames = read_stack(process.pid)
    if frames:
        return f"the main thread of process {process.pid} is in {frames[0]}"
    return f"the main thread of process {process.pid} {describe_thread(now)}"


def describe_thread(process: Process) -> str:
    """What the kernel says that the main thread does: waits in a call, runs, or is stopped."""
    word = STATES.get(process.state, "is in a state unknown to us")
    seen = look(process.pid, process.pid)
    call = WAITS.get(process.machine or "", {}).get(number_of(seen))
    if call is not None:
        return f"waits in {call}"
    channel = read_channel(process.pid)
    return f"{word} in {channel}" if channel and process.state in "SD" else word


def read_channel(pid: int) -> str:
    """The kernel's function in which the main thread waits; empty if it runs or that is secret."""
    try:
        channel = Path(f"/proc/{pid}/wchan").read_text().strip()
    except OSError:
        return ""
    return "" if channel == "0" else channel
