"""What a probed training loses: blocks of steps with and without a guest, in one process.

A guest comes and goes in random order, so that whatever else the machine does falls on both. Of
each pair of blocks the ratio of the means counts; the figure is the median of them. It is judged by
processor time of all threads of the process, which other work on the machine changes little; the
wall time stands beside it.
"""

import math
import os
import random
import statistics
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from logwatch.attach.attachment import Attachment, Options, attach

SCRIPT = Path(__file__).resolve().parent / "attach_steps.py"
SETTLE_S = 1.0
"""After coming or going: the guest's own import and first measurements are no cost of a step."""
STEP = struct.Struct("<ddd")


@dataclass(frozen=True)
class Size:
    """A model, its wanted step time, how long a block lasts, and the share it may lose."""

    width: int
    layers: int
    step_ms: float
    block_s: float
    goal: float


SIZES = (Size(32, 1, 1.0, 1.5, 0.03), Size(64, 2, 10.0, 2.5, 0.01), Size(128, 4, 100.0, 6.0, 0.01))


@dataclass
class Overhead:
    """Ratios of means (processor, wall), and what the guest itself says of its share."""

    size: Size
    step_s: float = math.nan
    processor: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    every: int = 0

    def row(self) -> str:
        """One line of the table."""
        goal = self.size.goal
        held = judge(self.processor, 1 + goal)
        share = f"{100 * self.shares[-1]:.2f} %, every {self.every}" if self.shares else "-"
        return (
            f"| {1e3 * self.step_s:.1f} ms | {len(self.wall)} | {spread(self.processor)} "
            f"| {100 * goal:.0f} %: {held} | {spread(self.wall)} | {share} |"
        )


def judge(ratios: list[float], goal: float) -> str:
    """Whether a goal holds; neither, where the quartiles lie on both sides of it."""
    low, _, high = statistics.quantiles(ratios, n=4)
    if high <= goal:
        return "holds"
    return "missed" if low > goal else "not resolved on this machine"


def spread(ratios: list[float]) -> str:
    """Median and quartiles of ratios, as percent more than one."""
    low, middle, high = (100 * (value - 1) for value in statistics.quantiles(ratios, n=4))
    return f"{middle:+.2f} % ({low:+.2f} to {high:+.2f})"


class Steps:
    """A training of its own that tells each step's time."""

    def __init__(self, size: Size) -> None:
        words = [str(size.width), str(size.layers), str(size.step_ms)]
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        self.taken: list[tuple[float, float, float]] = []
        self.has_begun = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        while record := self.process.stdout.read(STEP.size):
            self.taken.append(STEP.unpack(record))
            self.has_begun.set()

    def means(self, begun: float, ended: float) -> tuple[float, float]:
        """Mean processor and wall time of the steps that ended within a block, in seconds."""
        inside = [(used, taken) for at, taken, used in self.taken if begun <= at <= ended]
        used, taken = zip(*inside, strict=True)
        return statistics.fmean(used), statistics.fmean(taken)

    def close(self) -> None:
        """End it."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def measure_overhead(size: Size, pairs: int) -> Overhead:
    """All pairs of blocks of one size of model."""
    found = Overhead(size)
    steps = Steps(size)
    steps.has_begun.wait()
    chance = random.Random(5)
    for _ in range(pairs):
        means = {}
        for is_probed in chance.sample((True, False), 2):
            means[is_probed] = measure_block(steps, size, is_probed, found)
        found.processor.append(means[True][0] / means[False][0])
        found.wall.append(means[True][1] / means[False][1])
    found.step_s = statistics.median(taken for _, taken, _ in steps.taken)
    steps.close()
    print(found.row(), flush=True)
    return found


def measure_block(
    steps: Steps, size: Size, is_probed: bool, found: Overhead
) -> tuple[float, float]:
    """Mean processor and wall time of a step of one block, with or without a guest."""
    guest = attach(steps.process.pid, Options()) if is_probed else None
    try:
        begun = listen(guest, SETTLE_S, found)
        ended = listen(guest, size.block_s, found)
    finally:
        if guest:
            guest.close()
    return steps.means(begun, ended)


def listen(guest: Attachment | None, seconds: float, found: Overhead) -> float:
    """Take what the guest says for so long, as the program does; when that ended."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if guest is None:
            time.sleep(left)
            continue
        for message in guest.receive(min(left, 0.25)):
            if message["kind"] == "cadence":
                found.every = message["every"]
                found.shares.append(message["share"])
    return until
