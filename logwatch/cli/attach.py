"""`logwatch attach`: look into a running training; without a PID, list those that run."""

import argparse
import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from logwatch.cli import arguments, check, exits, questions

if TYPE_CHECKING:
    from logwatch.report.probe_recorder import Recorded
    from logwatch.sources.probe.client import Probe
    from logwatch.sources.probe.state import ProbeState
    from logwatch.sources.targets import Target

EARLY_SECONDS = 1.0
"""Whether a process may be entered is known before the screen opens; entering may take longer."""


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
    arguments.add_parsers(parser)
    arguments.add_ascii(parser)


def run(args: argparse.Namespace) -> int:
    """List trainings, write a recording, or open the screen on a process and its log."""
    if args.pid is None:
        return print_trainings()
    if args.out:
        return record(args)
    if args.seconds is not None:
        raise exits.UsageError("--for goes with --out, or with logwatch check --attach")
    return show(args, choose_processes(args), args.log)


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
        print(exits.printable("  ".join((*cells, row[-1]))))
    return exits.OK


def choose_processes(args: argparse.Namespace) -> dict[int, int]:
    """Process ids by rank: all ranks of the job with `--ranks`, else the one that was named.

    Raises:
        UsageError: `--ranks` finds no rank.
    """
    if not getattr(args, "ranks", False):
        return {0: args.pid}
    from logwatch.sources.probe.ranks import find_ranks

    found = find_ranks(args.pid)
    if not found:
        raise exits.UsageError(f"--ranks finds no rank among the processes beside {args.pid}")
    return found


def find_target(pid: int, word: str | None, name: str = "") -> "Target":
    """The log of a process: the one that was named, else where its output goes, else none.

    Raises:
        UsageError: the word means no log, or several.
    """
    from logwatch.sources.probe.process_log import find_log
    from logwatch.sources.targets import Target

    if word is None:
        path = find_log(pid)
        return Target(name or f"process {pid}") if path is None else Target(str(path), path)
    targets = arguments.expand([word])
    if len(targets) > 1:
        raise exits.UsageError(f"{word} means {len(targets)} logs: name one")
    if targets[0].error:
        raise exits.UsageError(targets[0].error)
    if targets[0].path is None:
        raise exits.UsageError("a probe goes with a log that is a file, not with standard input")
    return targets[0]


def open_probes(
    args: argparse.Namespace, processes: dict[int, int], word: str | None
) -> "dict[Target, Probe]":
    """A probe for each process, by its log; of several with one log the first rank has it."""
    from logwatch.sources.probe.client import Probe
    from logwatch.sources.targets import Target

    options = arguments.options_of(args)
    probes: dict[Target, Probe] = {}
    for rank, pid in processes.items():
        name = f"rank {rank} (process {pid})" if len(processes) > 1 else f"process {pid}"
        target = find_target(pid, word, name)
        if any(target.path is not None and target.path == other.path for other in probes):
            target = Target(name)
        probes[target] = Probe(pid, options)
    return probes


@contextlib.contextmanager
def started(probes: "dict[Target, Probe]") -> "Iterator[None]":
    """Attach to all, and detach from all at the end, whatever happens."""
    try:
        for probe in probes.values():
            probe.start()
        yield
    finally:
        for probe in probes.values():
            probe.close()


def show(args: argparse.Namespace, processes: dict[int, int], word: str | None) -> int:
    """Open the screen on processes and their logs; where attaching is refused, on the logs."""
    from logwatch.cli import watch

    if not watch.is_screen_possible():
        exits.say(watch.NO_TERMINAL)
        return check_processes(args, processes, word)
    probes = open_probes(args, processes, word)
    with started(probes):  # while the dialects are loaded something may already be heard
        library = arguments.library_of(args)
        question = questions.question_of(args, library)
        states = [probe.wait_settled(EARLY_SECONDS) for probe in probes.values()]
        told = [say_refusal(state) for state in states]
        shown = [t for t, p in probes.items() if t.path is not None or not is_refused(p)]
        if not shown:
            return max(told)
        from logwatch.tui import run_app

        watch.read_keys_from_terminal()
        code = run_app(shown, question, library, ascii=args.ascii, probes=probes)
        late = [
            say_refusal(probe.state)
            for probe, before in zip(probes.values(), states, strict=True)
            if before.phase != "refused"
        ]
    return max(code, *told, *late)


def check_processes(args: argparse.Namespace, processes: dict[int, int], word: str | None) -> int:
    """Say what is found in processes and their logs."""
    known = {"json": False, "fail_on": "error", **vars(args)}
    known["seconds"] = known.get("seconds") or CHECK_SECONDS
    return check.run_probed(argparse.Namespace(**known), open_probes(args, processes, word))


CHECK_SECONDS = 10.0
"""So long does `check` listen to a probe unless told otherwise: some steps of most trainings."""


def is_refused(probe: "Probe") -> bool:
    """Whether the probe could not go in."""
    return probe.state.phase == "refused"


def say_refusal(state: "ProbeState") -> int:
    """Say why a probe could not go in and what would help; the exit code that this asks for."""
    if state.phase == "refused":
        exits.say(state.told)
    return refusal_code(state)


def refusal_code(state: "ProbeState") -> int:
    """The exit code of a refusal, 0 without one."""
    return state.exit_code if state.phase == "refused" else exits.OK


def one_word(args: argparse.Namespace) -> str | None:
    """The log that was named beside `--attach`, None where it is to be found.

    Raises:
        UsageError: several were named.
    """
    if len(args.targets) > 1:
        raise exits.UsageError("--attach goes with one log")
    return args.targets[0] if args.targets else None


def record(args: argparse.Namespace) -> int:
    """Write recordings until the processes end, the time is over or Ctrl-C is pressed."""
    from logwatch.report.probe_recorder import record_probes
    from logwatch.sources.probe.client import Probe

    options = arguments.options_of(args)
    processes = choose_processes(args)
    pairs = [
        (Probe(pid, options), name_file(Path(args.out), rank, len(processes)))
        for rank, pid in processes.items()
    ]
    interrupt_on(signal.SIGTERM)
    recorded = record_probes(pairs, args.seconds, exits.say)
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
