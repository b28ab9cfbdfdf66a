"""The whole pipeline as one object: bytes in, a frozen view out. No threads, no clock.

A probe's recording may be joined to the log: one run then holds what both tell.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from logwatch.diagnosis.analysis.states import State, judge_state
from logwatch.diagnosis.engine import Diagnosis
from logwatch.diagnosis.finding import Finding
from logwatch.diagnosis.rule import Question
from logwatch.diagnosis.verdict import Verdict, judge_verdict
from logwatch.metrics.column import Column
from logwatch.metrics.probed import Probed
from logwatch.metrics.run import Run, RunView
from logwatch.metrics.windows import Sampled
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.record import Ints


@dataclass(frozen=True)
class Update:
    """A run at one moment, ready to draw: a whole view, so that a newer one can replace it.

    `state` says how the run stands and what that rests on. `notes` are sentences about the
    reading itself: a pattern that was switched off. `mark_offsets` and `mark_lines` are
    (n,) int64: at that byte offset so many lines lie before; they find a line's place in the file.
    """

    run: RunView = field(default_factory=RunView)
    findings: tuple[Finding, ...] = ()
    state: State = field(default_factory=State)
    consumed: int = 0
    notes: tuple[str, ...] = ()
    mark_offsets: Ints = field(default_factory=lambda: np.zeros(1, np.int64))
    mark_lines: Ints = field(default_factory=lambda: np.zeros(1, np.int64))

    @cached_property
    def verdict(self) -> Verdict:
        """The run in one word, with what could not be judged."""
        return judge_verdict(self.run, self.findings, self.state)

    @property
    def status(self) -> str:
        """The state in the five words that scripts know: a stop by somebody else is `failed`."""
        return "failed" if self.state.name in ("cancelled", "preempted") else self.state.name


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
        self._is_over = False
        self._taken: dict[str, int] = {}
        self._told: dict[str, int] = {}
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
        if extract.anew:
            self._run, self._diagnosis = Run(), Diagnosis()
            self._told = self._taken
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
        self._is_over = True
        self._run.append(self._extractor.finish())

    def ask(self, question: Question) -> None:
        """Change what the diagnosis knows beside the run."""
        self._question = question

    def take(self) -> RunView:
        """What the log alone told since the last time, which is then forgotten.

        Who takes everything has each sample once, however long the log is. Nothing is given while
        the lines so far may yet have to be read in another way.
        """
        if not self._extractor.settled:
            return RunView()
        taken = self._run.take(is_over=self._is_over)
        counts = {name: len(view) for name, view in taken.series.items()}
        self._taken = {name: self._taken.get(name, 0) + n for name, n in counts.items()}
        told, self._told = self._told, {}
        if not told:
            return taken
        fresh = {name: view.tail(told.get(name, 0)) for name, view in taken.series.items()}
        return replace(taken, series=fresh)

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
        state = judge_state(log if log.series else run, silent_s)
        return Update(run, findings, state, self._consumed, self._notes(), offsets, lines)

    def _notes(self) -> tuple[str, ...]:
        return tuple(
            f"The pattern {name!r} of the dialect {dialect!r} ran away and is switched off."
            for dialect, name in sorted(self._extractor.switched_off)
        )
