"""Which series is the speed of a run: by the names and units in which programs print it."""

import re

import numpy as np

from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

SPEEDS = ("tokens_per_s", "samples_per_s", "step_time_s", "steps_per_s")
"""The names that logwatch itself gives to a speed, best first: a longer sequence makes a step
longer, not a token."""

PIECE = r"(?:it(?:er)?s?|iter(?:ation)?s?|steps?|batch(?:es)?|updates?)"
SECOND = r"(?:s|secs?|seconds?)"
SHORT = rf"(?:{SECOND}|ms|msecs?|milliseconds?)"
DATA = (
    r"(?:samples?|tokens?|toks?|im(?:a?g|age)s?|frames?|seq(?:uence)?s?|sentences?|words?|"
    r"examples?|graphs?|points?)"
)

TIMES = re.compile(
    rf"(?:^|/)per_{PIECE}(?:_?\(?{SHORT}\)?)?$|"
    rf"(?:^|[/_])(?:dt|{PIECE}[_ ]?(?:time|duration|dt)|time[_ ]?(?:/|per[_ ])?{PIECE}|"
    rf"{SHORT}[/_ ](?:per_)?{PIECE}|{PIECE}_{SHORT})(?:_?\(?{SHORT}\)?)?$",
    re.IGNORECASE,
)
"""Names of the time that a step takes. Source: nanoGPT (`dt`), fairseq and timm (`batch_time`),
detectron2 and mmengine (`iter_time`), Megatron-LM (`elapsed time per iteration (ms)`)."""

RATES = re.compile(
    rf"(?:^|[/_])(?:(?:{PIECE}|{DATA})(?:/|_per_){SECOND}|throughput|fps|wps|ups|ips|tps)"
    rf"(?:_?\(?[\w/]+\)?)?$",
    re.IGNORECASE,
)
"""Names of what is done in a second. Source: fairseq (`wps`, `ups`), PaddlePaddle (`ips`),
Stable-Baselines3 (`fps`)."""

CLOCK = re.compile(r"(?:^|/)time$", re.IGNORECASE)
"""A name of the time of a step, or of all steps so far, which only grows."""

GROWS = 0.75
"""Part of the samples of a `time` that are above the one before, from which on it is a sum."""


def is_time(name: str) -> bool:
    """Whether a speed of this name is the time of a step, so that more of it is slower."""
    return bool(TIMES.search(name) or CLOCK.search(name))


def find_speed(run: RunView) -> SeriesView | None:
    """The series that gives the speed of a run, None where the log prints none."""
    named = [view for name in SPEEDS if (view := run.get(name))]
    for pattern in (RATES, TIMES):
        named += [
            view
            for name, view in run.series.items()
            if not name.startswith(("eval/", "test/", "summary/")) and pattern.search(name)
        ]
    named += [view for name, view in run.series.items() if CLOCK.search(name) and not _sums(view)]
    return next((view for view in named if len(view)), None)


def _sums(view: SeriesView) -> bool:
    """Whether a time is that of all steps so far."""
    return len(view) < 2 or bool(np.mean(np.diff(view.value) > 0) > GROWS)
