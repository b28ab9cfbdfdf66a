"""start_up.py: how long people wait for the first word, beside what bare Python and numpy take.

Best and median of 15 runs of each; the file cache is warm, the cache of dialects too.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 15
SAMPLE = Path(__file__).resolve().parent.parent / "sample_logs" / "healthy-language-model.out"
LOGWATCH = [sys.executable, "-m", "logwatch"]
COMMANDS = {
    "python": [sys.executable, "-c", "pass"],
    "python, numpy": [sys.executable, "-c", "import numpy"],
    "logwatch --help": [*LOGWATCH, "--help"],
    "logwatch check, 38 kB": [*LOGWATCH, "check", str(SAMPLE)],
    "logwatch export, 38 kB": [*LOGWATCH, "export", str(SAMPLE)],
    "the screen's modules": [sys.executable, "-c", "import logwatch.tui.app"],
}


def measure(command: list[str]) -> list[float]:
    """Seconds from start to end, RUNS times."""
    taken = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        taken.append(time.perf_counter() - started)
    return taken


if __name__ == "__main__":
    for name, command in COMMANDS.items():
        taken = measure(command)
        best, median = 1000 * min(taken), 1000 * statistics.median(taken)
        print(f"{name:<24} {best:5.0f} ms at best, {median:5.0f} ms median")
