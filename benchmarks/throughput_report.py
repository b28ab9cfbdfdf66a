"""What was measured, as tables; and what it was measured with."""

import os
import platform
import sys
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- throughput: begin -->", "<!-- throughput: end -->"

TARGETS = {"regex": 5.0, "lnav": 2.5}
"""How many times faster than these readers logwatch has to be, on every log."""


@dataclass(frozen=True)
class Figure:
    """One reader on one log: MB/s of processor time and of wall time, at best; how far the worst
    of its runs was from the best (0.1: it took 10 % longer); bytes of memory at the peak."""

    reader: str
    label: str
    speed: float
    wall_speed: float
    spread: float
    peak: float


@dataclass(frozen=True)
class Result:
    """All readers on one log. `faults` are values that differ; `notes` what a reader must know."""

    title: str
    figures: tuple[Figure, ...]
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    ratios: dict[str, float] = field(default_factory=dict)


def rate(figures: tuple[Figure, ...]) -> dict[str, float]:
    """How many times the speed of each other reader the first one has."""
    return {other.reader: figures[0].speed / other.speed for other in figures[1:]}


def describe(results: list[Result], facts: str) -> str:
    """All tables as Markdown."""
    return "\n\n".join([facts, *(describe_one(result) for result in results)])


def describe_one(result: Result) -> str:
    """One log: a table, then what holds and what has to be known."""
    rows = [
        "| reader | MB/s (processor) | MB/s (wall) | worst run | peak memory | logwatch is |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for figure in result.figures:
        ratio = result.ratios.get(figure.reader)
        rows.append(
            f"| {figure.label} | {figure.speed:.1f} | {figure.wall_speed:.1f} | "
            f"+{100 * figure.spread:.0f} % | {figure.peak / 1e6:.0f} MB | "
            f"{f'{ratio:.1f} x' if ratio else ''} |"
        )
    lines = [*(f"- {note}" for note in result.notes), *judge(result)]
    return "\n".join([f"### {result.title}", "", *rows, "", *lines])


def judge(result: Result) -> list[str]:
    """A line for each target; whether the values are exact, or a line for each fault."""
    verdicts = [
        f"- At least {goal:g} x `{name}`: {'holds' if result.ratios[name] >= goal else 'MISSED'} "
        f"({result.ratios[name]:.1f} x)."
        for name, goal in TARGETS.items()
        if name in result.ratios
    ]
    exact = ["- All values are exact."] if result.ratios and not result.faults else []
    return verdicts + exact + [f"- NOT EXACT: {fault}" for fault in result.faults]


def tell_machine(pinned: str, lnav: str) -> str:
    """The facts without which a speed says nothing."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "regex"))
    return (
        f"{cpu_model()}, {os.cpu_count()} cores, {pinned}; {platform.system()} "
        f"{platform.release()}; Python {platform.python_version()}, {packages}; "
        f"{lnav or 'no lnav'}."
    )


def cpu_model() -> str:
    """The processor's name."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or sys.platform


def write_readme(text: str, path: Path = README) -> None:
    """Put the figures between their two marks.

    Raises:
        ValueError: the file lacks a mark.
    """
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} lacks {BEGIN} or {END}.")
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
