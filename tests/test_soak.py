"""The soak, short: samples, descriptors and memory of runs to which everything happens at once."""

import subprocess
import sys
from pathlib import Path


def test_nothing_is_lost_doubled_or_kept(checkout: Path) -> None:
    """A few rounds of `benchmarks/soak.py`, in a process of their own because of its limits."""
    words = ["benchmarks/soak.py", "--minutes", "0.1", "--seed", "1"]
    done = subprocess.run(
        [sys.executable, *words], cwd=checkout, capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stderr), done.stdout
