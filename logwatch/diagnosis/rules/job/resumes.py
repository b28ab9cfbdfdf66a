"""Runs that were resumed, and whether they went on where they had stopped."""

from collections.abc import Iterable

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.analysis.course import JUMP_ERRORS, JUMP_SAMPLES, JUMP_SHARE, stands_above
from logwatch.diagnosis.analysis.restarts import is_from_scratch, real_restarts
from logwatch.diagnosis.finding import Evidence, Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.statistics import noise

NEAR = 50
"""Samples before a resume that tell how noisy the loss is there."""


@rule("resume-jump", jump=JUMP_SHARE, errors=JUMP_ERRORS)
def find_resume_jump(run: RunView, question: Question) -> Iterable[Finding]:
    """The loss jumped where the run was resumed: not all of its state came back.

    Values: `before`, `after` (levels), `jump` (fraction of the level before), `step` (resumed at).
    """
    view = run.get("train/loss")
    restarts = [restart for restart in real_restarts(run) if not is_from_scratch(restart)]
    if view is None or not restarts or subject.plays_a_game(run):
        return
    restart = restarts[-1]
    place = int(np.searchsorted(view.offset, restart.offset))
    earlier, later = view.where(slice(place)).finite(), view.tail(place).finite()
    kept = earlier.where(earlier.step <= restart.to_step).tail(-NEAR)
    if len(kept) < JUMP_SAMPLES or len(later) < JUMP_SAMPLES:
        return
    before = float(np.median(kept.value[-JUMP_SAMPLES:]))
    after = float(np.median(later.value[:JUMP_SAMPLES]))
    spread = noise(kept.value)
    least = tuple(question.limit("resume-jump", name) for name in ("jump", "errors"))
    if not stands_above(later.value, before, spread, *least):
        return
    over = not stands_above(later.value[-JUMP_SAMPLES:], before, spread, *least)
    anew = run.events_of("missing_keys", "reinitialised", "unexpected_keys")
    jump = (after - before) / abs(before) if before else float("nan")
    at = wording.figure(restart.to_step)
    yield Finding(
        rule="resume-jump",
        severity=Severity.info if over or anew else Severity.warning,
        title=(
            f"{view.name} jumped when the run was resumed at step {at}: {wording.figure(before)} ->"
            f" {wording.figure(after)} ({wording.percent(jump)})"
        ),
        detail=f"Medians of {JUMP_SAMPLES} samples before and after. "
        + ("It is back since." if over else "It is not back yet; a level as before refutes it."),
        remedy=(
            ""
            if over
            else (
                "Check that the optimizer's and the data's state were loaded, not only the weights."
            )
        ),
        metric=view.name,
        steps=(restart.to_step, float(later.step[-1])),
        values={"before": before, "after": after, "jump": jump, "step": restart.to_step},
        evidence=(
            Evidence(restart.line, restart.offset),
            *(Evidence(e.line, e.offset) for e in anew[:1]),
        ),
        active=not over,
    )
