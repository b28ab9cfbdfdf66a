"""What every command needs of probes: the log of a process, the probe itself, its refusal."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from logwatch.cli import arguments, exits
from logwatch.cli.options import ProbeOptions

if TYPE_CHECKING:
    from logwatch.attach.attachment import Options
    from logwatch.sources.probe.client import Probe
    from logwatch.sources.probe.state import ProbeState
    from logwatch.sources.targets import Target

EARLY_SECONDS = 1.0
"""Whether a process may be entered is known before the screen opens; entering may take longer."""
CHECK_SECONDS = 10.0
"""How long `check` listens to a probe by default: some steps of most trainings."""


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


def name_one_log(targets: Sequence[str]) -> str | None:
    """The log that was named with `--attach`, None where it is to be found.

    Raises:
        UsageError: several were named.
    """
    if len(targets) > 1:
        raise exits.UsageError("--attach goes with one log")
    return targets[0] if targets else None


def probe_settings(options: ProbeOptions) -> "Options":
    """The settings of an attachment.

    Raises:
        UsageError: there is no such method.
    """
    from logwatch.attach.attachment import Options
    from logwatch.attach.method import METHODS

    if options.method not in METHODS:
        known = ", ".join(METHODS)
        raise exits.UsageError(f"--method {options.method} is not known; known are {known}")
    return Options(
        method=options.method, budget=options.budget, every=options.every, loss=options.loss
    )


def open_probes(
    options: ProbeOptions, processes: Mapping[int, int], word: str | None
) -> "dict[Target, Probe]":
    """A probe for each process, by its log; of several with one log the first rank has it."""
    from logwatch.sources.probe.client import Probe
    from logwatch.sources.targets import Target

    settings = probe_settings(options)
    probes: dict[Target, Probe] = {}
    for rank, pid in processes.items():
        name = f"rank {rank} (process {pid})" if len(processes) > 1 else f"process {pid}"
        target = find_target(pid, word, name)
        if any(target.path is not None and target.path == other.path for other in probes):
            target = Target(name)
        probes[target] = Probe(pid, settings)
    return probes


@contextlib.contextmanager
def started(probes: "Mapping[Target, Probe]") -> "Iterator[None]":
    """Attach to all, and detach from all at the end, whatever happens."""
    try:
        for probe in probes.values():
            probe.start()
        yield
    finally:
        for probe in probes.values():
            probe.close()


def is_refused(probe: "Probe") -> bool:
    """Whether the probe could not go in."""
    return probe.state.phase == "refused"


def say_refusal(state: "ProbeState") -> int:
    """Print why a probe could not go in and what would help; the exit code that this asks for."""
    if state.phase == "refused":
        exits.say(state.told)
    return refusal_code(state)


def refusal_code(state: "ProbeState") -> int:
    """The exit code of a refusal, 0 without one."""
    return state.exit_code if state.phase == "refused" else exits.OK
