"""How long a process stands still, seen from outside."""

import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

EVERY_S = 0.0001
"""Between two looks; a look takes 0.02 ms. Stops shorter than both together can be missed."""
STOPPED = b"tT"


class Sampler:
    """A process that looks at the state of another's main thread, from enter to exit.

    `stopped_s` tells afterwards how long that was held, in all.
    """

    def __init__(self, pid: int) -> None:
        self.stopped_s = 0.0
        self._stat = Path(f"/proc/{pid}/task/{pid}/stat")

    def __enter__(self) -> Self:
        self._results, results = os.pipe()
        over, self._over = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.close(self._over)
                os.set_blocking(over, False)
                self._watch(over, results)
            finally:
                os._exit(0)
        os.close(over)
        os.close(results)
        os.read(self._results, 1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._over)
        os.waitpid(self._pid, 0)
        self.stopped_s = float(os.read(self._results, 100) or "nan")
        os.close(self._results)

    def _watch(self, over: int, results: int) -> None:
        stat = os.open(self._stat, os.O_RDONLY)
        os.write(results, b".")
        total, last, was_stopped = 0.0, time.perf_counter(), False
        is_last = False
        while not is_last:  # it looks once more after the end is said
            is_last = is_closed(over)
            line = os.pread(stat, 400, 0)
            is_stopped = line[line.rindex(b")") + 2] in STOPPED
            now = time.perf_counter()
            if is_stopped or was_stopped:  # half of the time between two looks at its edges
                total += (now - last) * (1.0 if is_stopped and was_stopped else 0.5)
            last, was_stopped = now, is_stopped
            if not is_last:
                time.sleep(EVERY_S)
        os.write(results, repr(total).encode())


def is_closed(descriptor: int) -> bool:
    """Whether the other end of a pipe in which nothing is ever written is closed."""
    try:
        return not os.read(descriptor, 1)
    except BlockingIOError:
        return False
