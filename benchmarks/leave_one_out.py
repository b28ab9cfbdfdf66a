"""Read each real log without the dialects that know it: what a program never seen is read like.

    python benchmarks/leave_one_out.py [--verbose]

For each labelled log that a dialect of its own reads, those dialects are switched off. What reads
any program (generic, events, deaths, endings, the plain bar) stays. The score is that of the check
on all logs: main loss exact, problems reported, status right.
"""

import argparse
import csv
import importlib.util
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from logwatch.diagnosis.rule import Question
from logwatch.parsing.library import Library
from logwatch.report.document import run_document
from logwatch.report.run_reading import read_target
from logwatch.sources.dialects.load import load_library
from logwatch.sources.targets import Target

SHARED = Path(__file__).resolve().parents[2] / "shared"
ANY_PROGRAM = frozenset({"generic", "events", "deaths", "endings", "tqdm", "logwatch-probe"})
AGE_S = 3 * 86400


def load_judge() -> ModuleType:
    """The script that judges `check` on the labelled logs."""
    spec = importlib.util.spec_from_file_location("verdicts", SHARED / "checks" / "verdicts.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["verdicts"] = module
    spec.loader.exec_module(module)
    return module


def read_labels() -> list[dict[str, str]]:
    """The labels of all logs that are here."""
    with (SHARED / "logs" / "LABELS.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if (SHARED / "logs" / row["file"]).is_file()]


def read_log(path: Path, library: Library) -> dict[str, Any]:
    """What `check --json` prints of a log that nobody has written to for days."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, path.name)
        shutil.copyfile(path, copy)
        os.utime(copy, (time.time() - AGE_S,) * 2)
        return run_document(read_target(Target(path.name, copy), library, Question()))


def judge_logs(labels: list[dict[str, str]], judge: ModuleType) -> Iterator[dict[str, Any]]:
    """The row of each log that a dialect of its own reads, read without it."""
    known = load_library()[0]
    for label in labels:
        path = SHARED / "logs" / label["file"]
        own = set(read_log(path, known)["dialects"]) - ANY_PROGRAM
        if not own:
            continue
        others = [dialect for dialect in known.dialects if dialect.name not in own]
        run = read_log(path, Library(others, known.entrances))
        yield {**judge.judge(label, run), "own": own}


def main() -> None:
    """Print the misses, where asked for, and the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--verbose", action="store_true", help="print each miss")
    args = parser.parse_args()
    if not SHARED.is_dir():
        print("needs the folder `shared` of real logs next to the checkout")
        return
    judge = load_judge()
    rows = list(judge_logs(read_labels(), judge))
    for row in rows if args.verbose else ():
        if row["misses"]:
            print(row["file"], *row["misses"], sep="\n    ")
    ill = [row for row in rows if row["verdict"] == "ill"]
    healthy = [row for row in rows if row["verdict"] == "healthy"]
    print(f"{len(rows)} logs, {len({frozenset(row['own']) for row in rows})} groups of dialects")
    print("| main loss exact | evaluations exact | problems reported | false alarms | status |")
    print("|---|---|---|---|---|")
    shares = [
        (rows, "loss"),
        (rows, "evals"),
        (ill, "told"),
        (healthy, "has_false"),
        (rows, "status"),
    ]
    print(f"| {' | '.join(judge.share(part, key) for part, key in shares)} |")


if __name__ == "__main__":
    main()
