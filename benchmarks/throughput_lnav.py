"""lnav as one more reader: a format file, one question in SQL, the answer as a CSV."""

import csv
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from throughput_logs import FOLDER, Log, turn_returns

LIMIT_S = 600.0
"""A run of lnav that takes longer has failed."""
CLOSE = 1e-9
"""Relative difference of two sums in another order: SQLite adds doubles one by one."""
NULL = "<NULL>"
"""What lnav writes for the sum of nothing."""
TURNED = (
    "lnav cuts lines at `\\n` only and reads no bar of this log: it was given a copy, made "
    "beforehand, with `\\r` turned to `\\n`."
)


@dataclass(frozen=True)
class Spent:
    """What one process took: wall and processor seconds, bytes at its peak."""

    wall: float
    cpu: float
    peak: float

    def less(self, start: "Spent") -> "Spent":
        """Without what starting takes; a millisecond is always left."""
        cpu = max(0.001, self.cpu - start.cpu)
        return replace(self, wall=max(cpu, self.wall - start.wall), cpu=cpu)


def find_lnav() -> str:
    """The version of the lnav that would run, empty where there is none."""
    if shutil.which("lnav") is None:
        return ""
    said = subprocess.run(["lnav", "-V"], capture_output=True, text=True, check=False)
    return said.stdout.strip() or said.stderr.strip()


class Lnav:
    """lnav on one log, or on a copy with `\\r` as `\\n` where it cannot read the log itself."""

    def __init__(self, log: Log, path: Path) -> None:
        self._path, self._row = path, dict[str, str]()
        self.notes: list[str] = []
        self._home = FOLDER / "home"
        formats = self._home / ".lnav" / "formats" / "benchmark"
        formats.mkdir(parents=True, exist_ok=True)
        file = Path(__file__).with_name(f"lnav_{log.name}.json")
        shutil.copy(file, formats)
        self._question, sample = read_format(file)
        few = FOLDER / "few.log"
        few.write_text(sample, encoding="utf-8")
        self._start = min((self._ask(few) for _ in range(3)), key=lambda spent: spent.cpu)
        self._ask(path)
        if NULL in self._row.values():
            self._path = turn_returns(path)
            self.notes.append(TURNED)

    def run(self) -> Spent:
        """One run, the start taken off."""
        return self._ask(self._path).less(self._start)

    def check(self, rows: int, sums: Mapping[str, float]) -> list[str]:
        """What the last run read otherwise than our readers."""
        wrong = disagreements(self._row, rows, sums)
        return [f"lnav: {', '.join(wrong)}"] if wrong else []

    def _ask(self, path: Path) -> Spent:
        answer = FOLDER / "lnav.csv"
        answer.unlink(missing_ok=True)
        commands = ["-c", f";{self._question}", "-c", f":write-csv-to {answer}"]
        environment = {**os.environ, "HOME": str(self._home)}
        spent = spend(["lnav", "-n", *commands, str(path)], environment)
        self._row = read_answer(answer)
        return spent


def read_format(file: Path) -> tuple[str, str]:
    """Of a format file: the SQL that reads each field of each line once, and its sample lines."""
    formats = json.loads(file.read_text(encoding="utf-8"))
    table = next(name for name in formats if not name.startswith("$"))
    sums = ", ".join(f"sum({name}) as {name}" for name in formats[table]["value"])
    sample = "".join(one["line"] + "\n" for one in formats[table]["sample"])
    return f"select count(*) as rows, {sums} from {table}", sample


def read_answer(path: Path) -> dict[str, str]:
    """The one row that lnav wrote; empty where it wrote none, as after a crash."""
    if not path.exists():
        return {}
    with path.open(newline="") as rows:
        return next(csv.DictReader(rows), {})


def spend(command: list[str], environment: Mapping[str, str]) -> Spent:
    """Run a command to its end, or to the limit, and tell what it took."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    alarm = threading.Timer(LIMIT_S, process.kill)
    alarm.start()
    _, status, usage = os.wait4(process.pid, 0)
    alarm.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def disagreements(row: Mapping[str, str], rows: int, sums: Mapping[str, float]) -> list[str]:
    """The fields whose sum is not that of the other readers; `rows` if lines were missed."""
    if not row:
        return ["no answer"]
    wrong = [] if float(row["rows"]) == rows else ["rows"]
    for name, ours in sums.items():
        theirs = row.get(name.replace("/", "_"))
        if theirs is None:  # the time, which lnav keeps in a column of its own
            continue
        if theirs == NULL or abs(float(theirs) - ours) > CLOSE * abs(ours):
            wrong.append(name)
    return wrong
