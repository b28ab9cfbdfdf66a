"""How fast are logs read: by logwatch, line by line in Python, by lnav? In one run, on one core.

    python benchmarks/throughput.py               measure and print; 1 where values differ
    python benchmarks/throughput.py --write       put the figures into benchmarks/README.md, too
    python benchmarks/throughput.py --scale 0.1   on smaller logs; starting weighs more

Each reader runs in a process of its own, in turn with the others, three times. The best counts, in
seconds of processor time, so that whatever else the machine does matters little. Values are
compared bit by bit; those of lnav by their number and sums.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from throughput_lnav import Lnav, Spent, find_lnav
from throughput_logs import FOLDER, LOGS, Log, keep
from throughput_report import Figure, Result, describe, rate, tell_machine, write_readme

READERS = {
    "logwatch": "logwatch",
    "regex": "a line at a time: the dialect's patterns, `regex`, `float()`",
    "hand": "a line at a time: one pattern for this very log, `re`, `float()`",
}
LABELS = {**READERS, "lnav": "lnav with a format file, sums in SQL; its start taken off"}
BY_LINE, ALONE = ("tqdm", "kv"), ("prose", "endless")


def main() -> int:
    """Measure, print, and write if asked."""
    asked = read_arguments()
    FOLDER.mkdir(exist_ok=True)
    lnav = find_lnav()
    machine = tell_machine(bind_to_one_core(), lnav)
    if not lnav:
        print("lnav is not installed: its rows are missing.", file=sys.stderr)
    results = [
        compare_readers(LOGS[kind], asked.scale, asked.rounds, bool(lnav)) for kind in BY_LINE
    ]
    results += [measure_alone(LOGS[kind], asked.scale, asked.rounds) for kind in ALONE]
    text = describe(results, machine)
    print(text)
    if asked.write:
        write_readme(text)
    return 1 if any(result.faults for result in results) else 0


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write benchmarks/README.md, too")
    parser.add_argument("--scale", type=float, default=1.0, help="of the logs' sizes")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each reader")
    return parser.parse_args()


def bind_to_one_core() -> str:
    """Bind this process and all that it starts to one core and one thread; says what was done."""
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    if not hasattr(os, "sched_setaffinity"):
        return "readers bound to no core, as this system cannot"
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return "all readers bound to the same one"


def measure_alone(log: Log, scale: float, rounds: int) -> Result:
    """What only has to be passed over, by logwatch alone."""
    path = keep(log, scale)
    size = path.stat().st_size if log.pieces else int(log.size * scale)
    spent = [run_reader("logwatch", log.name, path, size) for _ in range(rounds)]
    return Result(f"{log.title}, {size / 1e6:.0f} MB", (figure("logwatch", size, spent),))


def compare_readers(log: Log, scale: float, rounds: int, with_lnav: bool) -> Result:
    """All readers on one log, in turn, and whether they read the same."""
    path = keep(log, scale)
    size = path.stat().st_size
    told = ask_reader("compare", log.name, path)
    faults = [f"{reader}: {', '.join(names)}" for reader, names in told["differ"].items() if names]
    notes = [f"{told['values']:,} values compared, bit by bit with the readers by line."]
    runs: dict[str, list[Spent]] = {reader: [] for reader in READERS}
    lnav = Lnav(log, path) if with_lnav else None
    for _ in range(rounds):
        for reader in READERS:
            runs[reader].append(run_reader(reader, log.name, path))
        if lnav:
            runs.setdefault("lnav", []).append(lnav.run())
    if lnav:
        faults += lnav.check(told["rows"], told["sums"])
        notes += lnav.notes
    figures = tuple(figure(reader, size, spent) for reader, spent in runs.items())
    return Result(
        f"{log.title}, {size / 1e6:.0f} MB", figures, tuple(faults), tuple(notes), rate(figures)
    )


def run_reader(reader: str, kind: str, path: Path, size: int = 0) -> Spent:
    """One run of a reader in a process of its own; its start is not counted."""
    told = ask_reader(reader, kind, path, size)
    return Spent(told["wall"], told["cpu"], told["peak"])


def ask_reader(*words: object) -> Any:
    """What `throughput_readers.main` answers in a process of its own."""
    code = "import sys, throughput_readers; throughput_readers.main(*sys.argv[1:])"
    command = [sys.executable, "-c", code, *map(str, words)]
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.getenv("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def figure(reader: str, size: int, spent: Sequence[Spent]) -> Figure:
    """The best of several runs, and how far the worst was from it."""
    times = sorted(one.cpu for one in spent)
    wall, peak = min(one.wall for one in spent), max(one.peak for one in spent)
    megabytes = size / 1e6
    spread = times[-1] / times[0] - 1
    return Figure(reader, LABELS[reader], megabytes / times[0], megabytes / wall, spread, peak)


if __name__ == "__main__":
    sys.exit(main())
