"""Close the terminal at 200 moments of starting and of quitting, and count what stays.

    .venv/bin/python benchmarks/leaving.py [MOMENTS]

Each moment is a process in a pseudo-terminal of its own, six at once; a quarter of them ignore
SIGHUP, as under nohup. Exit code 1 if a process stayed.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.closed_terminals import find_left, moments

MOMENTS = 200
PATIENCE_S = 20.0


def main() -> int:
    """Print which moments left a process."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MOMENTS
    with tempfile.TemporaryDirectory() as name:
        lines = (f"step {n}: loss {1 + 4 / n:.4f} lr 3e-4\n" for n in range(1, 200))
        (Path(name) / "a.log").write_text("".join(lines))
        started = time.monotonic()
        left = find_left(moments(count), ["a.log"], Path(name), patience_s=PATIENCE_S)
    for moment in left:
        print(f"left behind: {moment}")
    print(f"{len(left)} of {count} left behind ({time.monotonic() - started:.0f} s)")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
