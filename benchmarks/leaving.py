"""Close the terminal at 200 moments of starting and of quitting, and count what stays.

    .venv/bin/python benchmarks/leaving.py [MOMENTS] [SEED]

Each moment is a process in a pseudo-terminal of its own, six at once; a quarter of them ignore
SIGHUP, as under nohup. Where sshd is installed, as many connections to one on this machine are
dropped at random moments, three at once. Exit code 1 if a process stayed.
"""

import math
import random
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.closed_terminals import Moment, measure_leaving, moments
from tests.remote_terminals import Server, find_lack, random_moments

MOMENTS = 200
PATIENCE_S = 20.0


def report(kind: str, chosen: Iterable[Moment], folder: Path, **how: Any) -> int:
    """Print which moments left a process, and the longest time that one stayed; their number."""
    started = time.monotonic()
    measured = measure_leaving(chosen, ["a.log"], folder, patience_s=PATIENCE_S, **how)
    left = [moment for moment, seconds in measured.items() if seconds == math.inf]
    for moment in left:
        print(f"left behind: {moment}")
    longest = max((seconds for seconds in measured.values() if seconds < math.inf), default=0.0)
    print(
        f"{kind}: {len(left)} of {len(measured)} left behind, the others gone within "
        f"{longest:.1f} s ({time.monotonic() - started:.0f} s)"
    )
    return len(left)


def main() -> int:
    """Close pseudo-terminals, then drop connections."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MOMENTS
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    with tempfile.TemporaryDirectory() as name:
        lines = (f"step {n}: loss {1 + 4 / n:.4f} lr 3e-4\n" for n in range(1, 200))
        (Path(name) / "a.log").write_text("".join(lines))
        left = report("terminals", moments(count), Path(name))
        if lack := find_lack():
            print(f"ssh: not measured, {lack}")
            return 1 if left else 0
        with tempfile.TemporaryDirectory(prefix="lw") as keys, Server(Path(keys)) as server:
            chosen = random_moments(random.Random(seed), count)
            kind = f"ssh (seed {seed})"
            left += report(kind, chosen, Path(name), open_terminal=server.open, at_once=3)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
