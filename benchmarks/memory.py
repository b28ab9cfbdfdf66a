"""memory.py: how much memory logs of several sizes take, and how long the screen waits for a curve.

    python benchmarks/memory.py                  progress bars of 200 and of 1000 MB
    python benchmarks/memory.py --sizes 5000     other sizes, in MB; they lie in the temp folder

Each command runs in a process of its own. The peak is what the system counts for it, interpreter
and numpy included; seconds are those of the processor.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from throughput_logs import FOLDER, LOGS, MEGABYTE, keep

from logwatch.diagnosis.rule import Question
from logwatch.sources.dialects.load import load_library
from logwatch.sources.targets import Target
from logwatch.tui.live.bridge import Bridge
from logwatch.tui.live.snapshot import Snapshot

COMMANDS = ("check", "export", "screen")
PATIENCE_S = 3600.0


def main() -> None:
    """Measure all commands on each size, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 1000], metavar="MB")
    parser.add_argument("--screen", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.screen:
        print(read_as_screen(asked.screen))
        return
    print("| log | command | peak memory | seconds (processor) | |")
    print("|---:|---|---:|---:|---|")
    FOLDER.mkdir(exist_ok=True)
    for size in asked.sizes:
        path = keep(LOGS["tqdm"], size * MEGABYTE / LOGS["tqdm"].size)
        for command in COMMANDS:
            peak, seconds, told = measure(command, path)
            print(f"| {size} MB | {command} | {peak / 1e6:.0f} MB | {seconds:.1f} | {told} |")


def measure(command: str, path: Path) -> tuple[float, float, str]:
    """Peak memory in bytes, seconds of the processor, and what the screen's thread told."""
    words = [sys.executable, "-m", "logwatch", command, str(path)]
    if command == "screen":
        words = [sys.executable, __file__, "--screen", str(path)]
    told = subprocess.PIPE if command == "screen" else subprocess.DEVNULL
    with subprocess.Popen(words, stdout=told, text=True) as child:
        text = child.stdout.read().strip() if child.stdout else ""
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return peak, usage.ru_utime + usage.ru_stime, text


def read_as_screen(path: Path) -> str:
    """Read a log as the thread of a screen does, to its end; when it had what to show."""
    first, done, started = dict[str, float](), threading.Event(), time.perf_counter()

    def post(snapshot: Snapshot) -> None:
        took = time.perf_counter() - started
        what = "course" if snapshot.sampled else "end" if snapshot.is_preview else "all"
        first.setdefault(what, took)
        if snapshot.read_share is None:
            done.set()

    Bridge(Target(path.name, path), load_library()[0], Question(), post).start()
    done.wait(PATIENCE_S)
    return ", ".join(f"{what} after {took:.2f} s" for what, took in first.items())


if __name__ == "__main__":
    main()
