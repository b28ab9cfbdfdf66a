"""What does it cost to diagnose a run of a million samples of 20 metrics after each update?

    python benchmarks/diagnosis_cost.py

The run grows by some samples at a time, as a screen sees it. Beside it stands what reading the text
of the same samples costs. Processor time of one thread; the best of three stretches.
"""

import time
from collections.abc import Iterator

import numpy as np

from logwatch.diagnosis.engine import Diagnosis
from logwatch.diagnosis.rule import Question
from logwatch.metrics.run import Run, RunView
from logwatch.parsing.record import Extract, Samples
from logwatch.session import Session
from logwatch.sources.dialects.load import load_library

SAMPLES, UPDATES = 1_000_000, 400
STEPS_AN_UPDATE = (1, 10, 100)
NAMES = (
    "train/loss", "lr", "train/grad_norm", "steps_per_s", "tokens_per_s", "gpu_mem_bytes",
    "train/kl", "train/accuracy", *(f"train/part{number}_loss" for number in range(12)),
)  # fmt: skip
READ_LINES = 5000


def make_run(count: int) -> RunView:
    """A run that falls with noise, every metric at every step."""
    rng = np.random.default_rng(0)
    fall = 2.8 + 8 * (1 + 60 * np.arange(1, count + 1) / count) ** -0.6
    step, unknown = np.arange(count, dtype=np.float64), np.full(count, np.nan)
    line = np.arange(1, count + 1)
    run = Run()
    for number, name in enumerate(NAMES):
        value = fall + rng.normal(0, 0.05, count)
        column = Samples(name, value, step, unknown, unknown, line, 500 * line + number)
        run.append(Extract((column,), lines=count))
    return run.view()


def grow(run: RunView, first: int, by: int) -> Iterator[RunView]:
    """The run as it was after each of some updates."""
    for end in range(first, first + UPDATES * by, by):
        views = {name: view.where(slice(end)) for name, view in run.series.items()}
        yield RunView(views, lines=end)


def measure_updates(run: RunView, by: int) -> tuple[float, float]:
    """Mean and largest milliseconds of a diagnosis after each update."""
    memory, took = Diagnosis(), []
    for view in grow(run, SAMPLES - UPDATES * by, by):
        start = time.process_time()
        memory.ask(view, Question())
        took.append(time.process_time() - start)
    return 1e3 * float(np.mean(took)), 1e3 * max(took)


def measure_reading() -> float:
    """Milliseconds to read the text of one step: a line with all metrics."""
    rng = np.random.default_rng(0)
    words = [name.rpartition("/")[2] for name in NAMES]
    lines = [
        f"step {step} | "
        + " | ".join(f"{w} {v:.4f}" for w, v in zip(words, rng.random(20), strict=True))
        for step in range(READ_LINES)
    ]
    data = ("\n".join(lines) + "\n").encode()
    library, _ = load_library()
    took = []
    for _ in range(3):
        session = Session(library)
        start = time.process_time()
        session.feed(data)
        took.append(time.process_time() - start)
        read = sum(len(view) for view in session.view().series.values())
        assert read == READ_LINES * len(NAMES), f"{read} samples read"
    return 1e3 * min(took) / READ_LINES


def main() -> None:
    """Print the table."""
    run, reading = make_run(SAMPLES), measure_reading()
    print(f"{SAMPLES:,} samples of {len(NAMES)} metrics; reading one step: {reading:.4f} ms\n")
    print("| steps an update | ms an update, mean | largest | times the reading of these steps |")
    print("|---|---|---|---|")
    for by in STEPS_AN_UPDATE:
        mean, most = min(measure_updates(run, by) for _ in range(3))
        print(f"| {by} | {mean:.2f} | {most:.0f} | {mean / (reading * by):.1f} |")


if __name__ == "__main__":
    main()
