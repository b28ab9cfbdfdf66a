"""Lines that waited in a buffer stand at their own steps, not at that of the bar before them."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from logwatch.metrics.buffered_lines import Lines, place_lines
from logwatch.metrics.run import Run, RunView
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from tests.strategies import CUTS, cut

BUFFER = 8192  # io.DEFAULT_BUFFER_SIZE


class Trainer:
    """What `transformers.Trainer` writes to a file that takes its stdout and its stderr.

    The loss of each line is the step at which it was printed. `words` are further keys.
    """

    def __init__(self, epoch_steps: int, *, decimals: int = 2, words: int = 0, buffer: int = 0):
        self.epoch_steps, self.decimals, self.buffer = epoch_steps, decimals, buffer
        self.words = "".join(f"'extra_{word}': 0.5, " for word in range(words))
        self.file = self.pending = ""

    def train(self, stop: int, every: int, *, start: int = 0, evaluate: int = 0, first=False):
        """Train from step `start` to `stop`; log and evaluate at multiples."""
        total = stop
        for step in range(start + 1, stop + 1):
            self.file += f"\r {step * 100 // total}%|#| {step}/{total} [00:01<00:02,  1.00it/s]"
            if step % every == 0 or (first and step == 1):
                self.print(f"{{'loss': {step}, {self.words}'epoch': {self.epoch(step)}}}")
            if evaluate and step % evaluate == 0:
                self.flush()  # a new bar flushes both streams
                self.file += "\n\r 50%|#| 1/2 [00:00<00:00,  9.00it/s]\x1b[A"
                self.print(f"{{'eval_loss': {step}, 'epoch': {self.epoch(step)}}}")
        self.flush()
        return self

    def epoch(self, step: int) -> float:
        """As it is printed."""
        return round(step / self.epoch_steps, self.decimals)

    def print(self, text: str) -> None:
        """To a stdout whose buffer is written when it is full, wherever that is in a line."""
        self.pending += text + "\n"
        if len(self.pending) > self.buffer:
            end = len(self.pending) // self.buffer * self.buffer if self.buffer else None
            self.file += self.pending[:end]
            self.pending = self.pending[end:] if end else ""

    def flush(self) -> None:
        """Write what waits."""
        self.file += self.pending
        self.pending = ""

    def read(self, library: Library, places: tuple[float, ...] = ()) -> RunView:
        """The run that the file tells."""
        extractor, run = Extractor(library), Run()
        for piece in cut(self.file.encode(), list(places)):
            run.append(extractor.feed(piece))
        run.append(extractor.finish())
        return run.view()


def distances(run: RunView, metric: str) -> np.ndarray:
    """How far each sample is from its step, which is its value."""
    series = run.series[metric]
    return np.abs(series.step - series.value)


@pytest.mark.parametrize("buffer", [0, BUFFER, 1 << 17], ids=["-u", "8 KiB", "128 KiB"])
@pytest.mark.parametrize(
    "how",
    [
        {"stop": 600, "every": 5, "evaluate": 50},
        {"stop": 600, "every": 10},
        {"stop": 600, "every": 10, "first": True},
        {"stop": 2100, "every": 5},
        {"stop": 2100, "every": 25, "evaluate": 200},
        {"stop": 2100, "every": 1},
        {"stop": 900, "every": 50, "start": 450},
        {"stop": 900, "every": 100, "evaluate": 90},
    ],
    ids=str,
)
@pytest.mark.parametrize("decimals", [2, 4])
def test_each_line_stands_where_it_was_printed(library, buffer, how, decimals):
    """However stdout was buffered, the training lines stand at the steps that they name. Where full
    buffers tore lines, those behind a bar in twenty may be an interval away."""
    trainer = Trainer(200, decimals=decimals, words=3, buffer=buffer).train(**how)
    run = trainer.read(library)

    away = distances(run, "train/loss")
    assert how["every"] * (buffer == BUFFER) >= away.max()
    assert 0.9 < (away == 0).mean()
    if "evaluate" in how:
        assert how["every"] > distances(run, "eval/loss").max()
    assert () == run.restarts


@settings(max_examples=60)
@given(
    epoch_steps=st.integers(20, 700),
    every=st.sampled_from([1, 2, 5, 10, 20, 25, 50]),
    epochs=st.integers(1, 3),
    evaluate=st.integers(0, 300),
    start=st.floats(0, 0.7),
    words=st.integers(0, 9),
    decimals=st.sampled_from([2, 4]),
    places=CUTS,
)
def test_no_line_is_an_interval_away(
    library, epoch_steps, every, epochs, evaluate, start, words, decimals, places
):
    """Whatever is trained, each line is less than one interval from its step, in the order of the
    log, however it is cut."""
    stop = epoch_steps * epochs
    trainer = Trainer(epoch_steps, decimals=decimals, words=words, buffer=BUFFER)
    assume(int(start * stop) // every < stop // every)
    trainer.train(stop, every, start=int(start * stop), evaluate=evaluate)
    whole, parts = trainer.read(library), trainer.read(library, tuple(places))

    for metric, series in whole.series.items():
        if metric in ("train/loss", "eval/loss"):
            assert every >= distances(whole, metric).max()
            assert (np.diff(series.step) >= 0).all()
            assert series.step.tolist() == parts.series[metric].step.tolist()


def test_a_resumed_run_is_a_course_of_its_own(library):
    """A second training in the same log is placed by its own bars, and is a restart."""
    trainer = Trainer(100, buffer=BUFFER).train(300, 10, evaluate=50)
    trainer.train(300, 10, start=200, evaluate=50)
    run = trainer.read(library)

    assert 0 == distances(run, "train/loss").max()
    assert [(300, 210)] == [(one.from_step, one.to_step) for one in run.restarts]


def test_a_view_keeps_its_steps(library):
    """A view that was taken before the steps were known is not changed by them."""
    trainer = Trainer(100, buffer=BUFFER).train(300, 10, evaluate=50)
    extractor, run = Extractor(library), Run()
    lines = trainer.file.encode().splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if b"loss" in line)
    run.append(extractor.feed(b"".join(lines[: first + 1])))
    view = run.view()
    before = view.series["train/loss"].step.tolist()
    run.append(extractor.feed(b"".join(lines[first + 1 :])))

    assert [50.0] == before == view.series["train/loss"].step.tolist()
    assert 10.0 == run.view().series["train/loss"].step[0]


def lines_of(bar: list[float], epoch: list[float], training: list[bool] | None = None) -> Lines:
    """Short lines."""
    count = len(bar)
    known = np.ones(count, bool) if training is None else np.array(training)
    return Lines(np.arange(count) * 90, np.array(bar, float), np.array(epoch), known)


@pytest.mark.parametrize(
    ("bar", "epoch", "expected"),
    [
        ([10, 20, 30], [0.1, 0.2, 0.3], [10, 20, 30]),
        ([30, 30, 30], [0.1, 0.1, 0.1], [30, 30, 30]),
        ([30, 30, 30], [0.1, 0.2, 0.3], [10, 20, 30]),
        ([34, 34, 34], [0.1, 0.2, 0.3], [10, 20, 30]),
        ([100, 100, 100], [0.1, 0.7, 1.0], [10, 70, 100]),
        ([0, 0], [0.1, 0.2], [0, 0]),
        ([5, 5], [0.0, 1e-9], [1, 5]),
        ([1e9, 1e9], [1e-310, 2e-310], [1e9, 1e9]),
    ],
    ids=["own", "one epoch", "one bar", "a later bar", "unequal", "none yet", "no epoch", "odd"],
)
def test_steps_by_bar_and_epoch(bar, epoch, expected):
    """Only lines of different epochs behind one bar are placed, evenly where they can be."""
    assert expected == place_lines(lines_of(bar, epoch)).tolist()


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.floats(0, 1e4), st.booleans()), min_size=1, max_size=30
    )
)
def test_any_bars_and_epochs(rows):
    """Whatever bars and epochs say, each step is finite, not below 0 and not beyond its bar."""
    lines = lines_of(*(list(column) for column in zip(*rows, strict=True)))
    step = place_lines(lines)

    assert np.isfinite(step).all()
    assert (step >= 0).all()
    assert (step <= lines.bar).all()
