"""Runs of several tasks that are all well, made of real curves: how often is one called still?

Hardly any public log prints three losses of tasks. So healthy curves are put beside each other as
tasks of one run, each as long as the shortest: those of Keras rest for long while others fall.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from diagnosis_injections import Case
from diagnosis_measure import alarms, fiftieths
from real_curves import Curve, make_curve

COUNT = 100
"""Runs of each kind."""

TASKS = (3, 6)
"""From so many tasks to one less than so many."""

SCALES = (1.0, 3.0, 0.5, 10.0, 2.0)
STEPS, MOST = 50.0, 400
"""Steps between two samples of a mixed run, and its samples at most."""

KINDS: dict[str, Callable[[Curve], bool]] = {
    "modded-nanogpt alone": lambda curve: curve.source.startswith("Keller"),
    "Keras alone": lambda curve: curve.source.startswith("Deep"),
    "both": lambda curve: True,
}


def mix(curves: Sequence[Curve], rng: np.random.Generator) -> Case:
    """One run whose tasks are a few of these curves, evenly thinned to one length."""
    picked = rng.choice(len(curves), int(rng.integers(*TASKS)), replace=False)
    count = min(MOST, *(len(curves[number].step) for number in picked))
    series = {}
    for task, number in enumerate(picked):
        value = curves[number].value
        at = np.linspace(0, len(value) - 1, count).astype(int)
        series[f"train/task_{'abcde'[task]}_loss"] = SCALES[task] * value[at]
    total = np.sum(list(series.values()), axis=0)
    curve = make_curve(curves[picked[0]].source, np.arange(count) * STEPS, total)
    return Case("well", curve, {"train/loss": total, **series}, 0, ())


def measure_mixtures(healthy: Sequence[Curve]) -> Iterator[str]:
    """A table: kinds of mixtures, those with a warning at a fiftieth, and at their end."""
    yield "### Tasks that are all well\n"
    yield (
        f"{COUNT} runs of three to five tasks of each kind, made of healthy curves that are put "
        "side by side (`benchmarks/diagnosis_mixtures.py`), and those that `task-not-learning` "
        "warns of. Made up: no program trains such tasks together.\n"
    )
    yield "| curves of | at any fiftieth | at the end |"
    yield "|---|---|---|"
    for kind, belongs in KINDS.items():
        pool = [curve for curve in healthy if belongs(curve)]
        cases = [mix(pool, np.random.default_rng(number)) for number in range(COUNT)]
        passing = sum(any(_warns(case, count) for count in fiftieths(len(case))) for case in cases)
        last = sum(_warns(case, len(case)) for case in cases)
        yield f"| {kind} | {passing}/{COUNT} | {last}/{COUNT} |"
    yield ""


def _warns(case: Case, count: int) -> bool:
    return any(found.rule == "task-not-learning" for found in alarms(case.view(count)))
