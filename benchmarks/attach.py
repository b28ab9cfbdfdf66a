"""attach.py: what attaching to a running training costs it, for us, memray and debugpy.

Pause, time to first data and success, in one run on the same targets; overhead side by side in one
process; probe values against float64. `--write` puts the tables into README.md and what they say
into docs/attach.md. Takes ten minutes.
"""

import argparse
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from attach_overhead import HEAD, SIZES, Overhead, judge, measure_all, spread  # noqa: E402
from attach_pause import Sampler  # noqa: E402
from attach_rivals import Debugpy, Memray, install  # noqa: E402
from throughput_report import cpu_model  # noqa: E402

from logwatch.attach.attachment import Options, attach  # noqa: E402
from logwatch.attach.refusal import AttachRefused  # noqa: E402
from tests.attach.started import Server, Target  # noqa: E402

README = HERE / "README.md"
DOCS = HERE.parent / "docs" / "attach.md"
BEGIN, END = "<!-- attach: begin -->", "<!-- attach: end -->"
MODES = ("train", "pyloop", "matmul", "loader", "sleep", "threads", "join", "alloc")
RIVAL_MODES = ("train", "sleep", "join")
FIRST_DATA_S = 20.0
STEPS_S = 2.0
"""Time in which the usual length of a step is told before anybody attaches."""
PAUSE_GOALS_MS = (2.0, 10.0, 50.0)
FIRST_DATA_GOAL_MS = 300.0
SHORT_STEP_S = 0.1
"""Modes with longer steps have no goal for the first data: the first step must end before it."""


@dataclass
class Tried:
    """What came of one tool in one mode; seconds."""

    tool: str
    mode: str
    step_s: float = math.nan
    cycles: int = 0
    worked: int = 0
    seen: list[float] = field(default_factory=list)
    """Pause as the sampler saw it."""
    own: list[float] = field(default_factory=list)
    """Pause by the injector's own clock."""
    first: list[float] = field(default_factory=list)


def try_us(target: Target, tried: Tried) -> None:
    """Attach, hear the first values, leave."""
    try:
        with attach(target.pid, Options()) as found:
            until = time.monotonic() + FIRST_DATA_S
            while found.first_data_s is None and found.is_open and time.monotonic() < until:
                found.receive(1.0)
            tried.own.append(found.pause_s)
            if found.first_data_s is not None:
                tried.first.append(found.first_data_s)
                tried.worked += 1
    except AttachRefused as error:
        print(f"{tried.tool} {tried.mode}: {error}", file=sys.stderr)


def run_cycles(
    tried: Tried, start: Callable[[str], Target], act: Callable[[Target, Tried], None], cycles: int
) -> Tried:
    """The same, over and over, on one target, which must go on after each."""
    target = start(tried.mode)
    target.wait_steps(3)
    tried.step_s = measure_step(target)
    for _ in range(cycles):
        worked = tried.worked
        with Sampler(target.pid) as sampler:
            act(target, tried)
        tried.cycles += 1
        tried.seen.append(sampler.stopped_s)
        try:
            target.wait_steps(1)
        except AssertionError:  # it died, or hangs
            tried.worked = worked
            print(f"{tried.tool} {tried.mode}: the target no longer trains", file=sys.stderr)
            break
    target.close()
    target.kill()
    print(row(tried), flush=True)
    return tried


def measure_step(target: Target) -> float:
    """How long its steps take while nobody is attached, in seconds."""
    begun, before = time.monotonic(), len(target.losses)
    while time.monotonic() - begun < STEPS_S:
        target.wait_steps(1)
    return (time.monotonic() - begun) / (len(target.losses) - before)


def try_all(cycles: int, rivals: bool) -> list[Tried]:
    """Us in all modes, the others in some, in one run."""
    folder = install() if rivals else None
    server = Server(**({"PYTHONPATH": str(folder)} if folder else {}))
    done = [run_cycles(Tried("logwatch", mode), server.start, try_us, cycles) for mode in MODES]
    if folder:
        memray, debugpy = Memray(folder), Debugpy(folder)
        for mode in RIVAL_MODES:
            tried = Tried("memray attach", mode)
            done.append(run_cycles(tried, server.start, memray.act, max(1, cycles // 3)))
        for mode in RIVAL_MODES:
            tried = Tried("debugpy --pid", mode)
            for _ in range(max(1, cycles // 10)):  # it cannot leave: a fresh target each time
                run_cycles(tried, server.start, debugpy.act, 1)
            done.append(tried)
    server.close()
    return done


def quantiles(values: list[float]) -> tuple[float, float, float]:
    """Median, 95th percentile and maximum, in ms; NaN for none. A pause without an end is none."""
    ordered = sorted(value for value in values if not math.isnan(value))
    if not ordered:
        return math.nan, math.nan, math.nan
    high = ordered[min(len(ordered) - 1, math.ceil(0.95 * len(ordered)) - 1)]
    return 1e3 * statistics.median(ordered), 1e3 * high, 1e3 * ordered[-1]


def show(values: list[float]) -> str:
    """The same as text, `-` for none."""
    if not values:
        return "-"
    return " / ".join(
        f"{value:.2f}" if value < 10 else f"{value:.0f}" for value in quantiles(values)
    )


def row(tried: Tried) -> str:
    """One line of the table."""
    worked = f"{tried.worked}/{tried.cycles}"
    return (
        f"| {tried.tool} | {tried.mode} | {1e3 * tried.step_s:.0f} | {worked} "
        f"| {show(tried.seen)} | {show(tried.own)} | {show(tried.first)} |"
    )


def sum_up(done: list[Tried]) -> Iterable[str]:
    """The sentences below the table: goals, each with what holds."""
    ours = [tried for tried in done if tried.tool == "logwatch"]
    pauses = [pause for tried in ours for pause in tried.seen]
    own = [pause for tried in ours for pause in tried.own]
    first = [taken for tried in ours if tried.step_s < SHORT_STEP_S for taken in tried.first]
    held = all(is_at <= goal for is_at, goal in zip(quantiles(pauses), PAUSE_GOALS_MS, strict=True))
    yield (
        f"- Pause of at most 2 / 10 / 50 ms (median, p95, max): {'holds' if held else 'missed'} "
        f"({show(pauses)} by the sampler, {show(own)} by our own clock, {len(pauses)} attaches)."
    )
    worst = quantiles(first)[0]
    yield (
        f"- First data within {FIRST_DATA_GOAL_MS:.0f} ms for steps under 100 ms: "
        f"{'holds' if worst <= FIRST_DATA_GOAL_MS else 'missed'} in the median ({show(first)})."
    )
    worked, cycles = sum(tried.worked for tried in ours), sum(tried.cycles for tried in ours)
    yield f"- All cycles succeed: {'holds' if worked == cycles else 'missed'} ({worked}/{cycles})."


def measure_truth(steps: int) -> Iterable[str]:
    """Largest and median error of what the probe says of a small language model, as table rows."""
    import torch  # noqa: PLC0415 - where only pauses are measured it is not needed

    from tests.attach.trainings import find_errors, probed, train_language  # noqa: PLC0415

    with probed() as probe:
        truth = train_language(lambda model: torch.optim.AdamW(model.parameters(), 1e-3), steps)
    for name in ("train/loss", "train/grad_norm", "param_delta/median", "param_delta/max"):
        errors = find_errors(probe.values, truth, name)
        yield f"| {name} | {statistics.median(errors):.2g} | {max(errors):.2g} |"


def describe_machine() -> str:
    """Processor, load, kernel and Python."""
    return (
        f"{cpu_model()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end; "
        f"{platform.system()} {platform.release()}; Python {platform.python_version()}."
    )


def write_summary(done: list[Tried], overheads: list[Overhead]) -> str:
    """What docs/attach.md says of it: the goals, and the others in the same run."""
    lines = [f"Measured by `benchmarks/attach.py` on {describe_machine()}", "", *sum_up(done)]
    for tool in dict.fromkeys(tried.tool for tried in done if tried.tool != "logwatch"):
        seen = [pause for tried in done if tried.tool == tool for pause in tried.seen]
        first = [taken for tried in done if tried.tool == tool for taken in tried.first]
        lines.append(
            f"- {tool} in the same run: pause {show(seen)} ms, first data {show(first)} ms."
        )
    for overhead in overheads:
        verdict = judge(overhead.judged, 1 + overhead.size.goal)
        lines.append(
            f"- Overhead at steps of {1e3 * overhead.step_s:.1f} ms, goal "
            f"{100 * overhead.size.goal:.0f} %: {verdict} ({spread(overhead.judged)})."
        )
    return "\n".join([*lines, "", "All tables: [benchmarks/README.md](../benchmarks/README.md)."])


def write_tables(done: list[Tried], overheads: list[Overhead], truths: list[str]) -> str:
    """All tables as Markdown."""
    parts = [
        describe_machine(),
        "",
        "| tool | mode | step ms | success | pause, sampler: median / p95 / max ms "
        "| pause, own clock: ms | first data: median / p95 / max ms |",
        "|---|---|---:|---:|---:|---:|---:|",
        *map(row, done),
        "",
        *sum_up(done),
        "",
        *HEAD,
        *(overhead.row() for overhead in overheads),
        "",
        "| value | median error | largest error |",
        "|---|---:|---:|",
        *truths,
    ]
    return "\n".join(parts)


def write_into(path: Path, text: str) -> None:
    """Put the text between the marks of a file, at its end where it has none."""
    before = path.read_text()
    if BEGIN not in before:
        before += f"\n## Attach\n\n{BEGIN}\n{END}\n"
    head, _, rest = before.partition(BEGIN)
    path.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=30, help="attaches in each mode")
    parser.add_argument("--alone", action="store_true", help="without memray and debugpy")
    parser.add_argument("--seconds", type=float, default=150.0, help="for each overhead; 0: none")
    parser.add_argument("--write", action="store_true", help="put the tables into README.md")
    args = parser.parse_args()
    done = try_all(args.cycles, not args.alone)
    overheads = measure_all(SIZES, args.seconds) if args.seconds else []
    text = write_tables(done, overheads, list(measure_truth(60)))
    print(text)
    if args.write:
        write_into(README, text)
        write_into(DOCS, write_summary(done, overheads))


if __name__ == "__main__":
    main()
