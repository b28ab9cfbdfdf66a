"""What one process of `throughput.py` does: one reader on one log, seconds and memory as JSON."""

import json
import math
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from throughput_by_line import BY_LINE, Columns
from throughput_logs import CHUNK, Endless, Stream

from logwatch.metrics.run import Run, RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.extractor import Extractor
from logwatch.sources.dialects.load import load_library

PROC_STATUS = Path("/proc/self/status")

Table = dict[str, np.ndarray]


def read_by_logwatch(stream: Stream) -> RunView:
    """What logwatch reads: all dialects tried, chunk by chunk, into a run."""
    extractor, run, size = Extractor(load_library()[0]), Run(), 0
    while data := stream.read(CHUNK):
        run.append(extractor.feed(data))
        size += len(data)
    run.append(extractor.finish())
    return run.view(size)


def read_every_sample(stream: Stream) -> RunView:
    """The same with all samples, however many: `export` takes them so, chunk by chunk."""
    extractor, run, parts = Extractor(load_library()[0]), Run(), []
    while data := stream.read(CHUNK):
        run.append(extractor.feed(data))
        parts.append(run.take())
    run.append(extractor.finish())
    parts.append(run.take())
    names = parts[-1].series
    return RunView({name: join([part.series[name] for part in parts if name in part.series])
                    for name in names})  # fmt: skip


def join(parts: list[SeriesView]) -> SeriesView:
    """Samples of one metric that were taken one after the other."""
    columns = ("value", "step", "epoch", "time", "line", "offset")
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
    return SeriesView(parts[0].name, parts[0].axis, **joined)


def measure(reader: str, kind: str, stream: Stream) -> dict[str, float]:
    """Read once: wall and processor seconds, bytes of memory before and at the peak."""
    load_library()  # from its cache, as in every start but the first
    read = read_by_logwatch if reader == "logwatch" else BY_LINE[kind][reader]
    before = memory("VmRSS")
    wall, cpu = time.perf_counter(), time.process_time()
    read(stream)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall": wall, "cpu": cpu, "before": before, "peak": memory("VmHWM")}


def memory(what: str) -> float:
    """Bytes that this process holds (`VmRSS`) or held at most (`VmHWM`)."""
    if PROC_STATUS.exists():
        line = next(one for one in PROC_STATUS.read_text().splitlines() if one.startswith(what))
        return float(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(most if sys.platform == "darwin" else most * 1024)


def table_of_run(run: RunView) -> Table:
    """The columns of a run under the names that the readers by line use."""
    loss = run.series["train/loss"]
    table = {"loss": loss.value, "step": loss.step, "lr": run.series["lr"].value}
    if "steps_per_s" not in run.series:
        return table | {"time": loss.time}
    table |= {"rate": run.series["steps_per_s"].value, "epoch": loss.epoch}
    evals = {name: view for name, view in run.series.items() if name.startswith("eval/")}
    table |= {name: view.value for name, view in evals.items()}
    return table | {"eval/step": next(iter(evals.values())).step}


def table_of_lines(columns: Columns) -> Table:
    """The columns of a reader by line, steps counted through all epochs as a run counts them."""
    table = {name: np.array(column) for name, column in columns.items()}
    if "epoch" in table:
        table["step"] = table["step"] + (table["epoch"] - 1.0) * table["total"]
    return table


def differing(ours: Table, theirs: Table) -> list[str]:
    """The columns of a run that are missing elsewhere or differ there in a single bit."""
    return [
        name
        for name, column in ours.items()
        if name not in theirs
        or column.astype(np.float64).tobytes() != theirs[name].astype(np.float64).tobytes()
    ]


def compare(kind: str, path: Path) -> dict[str, Any]:
    """All readers on one log: which columns differ, how many values there are, what they sum to."""
    with path.open("rb") as log:
        ours = table_of_run(read_every_sample(log))
    differ, sums = {}, {}
    for reader, read in BY_LINE[kind].items():
        with path.open("rb") as log:
            columns = read(log)
        differ[reader] = differing(ours, table_of_lines(columns))
        sums = {name: math.fsum(column) for name, column in columns.items()}
    values = sum(len(column) for column in ours.values())
    rows = len(ours["loss"]) + len(ours.get("eval/step", ()))
    return {"differ": differ, "values": values, "rows": rows, "sums": sums}


def main(reader: str, kind: str, path: str, size: str = "0") -> None:
    """One answer on stdout.

    `reader` is logwatch, regex, hand, or compare, which runs them all and tells where they
    differ. `kind` is tqdm, kv, prose, or endless: `size` bytes that are on no disk.
    """
    if reader == "compare":
        print(json.dumps(compare(kind, Path(path))))
    elif kind == "endless":
        print(json.dumps(measure(reader, kind, Endless(int(size)))))
    else:
        with Path(path).open("rb", buffering=0) as log:
            print(json.dumps(measure(reader, kind, log)))
