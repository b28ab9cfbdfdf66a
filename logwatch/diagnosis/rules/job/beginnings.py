"""How a run began: from a checkpoint, with new weights, or again."""

import re
from collections.abc import Iterable

import numpy as np

from logwatch.diagnosis.analysis import wording
from logwatch.diagnosis.analysis.restarts import is_from_scratch, real_restarts
from logwatch.diagnosis.finding import Evidence, Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.parsing.record import Event

NAMED_KEYS = 6
"""Keys named in a title; a log may list hundreds."""


@rule("weights-reinitialised")
def find_new_weights(run: RunView, question: Question) -> Iterable[Finding]:
    """A checkpoint did not hold all weights: some begin anew, so a high loss is expected.

    Values: `new` (parameters that begin anew), `total` (parameters), `keys` (named tensors).
    """
    missing, counted = run.events_of("missing_keys"), run.events_of("reinitialised")
    events = (*missing[:1], *counted[:1])
    if not events:
        return
    keys = [key for event in (*missing[:1], *counted[:1]) for key in _keys(event)]
    new, total = (_number(counted, name) for name in ("count", "total"))
    detail = "A high loss is expected while they are learned; one that stays would refute it."
    yield Finding(
        rule="weights-reinitialised",
        severity=Severity.info,
        title=_title(new, total, list(dict.fromkeys(keys))),
        detail=detail + _loaded(run),
        remedy="",
        metric=None,
        steps=None,
        values={"new": new, "total": total, "keys": float(len(set(keys)))},
        evidence=tuple(dict.fromkeys(Evidence(event.line, event.offset) for event in events)),
    )


def _keys(event: Event) -> list[str]:
    text = str(event.fields.get("keys", ""))
    return [key for key in re.split(r"[\s,\[\]'\"{}]+", text) if key and not key.endswith(":")]


def _number(events: tuple[Event, ...], name: str) -> float:
    values = [event.fields[name] for event in events if isinstance(event.fields.get(name), float)]
    return float(values[0]) if values else float("nan")


def _title(new: float, total: float, keys: list[str]) -> str:
    named = ", ".join(keys[:NAMED_KEYS])
    if len(keys) > NAMED_KEYS:
        named += f" and {len(keys) - NAMED_KEYS} more"
    if np.isfinite(new):
        of = f" of {wording.counted(total)} ({wording.share(new / total)})" if total > 0 else ""
        return f"{wording.counted(new)}{of} parameters begin anew" + (f": {named}" if named else "")
    if named:
        return f"not in the checkpoint, so they begin anew: {named}"
    return "some weights were not in the checkpoint and begin anew"


def _loaded(run: RunView) -> str:
    loads = run.events_of("ckpt_load")
    for event in loads[:1]:
        figures = [
            f"{name} {wording.figure(value)}"
            for name, value in event.fields.items()
            if isinstance(value, float)
        ]
        if figures:
            return f" The checkpoint had {', '.join(figures)}."
    return ""


@rule("restarted")
def find_restarts(run: RunView, question: Question) -> Iterable[Finding]:
    """The step counter went back: the log holds a run that was resumed, or several.

    Values: `restarts` (how often), `from_step`, `to_step` (of the last one), `lost` (steps done
    again in the last one).
    """
    restarts = list(real_restarts(run))
    if not restarts:
        return
    last = restarts[-1]
    count = len(restarts)
    often = "once" if count == 1 else f"{count} times"
    yield Finding(
        rule="restarted",
        severity=Severity.info,
        title=f"the step went back {often}, last from {wording.figure(last.from_step)} to "
        f"{wording.figure(last.to_step)} (line {last.line})",
        detail="It began from scratch: what came before is another attempt."
        if is_from_scratch(last)
        else "Training goes on where it was saved; the steps in between were done again.",
        remedy="",
        metric=None,
        steps=(last.to_step, last.from_step),
        values={"restarts": float(count), "from_step": last.from_step, "to_step": last.to_step,
         "lost": last.from_step - last.to_step},
        evidence=tuple(Evidence(restart.line, restart.offset) for restart in restarts[-3:]),
    )  # fmt: skip
