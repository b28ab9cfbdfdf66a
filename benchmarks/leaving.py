"""Close the terminal at every moment of starting and of quitting: is any process left behind?

    python benchmarks/leaving.py [CASES]      default: 200

Each case runs the program in a terminal of its own and closes that terminal some time after the
start, or after a key that quits. The table says how many processes were gone within 2 s, within
10 s, and not at all (these are killed).
"""

import os
import pty
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

STEP_S = 0.05
SOON_S, PATIENCE_S = 2.0, 10.0
AT_ONCE = 4
KEYS = {"starting": b"", "q": b"q", "Ctrl-C": b"\x03"}
READY = b"train/loss"


@dataclass(frozen=True)
class Case:
    """A terminal that closes `delay_s` after the start, or after the key of a way to quit."""

    way: str
    delay_s: float
    ignores_hangup: bool = False


def make_cases(count: int) -> list[Case]:
    """Cases at every 50 ms of starting and after each key; one in four ignores SIGHUP."""
    ways = list(KEYS)
    return [
        Case(ways[n % len(ways)], (n // len(ways)) * STEP_S % 1.5, n % 4 == 3) for n in range(count)
    ]


SHELL = ("/bin/bash", "--norc", "--noprofile", "-ic", '"$@"; true', "bash")
"""An interactive shell, as in a terminal: the program is a job of its own."""


def close_terminal(case: Case, command: Sequence[str]) -> float:
    """Seconds from closing the terminal until the process is gone; Inf: it had to be killed."""
    shell, terminal = pty.fork()
    if shell == 0:
        os.environ["TERM"] = "xterm-256color"
        signal.signal(signal.SIGHUP, signal.SIG_IGN if case.ignores_hangup else signal.SIG_DFL)
        os.execv(SHELL[0], [*SHELL, *command])
    pid = find_child(shell)
    gone = os.pidfd_open(pid)
    try:
        if key := KEYS[case.way]:
            read_until(terminal, READY, PATIENCE_S * 3)
            os.write(terminal, key)
        read_until(terminal, None, case.delay_s)
        os.close(terminal)
        begun = time.monotonic()
        if select.select([gone], [], [], PATIENCE_S)[0]:
            return time.monotonic() - begun
        signal.pidfd_send_signal(gone, signal.SIGKILL)
        return float("inf")
    finally:
        os.close(gone)
        os.kill(shell, signal.SIGKILL)
        os.waitpid(shell, 0)


def find_child(pid: int) -> int:
    """The first child of a process, once it has one."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    while not (found := children.read_text().split()):
        os.sched_yield()
    return int(found[0])


def read_until(terminal: int, wanted: bytes | None, seconds: float) -> bool:
    """Read what the program draws until it shows `wanted`, the time is over, or it ends."""
    shown, end = b"", time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if not select.select([terminal], [], [], left)[0]:
            return False
        try:
            shown = (shown + os.read(terminal, 65536))[-65536:]
        except OSError:  # the program has ended already
            return False
        if wanted is not None and wanted in shown:
            return True
    return False


def run_cases(cases: Sequence[Case], folder: Path) -> list[float]:
    """What came of each case."""
    log = folder / "train.log"
    log.write_text("".join(f"step {n}: loss {2 + 3 / n:.4f}\n" for n in range(1, 500)))
    command = [sys.executable, "-m", "logwatch", str(log)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda case: close_terminal(case, command), cases))


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    cases = make_cases(count)
    with tempfile.TemporaryDirectory() as folder:
        seconds = run_cases(cases, Path(folder))
    table: dict[str, Counter[str]] = {way: Counter() for way in KEYS}
    for case, took in zip(cases, seconds, strict=True):
        row = "left behind" if took == float("inf") else "late" if took > SOON_S else "gone"
        table[case.way][row] += 1
    print(f"{'closed while':<14} {'gone in 2 s':>12} {'in 10 s':>8} {'left behind':>12}")
    for way, rows in table.items():
        print(f"{way:<14} {rows['gone']:>12} {rows['late']:>8} {rows['left behind']:>12}")
    ended = [took for took in seconds if took < float("inf")]
    print(f"slowest: {max(ended, default=0.0):.2f} s")


if __name__ == "__main__":
    main()
