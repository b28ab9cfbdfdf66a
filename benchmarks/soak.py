"""Follow 50 runs that grow, rotate, fail and come back, and look for what is lost, doubled or kept.

    .venv/bin/python benchmarks/soak.py [--minutes 60] [--runs 50] [--seed N]

All happens in this process: the threads of the screen without the screen. After each round every
run must hold exactly the samples that were written. Some rounds have no free descriptor; a third of
the runs may not use inotify; the wall clock jumps by up to a year; neither the cache nor what is
kept of a pipe finds room on the disk. Exit code 1 if a sample was lost or doubled, if a
descriptor was kept, or if memory grew.
"""

import argparse
import contextlib
import errno
import os
import random
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from logwatch.diagnosis.rule import Question
from logwatch.parsing.library import Library
from logwatch.sources.dialects.load import load_library
from logwatch.sources.pipe import Pipe
from logwatch.sources.source import Source
from logwatch.sources.tail import Tail
from logwatch.sources.targets import Target
from logwatch.sources.watch import Bells, Watch
from logwatch.tui.live.bridge import Bridge
from logwatch.tui.live.reader import Tools
from logwatch.tui.live.snapshot import Snapshot

PATIENCE_S = 60.0
ROUND_LINES = 40
LARGEST_FILE = 256 << 10
"""Bytes of a file in this process: a stand-in for a full disk. The cache of dialects has more, and
so has what is kept of a pipe after some rounds."""
PIPE_LINES = 1500
WITHOUT_DESCRIPTORS_S = 1.5
MEMORY_BYTES = 40 << 20
"""What the process may grow after the first quarter of the rounds: caches and fragments."""
YEAR_S = 365 * 86400.0


class DeafBells(Bells):
    """inotify of a machine whose watches are used up."""

    def add(self, path: str, bell: threading.Event) -> NoReturn:
        """Refuse, as the kernel does."""
        raise OSError(errno.ENOSPC, "inotify watch limit reached")


@dataclass
class Written:
    """A log as its program wrote it; `samples` are those of the newest log of this name."""

    path: Path
    chance: random.Random
    samples: list[tuple[int, float]] = field(default_factory=list)
    half: str = ""
    is_there: bool = False

    def begin(self) -> None:
        """Write a new log under the name."""
        self.samples, self.half, self.is_there = [], "", True
        name = "".join(self.chance.choices("abcdefghij", k=12))
        self.path.write_text(f"=== run {name} begins\n")

    def grow(self, count: int) -> None:
        """Append lines, the last one half."""
        lines = [self.half]
        for _ in range(count):
            step = len(self.samples) + 1
            value = round(self.chance.uniform(0.5, 2.5), 4)
            self.samples.append((step, value))
            lines.append(f"step {step}: loss {value:.4f}\n")
        cut = len(lines[-1]) - 8  # within the word "loss"
        self.half = lines[-1][cut:] if self.chance.random() < 0.5 else ""
        self._append("".join(lines).removesuffix(self.half) if self.half else "".join(lines))

    def finish_line(self) -> None:
        """Write what is missing of a half line."""
        self._append(self.half)
        self.half = ""

    def _append(self, text: str) -> None:
        with self.path.open("a") as file:
            file.write(text)

    def change(self) -> None:
        """One thing that happens to logs. What comes back stays until it was looked at."""
        what = self.chance.random() if self.is_there else 1.0
        if not self.is_there:
            with contextlib.suppress(OSError):
                self.path.rmdir()
            self.begin()
        self.grow(self.chance.randrange(1, ROUND_LINES))
        if what < 0.1:
            self.path.rename(self.path.with_suffix(".old"))
            self.begin()
        elif what < 0.2:
            self.begin()  # emptied in place
        elif what < 0.3:
            self._vanish()
            if self.chance.random() < 0.3:
                self.path.mkdir()
            return
        self.grow(self.chance.randrange(1, ROUND_LINES))

    def _vanish(self) -> None:
        self.finish_line()
        self.path.rename(self.path.with_suffix(".gone"))
        self.is_there = False


class Followed:
    """A run as the screen follows it."""

    def __init__(self, written: Written, library: Library, tools: Tools) -> None:
        self.written = written
        self.snapshot = Snapshot()
        self._news = threading.Condition()
        target = Target(written.path.name, written.path)
        self.bridge = Bridge(target, library, Question(), self._post, tools)
        self.bridge.start()

    def _post(self, snapshot: Snapshot) -> None:
        with self._news:
            self.snapshot = snapshot
            self._news.notify()

    def read(self) -> list[tuple[int, float]]:
        """Step and loss of each sample that the run has now."""
        update = self.snapshot.update
        series = None if update is None else update.run.get("train/loss")
        if series is None:
            return []
        return list(zip(map(int, series.step), map(float, series.value), strict=True))

    def wait(self) -> str:
        """Wait until all that was written is read; what differs after `PATIENCE_S`."""
        self.bridge.nudge()
        with self._news:
            if self._news.wait_for(lambda: self.read() == self.written.samples, PATIENCE_S):
                return ""
        read, wrote = self.read(), self.written.samples
        lost, more = (len(set(one) - set(other)) for one, other in ((wrote, read), (read, wrote)))
        told = (self.snapshot.source, self.snapshot.note, self.snapshot.error)
        return f"{self.written.path.name}: {lost} of {len(wrote)} samples lost, {more} more, {told}"


def count_descriptors() -> int:
    """How many files this process keeps open: the fewest of several looks, as a look opens one."""
    pause = threading.Event()
    looks = []
    for _ in range(20):
        looks.append(len(os.listdir("/proc/self/fd")))  # noqa: PTH208
        pause.wait(0.05)
    return min(looks)


def measure_memory() -> int:
    """Resident bytes of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@contextlib.contextmanager
def without_descriptors() -> Iterator[None]:
    """No file can be opened meanwhile, as where a limit is reached."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Soak:
    """The runs, what is measured of the process, and what was found wrong."""

    def __init__(self, folder: Path, runs: int, seed: int) -> None:
        self.chance = random.Random(seed)
        self.jump_s = 0.0
        self.faults: list[str] = []
        self.library = load_library()[0]
        if left := list((folder / "cache").rglob("*.*")):
            self.faults.append(f"a full disk leaves {left} of the cache")
        self.written = [
            Written(folder / f"{at}.log", random.Random(f"{seed} {at}")) for at in range(runs)
        ]
        for written in self.written:
            written.begin()
        self.followed = [self._follow(at, written) for at, written in enumerate(self.written)]
        self._follow_pipe(folder)

    def _follow(self, at: int, written: Written) -> Followed:
        def open_log(target: Target) -> Source:
            watch = Watch(written.path, kind="ext4", bells=DeafBells()) if at % 3 == 0 else None
            return Tail(written.path, name=target.name, watch=watch)

        return Followed(written, self.library, self._tools(open_log))

    def _tools(self, opener: Callable[[Target], Source]) -> Tools:
        return Tools(open=opener, now=lambda: time.time() + self.jump_s, post_seconds=0.5)

    def _follow_pipe(self, folder: Path) -> None:
        reading, self.pipe = os.pipe()
        self.piped = Written(folder / "pipe", random.Random(0))
        tools = self._tools(lambda target: Pipe(reading, name=target.name))
        self.followed.append(Followed(self.piped, self.library, tools))

    def write_pipe(self) -> None:
        """Write more lines into the pipe."""
        for _ in range(PIPE_LINES):
            step = len(self.piped.samples) + 1
            value = round(self.chance.uniform(0.5, 2.5), 4)
            self.piped.samples.append((step, value))
            os.write(self.pipe, f"step {step}: loss {value:.4f}\n".encode())

    def run_round(self, number: int) -> None:
        """Change the runs, now and then without descriptors, and look at what was read."""
        for written in self.chance.sample(self.written, len(self.written) // 2):
            written.change()
        if number < 12:  # a run of more samples is thinned
            self.write_pipe()
        self.jump_s = self.chance.choice((0.0, 3600.0, -3600.0, YEAR_S, -YEAR_S))
        if number % 3 == 1:
            with without_descriptors():
                threading.Event().wait(WITHOUT_DESCRIPTORS_S)
        self.compare(number)

    def compare(self, number: int) -> None:
        """Note each run that does not hold what was written."""
        for written in self.written:
            if written.is_there and written.half:
                written.finish_line()
        self.faults += [
            f"round {number}, {fault}" for one in self.followed if (fault := one.wait())
        ]

    def bring_back(self, number: int) -> None:
        """Let all logs be there and be read, so that two such moments can be compared."""
        for written in self.written:
            if not written.is_there:
                written.change()
        self.compare(number)

    def stop(self) -> None:
        """End all threads."""
        for one in self.followed:
            one.bridge.stop(PATIENCE_S)
        os.close(self.pipe)


def soak(folder: Path, seconds: float, runs: int, seed: int) -> list[str]:
    """What was found wrong in rounds for so long."""
    started, number = time.monotonic(), 0
    before = count_descriptors()
    held = Soak(folder, runs, seed)
    memory = descriptors = 0
    while time.monotonic() < started + seconds or number < 2:
        held.run_round(number)
        number += 1
        if not memory and time.monotonic() > started + seconds / 4:
            held.bring_back(number)
            memory, descriptors = measure_memory(), count_descriptors()
    held.bring_back(number)
    grown, kept = measure_memory() - memory, count_descriptors() - descriptors
    held.stop()
    left = count_descriptors() - before
    print(
        f"{number} rounds of {runs} runs in {time.monotonic() - started:.0f} s: {memory >> 20} MB "
        f"and {grown / (1 << 20):+.1f}, {descriptors} descriptors and {kept:+d}, {left} in the end"
    )
    if grown > MEMORY_BYTES:
        held.faults.append(f"memory grew by {grown >> 20} MB")
    if kept > 0 or left > 0:
        held.faults.append(f"{kept} descriptors more, {left} in the end")
    return held.faults


def main() -> int:
    """Soak, and print what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        os.environ["XDG_CACHE_HOME"] = str(Path(name) / "cache")
        faults = soak(Path(name), 60 * asked.minutes, asked.runs, asked.seed)
    for fault in faults:
        print(fault)
    print(f"seed {asked.seed}: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
