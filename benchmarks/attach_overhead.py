"""What a probed training loses: blocks of steps with a guest's hooks and without, in one process.

The guest has come as it always does and tells what it finds to us all the time; the training takes
its hooks out of torch and puts them back, every tenth of a second or so, so that whatever else the
machine does falls on both. What counts is the ratio of the sums, with its 95 % interval by
bootstrap over the pairs. Beside it stand pairs of blocks that both run without hooks: what they
differ by is what this machine cannot tell. Trainings on a CPU are judged by the processor time of
all threads of the process, the guest's own among them; those on a GPU by the wall.
"""

import math
import os
import statistics
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from logwatch.attach.attachment import Options, attach

SCRIPT = Path(__file__).resolve().parent / "attach_steps.py"
PLAIN, HOOKED, FIRST, SECOND = range(4)
BLOCK = struct.Struct("<qdd")
RESAMPLES = 2000
CORES = 4
"""Cores of one measurement where there are enough: the training's, the guest's, ours."""
HEAD = (
    "| steps of | pairs of blocks | attached against not (95 % interval) | goal "
    "| two without | wall time, attached | probes by their own clock |",
    "|---:|---:|---:|---:|---:|---:|---:|",
)
Pairs = list[tuple[float, float]]
"""What two blocks took, the first of them with hooks; seconds."""


@dataclass(frozen=True)
class Size:
    """A model, its wanted step time, the steps of a block, the share it may lose, and where."""

    width: int
    layers: int
    step_ms: float
    block_steps: int
    goal: float
    device: str = "cpu"


SIZES = (Size(32, 1, 1.0, 64, 0.03), Size(64, 2, 10.0, 10, 0.01), Size(128, 4, 100.0, 4, 0.01))
GPU_SIZES = (
    Size(64, 1, 3.0, 32, 0.03, "cuda"),
    Size(512, 2, 12.0, 10, 0.01, "cuda"),
    Size(1024, 8, 100.0, 4, 0.01, "cuda"),
)


@dataclass
class Overhead:
    """Pairs of blocks: processor and wall time, and those without hooks; the guest's own word."""

    size: Size
    step_s: float = math.nan
    processor: Pairs = field(default_factory=list)
    wall: Pairs = field(default_factory=list)
    control: Pairs = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    every: int = 0

    @property
    def judged(self) -> Pairs:
        """The pairs that count."""
        return self.wall if self.size.device == "cuda" else self.processor

    def row(self) -> str:
        """One line of the table."""
        goal = self.size.goal
        share = statistics.median(self.shares or [math.nan])
        return (
            f"| {self.size.device}, {1e3 * self.step_s:.1f} ms | {len(self.wall)} "
            f"| {spread(self.judged)} | {100 * goal:.0f} %: {judge(self.judged, 1 + goal)} "
            f"| {spread(self.control)} | {spread(self.wall)} "
            f"| {100 * share:.2f} %, every {self.every} |"
        )


def judge(pairs: Pairs, goal: float) -> str:
    """Whether a goal holds; neither, where it lies within the interval."""
    _, low, high = find_ratio(pairs)
    if high <= goal:
        return "holds"
    return "missed" if low > goal else "not resolved on this machine"


def find_ratio(pairs: Pairs) -> tuple[float, float, float]:
    """Sum of the first over sum of the second, and its 95 % interval; infinite for one pair."""
    if len(pairs) < 2:
        return (math.nan, -math.inf, math.inf)
    both = np.array(pairs)
    chosen = np.random.default_rng(5).integers(0, len(both), (RESAMPLES, len(both)))
    sums = both[chosen].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], (0.025, 0.975))
    return float(both[:, 0].sum() / both[:, 1].sum()), float(low), float(high)


def spread(pairs: Pairs) -> str:
    """The ratio and its interval, as percent more than one."""
    middle, low, high = (100 * (value - 1) for value in find_ratio(pairs))
    return f"{middle:+.2f} % ({low:+.2f} to {high:+.2f})"


def measure_all(sizes: tuple[Size, ...], seconds: float) -> list[Overhead]:
    """All sizes, each for so long; beside each other where there are enough cores.

    Those on a GPU share the time, one after the other.
    """
    chains = [[size] for size in sizes if size.device == "cpu"]
    chains += [gpu] if (gpu := [size for size in sizes if size.device != "cpu"]) else []
    cores = sorted(os.sched_getaffinity(0))
    places = [cores[start : start + CORES] for start in range(0, len(cores), CORES)]
    if len(cores) < CORES * len(chains):
        return [found for chain in chains for found in measure_chain(chain, seconds, cores)]
    with ProcessPoolExecutor(len(chains)) as pool:
        done = pool.map(measure_chain, chains, [seconds] * len(chains), places)
        return [found for chain in done for found in chain]


def measure_chain(sizes: list[Size], seconds: float, cores: list[int]) -> list[Overhead]:
    """One after the other, on these cores."""
    os.sched_setaffinity(0, cores)
    return [measure_overhead(size, seconds / len(sizes)) for size in sizes]


class Steps:
    """A training of its own that tells what each of its blocks took."""

    def __init__(self, size: Size) -> None:
        words = (size.width, size.layers, size.step_ms, size.device, size.block_steps)
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert self.process.stdout
        self.process.stdout.read(BLOCK.size)  # it has torch, and trains
        self.blocks: list[tuple[int, float, float]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        while record := self.process.stdout.read(BLOCK.size):
            self.blocks.append(BLOCK.unpack(record))

    def pairs(self, kinds: tuple[int, int]) -> tuple[Pairs, Pairs]:
        """Processor and wall time of each pair of blocks of these two kinds."""
        used, taken = [], []
        for one, other in zip(self.blocks[::2], self.blocks[1::2], strict=False):
            found = {kind: times for kind, *times in (one, other)}
            if found.keys() == set(kinds):
                first, second = (found[kind] for kind in kinds)
                used.append((first[0], second[0]))
                taken.append((first[1], second[1]))
        return used, taken

    def close(self) -> None:
        """End it."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def measure_overhead(size: Size, seconds: float) -> Overhead:
    """Pairs of blocks of one size of model for so long."""
    found = Overhead(size)
    steps = Steps(size)
    with attach(steps.process.pid, Options(time_limit_s=seconds)) as guest:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and guest.is_open:
            for message in guest.receive(min(left, 0.25)):
                if message["kind"] == "cadence":
                    found.every = message["every"]
                    found.shares.append(message["cost_s"] / message["step_s"] / message["every"])
    steps.close()
    found.processor, found.wall = steps.pairs((HOOKED, PLAIN))
    control = steps.pairs((FIRST, SECOND))
    found.control = control[1 if size.device == "cuda" else 0]
    plain = [taken for kind, _, taken in steps.blocks if kind == PLAIN]
    found.step_s = statistics.median(plain) / size.block_steps
    print(found.row(), flush=True)
    return found
