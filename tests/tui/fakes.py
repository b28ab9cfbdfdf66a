"""Runs, logs and sources made by hand, and the program driven without a terminal."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from textual.pilot import Pilot

from logwatch.diagnosis.analysis.states import State
from logwatch.diagnosis.finding import Evidence, Finding, Severity
from logwatch.metrics.run import Run, RunView
from logwatch.metrics.series import SeriesView
from logwatch.parsing.record import Extract, Samples
from logwatch.session import Update
from logwatch.sources.source import Chunk
from logwatch.tui.app import LogwatchApp
from logwatch.tui.live.pages import Pread
from logwatch.tui.live.snapshot import Snapshot

PATIENCE_S = 20.0
"""Until a test that waits gives up: a busy machine shows a small log within a second."""


def make_samples(metric: str, values: Sequence[float], **columns: np.ndarray) -> Samples:
    """Samples at steps 1, 2, ... on lines 1, 2, ... of ten bytes each, unless told otherwise."""
    count = len(values)
    unknown = np.full(count, np.nan)
    return Samples(
        metric,
        np.array(values, np.float64),
        step=columns.get("step", np.arange(1.0, count + 1)),
        epoch=columns.get("epoch", unknown),
        time=columns.get("time", unknown),
        line=np.arange(1, count + 1),
        offset=np.arange(count) * 10,
        scope="global",
    )


def make_run(*samples: Samples, lines: int = 0) -> RunView:
    """A run of these samples."""
    run = Run()
    run.append(Extract(samples=samples, lines=lines))
    return run.view()


def make_series(values: Sequence[float], name: str = "train/loss") -> SeriesView:
    """One series at steps 1, 2, ..."""
    return make_run(make_samples(name, values)).series[name]


def make_finding(
    rule: str = "non-finite", severity: Severity = Severity.error, **fields: object
) -> Finding:
    """A finding with a sentence for each part."""
    texts = {"title": "lm_loss is NaN since step 748", "detail": "KL rose.", "remedy": "Stop."}
    proof = (Evidence(3, 20, "step 3 loss nan"),)
    return Finding(rule=rule, severity=severity, **{**texts, "evidence": proof, **fields})  # type: ignore[arg-type]


def make_snapshot(
    run: RunView, *findings: Finding, text: bytes = b"", **fields: object
) -> Snapshot:
    """A snapshot of a run whose log is `text`."""
    offsets = np.array([0, len(text)])
    lines = np.array([0, text.count(b"\n")])
    update = Update(run, findings, State("running"), len(text), offsets, lines)
    known = {"source": "inotify (ext4)", "pread": pread_of(text), **fields}
    return Snapshot(update=update, size=len(text), **known)  # type: ignore[arg-type]


def pread_of(text: bytes) -> Pread:
    """The reading function of bytes in memory."""
    return lambda offset, size: text[offset : offset + size]


class FakeSource:
    """A log in memory that a test lengthens, replaces or ends."""

    name = "fake.log"

    def __init__(self, data: bytes = b"") -> None:
        self.data = data
        self.event = ""
        self.is_closed = False
        self.largest_pread = 0
        self._at = 0

    def read(self, max_bytes: int, max_seconds: float) -> Chunk:
        """What is there."""
        event, self.event = self.event, ""
        if event in ("truncated", "replaced"):
            self._at = 0
        piece = self.data[self._at : self._at + max_bytes]
        offset, self._at = self._at, self._at + len(piece)
        return Chunk(offset, piece, len(self.data), event)  # type: ignore[arg-type]

    def pread(self, offset: int, size: int) -> bytes:
        """Bytes of the log."""
        self.largest_pread = max(self.largest_pread, size)
        return self.data[offset : offset + size]

    def wait(self, timeout: float) -> bool:
        """Whether there is something to read; a short wait where there is not."""
        if self._at < len(self.data) or self.event:
            return True
        time.sleep(min(timeout, 0.005))
        return False

    def describe(self) -> str:
        """How news is noticed."""
        return "fake"

    def close(self) -> None:
        """Note it."""
        self.is_closed = True


async def wait_for(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Let the program run until something is true."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"it never came:\n{show_screen(pilot.app)}"
        await asyncio.sleep(0.01)
        await pilot.pause()


async def wait_for_text(pilot: Pilot[int], *texts: str) -> None:
    """Let the program run until the screen shows all the texts."""
    await wait_for(pilot, lambda: all(text in show_screen(pilot.app) for text in texts))


def show_screen(app: object) -> str:
    """What the terminal would show, as text."""
    assert isinstance(app, LogwatchApp)
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


def write_worsening_logs(folder: Path, names: Sequence[str]) -> None:
    """Write logs that are each a little worse than the one before; the eighth ends in NaN."""
    for number, name in enumerate(names):
        lines = [f"step {n}: loss {1 + number / 10 + 4 / n:.4f}\n" for n in range(1, 100)]
        lines += ["step 100: loss nan\n"] if number == 7 else []
        (folder / name).write_text("".join(lines))
