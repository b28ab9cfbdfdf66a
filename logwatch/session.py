"""The whole pipeline as one object: bytes in, a frozen view out. No threads, no clock.

A probe's recording may be joined to the log: one run then holds what both tell.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from logwatch.diagnosis.engine import Diagnosis
from logwatch.diagnosis.finding import Finding
from logwatch.diagnosis.rule import Question
from logwatch.metrics.column import Column
from logwatch.metrics.probed import Probed
from logwatch.metrics.run import Run, RunView
from logwatch.metrics.windows import Sampled
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.record import Ints

STATUS_OF_EVENT = {
    "finished": "finished",
    "early_stop": "finished",
    "crash": "failed",
    "oom_gpu": "failed",
    "oom_host": "failed",
    "nccl_timeout": "failed",
    "time_limit": "failed",
    "cancelled": "failed",
    "preempted": "failed",
    "node_fail": "failed",
    "interrupted": "failed",
}
"""What an event says of the run's end. Steps that are logged after it say that it went on."""

AFTERWARDS = ("eval/", "test/", "summary/", "steps_per_s")
"""What may be told when a training has ended: a last evaluation, the bar's last drawing."""

STALL_FLOOR_S = 600.0
"""A log silent for longer is stalled. Evaluation and
checkpoint gaps of minutes are usual; torch's NCCL watchdog itself waits ten minutes.
Source: https://docs.pytorch.org/docs/stable/distributed.html (default timeout of NCCL)."""


FORGOTTEN_S = 7 * 24 * 3600.0
"""A log silent for longer is an old file: nothing is known of its end. Slurm's partitions rarely
allow a job of more than a week, so that the job is over whatever its log says."""


@dataclass(frozen=True)
class Update:
    """A run at one moment, ready to draw: a whole view, so that a newer one can replace it.

    `status` is running, stalled, finished, failed or unknown. `notes` are sentences about the
    reading itself: a pattern that was switched off. `mark_offsets` and `mark_lines` are
    (n,) int64: at that byte offset so many lines lie before; they find a line's place in the file.
    """

    run: RunView = field(default_factory=RunView)
    findings: tuple[Finding, ...] = ()
    status: str = "unknown"
    consumed: int = 0
    notes: tuple[str, ...] = ()
    mark_offsets: Ints = field(default_factory=lambda: np.zeros(1, np.int64))
    mark_lines: Ints = field(default_factory=lambda: np.zeros(1, np.int64))


class Session:
    """One log being read: feed it bytes in order, ask for updates."""

    def __init__(self, library: Library, question: Question | None = None) -> None:
        self._library = library
        self._extractor = Extractor(library)
        self._run = Run()
        self._probed: Probed | None = None
        self._question = question or Question()
        self._diagnosis = Diagnosis()
        self._consumed = 0
        self._marks = Column(np.int64), Column(np.int64)
        for column in self._marks:
            column.extend(np.zeros(1, np.int64))

    @property
    def consumed(self) -> int:
        """Bytes fed so far."""
        return self._consumed

    def feed(self, data: bytes) -> None:
        """Take in the next bytes of the log; they may end anywhere."""
        extract = self._extractor.feed(data)
        self._run.append(extract)
        self._consumed += len(data)
        self._marks[0].extend(np.array([self._consumed]))
        self._marks[1].extend(np.array([extract.lines]))
        if self._probed is not None:
            self._probed.note_step(self._run.newest_step)

    def feed_probe(self, data: bytes, offset: int) -> None:
        """Take in the next bytes of a probe's recording, which lie at `offset` of it."""
        if self._probed is None:
            self._probed = Probed(self._library)
        self._probed.feed(data, offset, self._run.lines)
        self._probed.note_step(self._run.newest_step)

    def sampled(self) -> Sampled:
        """What reads windows of a log with the same dialects."""
        return Sampled(self._library)

    def finish(self) -> None:
        """Take what is left of an unfinished last line as a line: nothing more will come."""
        self._run.append(self._extractor.finish())

    def ask(self, question: Question) -> None:
        """Change what the diagnosis knows beside the run."""
        self._question = question

    def take(self) -> RunView:
        """What the log alone told since the last time, which is then forgotten.

        Who takes everything has each sample once, however long the log is.
        """
        return self._run.take()

    def view(self) -> RunView:
        """The run alone, without a diagnosis."""
        run = self._run.view(self._consumed)
        return run if self._probed is None else self._probed.join(run)

    def update(self, silent_s: float | None = None) -> Update:
        """Look at the run now; `silent_s` is how long the log has been silent, None if unknown."""
        run = self.view()
        offsets, lines = (column.view() for column in self._marks)
        findings = self._diagnosis.ask(run, replace(self._question, silent_s=silent_s))
        log = self._run.view()  # a probe that goes on telling does not undo a crash
        status = judge_status(log if log.series else run, silent_s)
        return Update(run, findings, status, self._consumed, self._notes(), offsets, lines)

    def _notes(self) -> tuple[str, ...]:
        return tuple(
            f"The pattern {name!r} of the dialect {dialect!r} ran away and is switched off."
            for dialect, name in sorted(self._extractor.switched_off)
        )


def judge_status(run: RunView, silent_s: float | None) -> str:
    """What the events and the silence say: running, stalled, finished, failed or unknown."""
    end = find_end(run)
    if end:
        return end
    if silent_s is None or not run.series:
        return "unknown"
    if silent_s <= STALL_FLOOR_S:
        return "running"
    step, total = run.progress.step, run.progress.total
    if step is not None and total is not None and step >= total - 1:
        return "finished"
    return "stalled" if silent_s <= FORGOTTEN_S else "unknown"


def find_end(run: RunView) -> str:
    """What the events after the last sample of training say: finished, failed, empty for nothing.

    A run of several processes has failed when one has, whatever the others say after it. An
    interrupt is told of the last processes only: a launcher also kills those of a first attempt.
    """
    trained = [
        int(view.line[-1])
        for name, view in run.series.items()
        if len(view) and not name.startswith(AFTERWARDS)
    ]
    last = max(trained, default=0)
    ends = [(STATUS_OF_EVENT.get(event.kind, ""), event) for event in run.events]
    finished = max((event.line for end, event in ends if end == "finished"), default=0)
    since = {"interrupted": max(last, finished)}
    kinds = {end for end, event in ends if end and event.line >= since.get(event.kind, last)}
    return "failed" if "failed" in kinds else max(kinds, default="")
