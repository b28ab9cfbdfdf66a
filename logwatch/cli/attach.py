"""`logwatch attach`: look into a running training; without a PID, list those that run."""

import argparse
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from logwatch.cli import arguments, exits, options, probing, questions, screen
from logwatch.cli.options import AttachOptions

if TYPE_CHECKING:
    from logwatch.report.probe_recorder import Recorded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments it takes."""
    parser.add_argument("pid", metavar="PID", nargs="?", type=int, help="the process to look into")
    parser.add_argument("--log", metavar="FILE", help="its log (default: where its output goes)")
    parser.add_argument(
        "--out", metavar="FILE", help="write what the probe tells to a file, without a screen"
    )
    parser.add_argument(
        "--ranks", action="store_true", help="look into all ranks of its job on this machine"
    )
    arguments.add_seconds(parser, None, "with --out: end after so long")
    arguments.add_probe(parser)
    questions.add_question(parser)
    arguments.add_dialects(parser)
    arguments.add_ascii(parser)


def run(args: argparse.Namespace) -> int:
    """List trainings, write a recording, or open the screen on a process and its log."""
    asked = options.attach_options(args)
    if asked.show.probe.pid is None:
        return print_trainings()
    processes = choose_processes(asked.show.probe.pid, ranks=asked.ranks)
    if asked.out:
        return record(asked, processes, Path(asked.out))
    if asked.show.probe.seconds is not None:
        raise exits.UsageError("--for goes with --out, or with logwatch check --attach")
    return screen.show_processes(asked.show, processes, asked.log)


def print_trainings() -> int:
    """One line for each Python process that trains and that we may look at."""
    from logwatch.attach.process import list_trainings

    rows = [("PID", "USER", "GPU", "LOG", "COMMAND")]
    for found in list_trainings():
        gpus = ",".join(found.gpus) or "-"
        rows.append((str(found.pid), found.user, gpus, found.log or "-", found.command))
    if len(rows) == 1:
        exits.say("no Python process here has torch or jax in its memory, as far as you may see")
        return exits.OK
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False))
        exits.show("  ".join((*cells, row[-1])))
    return exits.OK


def choose_processes(pid: int, *, ranks: bool) -> dict[int, int]:
    """Process ids by rank: all ranks of the job with `ranks`, else the one that was named.

    Raises:
        UsageError: there is no rank.
    """
    if not ranks:
        return {0: pid}
    from logwatch.sources.probe.ranks import find_ranks

    found = find_ranks(pid)
    if not found:
        raise exits.UsageError(f"--ranks finds no rank among the processes beside {pid}")
    return found


def record(asked: AttachOptions, processes: Mapping[int, int], out: Path) -> int:
    """Write recordings until the processes end, the time is over or Ctrl-C is pressed."""
    from logwatch.report.probe_recorder import record_probes
    from logwatch.sources.probe.client import Probe

    settings = probing.probe_settings(asked.show.probe)
    pairs = [
        (Probe(pid, settings), name_file(out, rank, len(processes)))
        for rank, pid in processes.items()
    ]
    for number in (signal.SIGINT, signal.SIGTERM):  # to end a recording well may take its time
        interrupt_on(number)
    recorded = record_probes(pairs, asked.show.probe.seconds, exits.say)
    for one in recorded:
        say_recorded(one)
    return max(one.exit_code for one in recorded)


def name_file(path: Path, rank: int, ranks: int) -> Path:
    """The file of one rank: `probe.jsonl`, `probe.rank3.jsonl` where there are several."""
    return path if ranks == 1 else path.with_name(f"{path.stem}.rank{rank}{path.suffix}")


def say_recorded(one: "Recorded") -> None:
    """Say what a recording holds."""
    if not one.exit_code:
        lines = "1 line" if one.lines == 1 else f"{one.lines} lines"
        exits.say(f"{one.path} holds {lines}; {one.reason}; open it with logwatch {one.path}")


def interrupt_on(number: signal.Signals) -> None:
    """Let a signal end what is going on as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(number, interrupt)
