"""The arguments of each command as frozen values; nothing behind them sees argparse."""

import argparse
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How logs are read: further dialect files, and whose lines count (None: the first rank's)."""

    dialects: tuple[str, ...] = ()
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOptions:
    """What the diagnosis should know of all runs, as the words say it."""

    baseline: str | None = None
    config: str | None = None
    goals: tuple[str, ...] = ()
    time_limit: str | None = None
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOptions:
    """How a probe goes into a process, and what it may cost there.

    `pid` is the process that was named, None without one. `budget` is a share of the training's
    time. `every` probes every Nth step, whatever it costs. `seconds` is how long it is listened
    to, None where nothing was said.
    """

    pid: int | None = None
    method: str = "auto"
    budget: float
    every: int | None = None
    loss: bool = True
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOptions:
    """What the screen is opened on, and how; `check` and `attach` share it."""

    targets: tuple[str, ...] = ()
    read: ReadOptions
    ask: AskOptions
    probe: ProbeOptions
    ascii: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What `check` reads, and how it says what it found."""

    show: ShowOptions
    json: bool = False
    fail_on: str = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What `export` prints; no metrics are all of them."""

    targets: tuple[str, ...]
    format: str
    metrics: tuple[str, ...]
    read: ReadOptions
    probe: ProbeOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachOptions:
    """What `attach` does with a process: a recording into `out`, or the screen."""

    show: ShowOptions
    log: str | None = None
    out: str | None = None
    ranks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DialectsOptions:
    """What `dialects` does, and with which names, files or logs."""

    action: str
    words: tuple[str, ...]
    read: ReadOptions


def dialects_options(args: argparse.Namespace) -> DialectsOptions:
    """What the words say of `dialects`."""
    return DialectsOptions(action=args.action, words=tuple(args.words), read=read_options(args))


def read_options(args: argparse.Namespace) -> ReadOptions:
    """What the words say of reading."""
    return ReadOptions(dialects=tuple(args.dialects), rank=args.rank)


def ask_options(args: argparse.Namespace) -> AskOptions:
    """What the words say of the runs."""
    return AskOptions(
        baseline=args.baseline,
        config=args.config,
        goals=tuple(args.goals),
        time_limit=args.time_limit,
        settings=tuple(args.settings),
    )


def probe_options(args: argparse.Namespace) -> ProbeOptions:
    """What the words say of a probe."""
    words = vars(args)
    return ProbeOptions(
        pid=words.get("pid") or words.get("attach"),
        method=args.method,
        budget=args.budget,
        every=args.every,
        loss=not args.no_loss,
        seconds=words.get("seconds"),
    )


def show_options(args: argparse.Namespace) -> ShowOptions:
    """What the words say of logs on the screen."""
    return ShowOptions(
        targets=tuple(vars(args).get("targets", ())),
        read=read_options(args),
        ask=ask_options(args),
        probe=probe_options(args),
        ascii=args.ascii,
    )


def check_options(args: argparse.Namespace) -> CheckOptions:
    """What the words say of `check`."""
    return CheckOptions(show=show_options(args), json=args.json, fail_on=args.fail_on)


def export_options(args: argparse.Namespace) -> ExportOptions:
    """What the words say of `export`."""
    return ExportOptions(
        targets=tuple(args.targets),
        format=args.format,
        metrics=tuple(args.metrics),
        read=read_options(args),
        probe=probe_options(args),
    )


def attach_options(args: argparse.Namespace) -> AttachOptions:
    """What the words say of `attach`."""
    return AttachOptions(show=show_options(args), log=args.log, out=args.out, ranks=args.ranks)


def listen_for(show: ShowOptions, seconds: float) -> ShowOptions:
    """The same, listening to a probe for so many seconds where nothing was said."""
    return replace(show, probe=replace(show.probe, seconds=show.probe.seconds or seconds))
