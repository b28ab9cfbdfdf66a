"""The runs that the screen watches: names that tell them apart, newest snapshots, threads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from logwatch.diagnosis.rule import Question
from logwatch.metrics.run import RunView
from logwatch.parsing.library import Library
from logwatch.sources.targets import Target
from logwatch.tui.live.bridge import Bridge
from logwatch.tui.live.reader import Tools
from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.text.styles import LETTERS

UNREAD = Snapshot()
"""What is known of a run before anything was read of it."""


@dataclass
class WatchedRun:
    """One run: its number, its letter in charts, its name, its thread, what is known of it."""

    number: int
    name: str
    bridge: Bridge
    snapshot: Snapshot = field(default=UNREAD)

    @property
    def letter(self) -> str:
        """A letter for charts of several runs: A, B, ..., Z, A1, ..."""
        round_, at = divmod(self.number, len(LETTERS))
        return LETTERS[at] + (str(round_) if round_ else "")


class Watched:
    """All runs of one program, and which of them the others are compared with."""

    def __init__(
        self,
        targets: Sequence[Target],
        library: Library,
        question: Question,
        post: Callable[[int, Snapshot], None],
        tools: Tools | None = None,
    ) -> None:
        self.question = question
        self.baseline: int | None = None
        names = shorten_names([target.name for target in targets])
        self.runs = [
            WatchedRun(at, name, Bridge(target, library, question, _for_run(at, post), tools))
            for at, (name, target) in enumerate(zip(names, targets, strict=True))
        ]

    def start(self) -> None:
        """Begin to read all of them."""
        for run in self.runs:
            run.bridge.start()

    def stop(self) -> None:
        """End all threads."""
        for run in self.runs:
            run.bridge.stop()
        for run in self.runs:
            run.bridge.stop(0.5)

    def set_baseline(self, number: int | None) -> None:
        """Compare all runs with one of them, or with none."""
        self.baseline = number
        for run in self.runs:
            is_other = number is not None and run.number != number
            run.bridge.compare_with(self._view_baseline if is_other else None)

    def baseline_of(self, run: WatchedRun) -> RunView | None:
        """The run that this one is compared with."""
        if self.baseline is None:
            return run.bridge.question.baseline
        return None if run.number == self.baseline else self._view_baseline()

    def _view_baseline(self) -> RunView | None:
        return None if self.baseline is None else self.runs[self.baseline].snapshot.update.run


def _for_run(number: int, post: Callable[[int, Snapshot], None]) -> Callable[[Snapshot], None]:
    return lambda snapshot: post(number, snapshot)


def shorten_names(names: Sequence[str]) -> list[str]:
    """The file names alone where they tell the runs apart, else as much of the path as does."""
    parts = [PurePath(name).parts or (name,) for name in names]
    for count in range(1, max(map(len, parts), default=1) + 1):
        short = [str(PurePath(*part[-count:])) for part in parts]
        if len(set(short)) == len(set(names)):
            return short
    return list(names)
