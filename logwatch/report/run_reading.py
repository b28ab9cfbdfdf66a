"""A whole target read through a session, chunk by chunk, without a screen."""

import math
import os
from contextlib import closing
from dataclasses import dataclass, field, replace

from logwatch.diagnosis.rule import Question
from logwatch.intake import Intake
from logwatch.metrics.pace import Pace, measure_pace, newest_step
from logwatch.metrics.run import RunView
from logwatch.parsing.library import Library
from logwatch.parsing.record import Progress
from logwatch.session import Update
from logwatch.sources.config_files import NAME, inform_beside
from logwatch.sources.dialects.beside import library_beside
from logwatch.sources.probe.client import Probe
from logwatch.sources.probe.listening import Listening, silence
from logwatch.sources.probe.source import ProbeSource
from logwatch.sources.probe.state import ProbeState
from logwatch.sources.source import Source, SourceError, describe_fault
from logwatch.sources.targets import Target, find_baseline, open_source


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one target gave: its run, or why it has none.

    `silent_s` is how long the file has not changed, None where that is not known. `probe` is how
    the probe stands that was joined to it, None without one.
    """

    path: str
    update: Update = field(default_factory=Update)
    silent_s: float | None = None
    error: str = ""
    probe: ProbeState | None = None

    @property
    def pace(self) -> Pace:
        """How far and how fast the run is, and how long it still takes."""
        return measure_pace(self.update.run)

    @property
    def progress(self) -> Progress:
        """How far the run is; the step is that of the newest sample where no bar counts it."""
        run = self.update.run
        if run.progress.step is not None:
            return run.progress
        step = newest_step(run)
        return run.progress if math.isnan(step) else replace(run.progress, step=step)


def read_target(target: Target, library: Library, question: Question) -> RunReport:
    """Read one target to its end and diagnose it; a target that cannot be read gives an error.

    A fault of logwatch itself is an error of this target, which keeps what was read before it.
    """
    intake = None
    try:
        with closing(open_source(target)) as source:
            own = library_beside(library, target.path)
            intake = Intake(source, own, inform_target(target, own, question))
            intake.read_all()
            silent_s = silence(target.path)
            return RunReport(target.name, intake.session.update(silent_s), silent_s)
    except SourceError as refusal:
        return RunReport(target.name, error=str(refusal))
    except Exception as fault:
        return _stopped(target, intake, fault)


def _stopped(target: Target, intake: Intake | None, fault: Exception) -> RunReport:
    """What was read of a target before a fault of logwatch itself.

    Raises: the fault, where the variable LOGWATCH_DEBUG asks for its traceback.
    """
    if os.environ.get("LOGWATCH_DEBUG"):
        raise fault
    error = f"{target.name} could not be read further: {describe_fault(fault)}"
    try:
        update = intake.session.update() if intake else Update()
    except Exception:  # the same fault again
        update = Update()
    return RunReport(target.name, update, error=error)


def read_probed(
    target: Target, library: Library, question: Question, probe: Probe, seconds: float
) -> RunReport:
    """Read one target to its end, and what a probe tells within so many seconds of its first word.

    Where the probe is refused the reading is of the log alone; without a log it gives an error.
    """
    intake = None
    try:
        with closing(open_probed(target, probe)) as source:
            own = library_beside(library, target.path)
            asked = inform_target(target, own, question)
            intake = Intake(source, own, asked, probe if target.path else None)
            for _ in intake.follow(seconds, probe):
                pass
            silent_s = Listening(probe).shorten(silence(target.path))
            update = intake.session.update(silent_s)
            return RunReport(target.name, update, silent_s, probe=probe.state)
    except SourceError as refusal:
        return RunReport(target.name, error=str(refusal), probe=probe.state)
    except Exception as fault:
        return replace(_stopped(target, intake, fault), probe=probe.state)


def open_probed(target: Target, probe: Probe) -> Source:
    """The log of a probed process; where it has none, the recording of the probe."""
    return open_source(target) if target.path is not None else ProbeSource(probe)


def inform_target(target: Target, library: Library, question: Question) -> Question:
    """The question with what the `logwatch.toml` beside the log says, its baseline read.

    Raises:
        SourceError: that file has a fault, or its baseline cannot be read.
    """
    informed = inform_beside(question, target.path)
    named = informed.config.baseline
    if informed is question or informed.baseline is not None or not named or target.path is None:
        return informed
    beside = find_baseline(named, target.path.parent / NAME)
    return replace(informed, baseline=read_baseline(beside, library))


def read_baseline(target: Target, library: Library) -> RunView:
    """Read one target to its end, without a diagnosis.

    Raises:
        SourceError: it cannot be read.
    """
    with closing(open_source(target)) as source:
        own = library_beside(library, target.path)
        intake = Intake(source, own, Question())
        intake.read_all()
        return intake.session.view()
