"""How much does logwatch find in noisy curves, and how much of it on repositories held out?

python benchmarks/diagnosis_noise.py              print the tables: all curves, and both halves
python benchmarks/diagnosis_noise.py --part 4     the same on each fourth curve
python benchmarks/diagnosis_noise.py --misses     also name each case that was missed
"""

import argparse
import os
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from diagnosis_injections import NOISY_INJECTIONS, Case
from diagnosis_measure import (
    Outcome,
    alarms,
    curve_run,
    fiftieths,
    healthy_curves,
    noise_of,
    outcome_of_ours,
)
from real_curves import Curve, read_curves, read_labelled

CLASSES = (0.0, 0.01, 0.05, 0.15, np.inf)
"""Edges of the classes of noise: robust deviations of the log differences of the later half."""

STANDS = 1.3
"""Times its best level that a rise must stand at in the end: a curve that falls on is not ill."""

MUST_STAND = ("slow divergence", "fast divergence", "spike, not recovered")


@dataclass(frozen=True)
class Measured:
    """What came of one curve: an outcome by illness, rules that alarmed while it was healthy."""

    number: int
    source: str
    noise: float
    outcomes: dict[str, Outcome]
    at_end: tuple[str, ...]
    at_fiftieths: tuple[str, ...]


def is_held_out(source: str) -> bool:
    """Whether a repository is in the half that no threshold was chosen on."""
    return zlib.crc32(source.encode()) % 2 == 1


def stands(case: Case) -> bool:
    """Whether a case ends where a person would see its rise."""
    if case.kind not in MUST_STAND:
        return True
    width = max(3, len(case) // 50)
    windows = np.lib.stride_tricks.sliding_window_view(case.loss, width)
    return bool(np.median(case.loss[-width:]) >= STANDS * np.median(windows, axis=1).min())


def measure_curve(number: int, curve: Curve) -> Measured:
    """Put each illness into a curve, and look at the healthy curve at each fiftieth."""
    cases = [inject(curve, np.random.default_rng(number)) for inject in NOISY_INJECTIONS]
    outcomes = {case.kind: outcome_of_ours(number, case) for case in cases if stands(case)}
    looks = [
        tuple(one.rule for one in alarms(curve_run(curve, count)))
        for count in fiftieths(len(curve.step))
    ]
    passing = tuple(dict.fromkeys(rule for look in looks for rule in look))
    return Measured(number, curve.source, noise_of(curve), outcomes, looks[-1], passing)


def tabulate(measured: Sequence[Measured]) -> Iterator[str]:
    """A table: recall and median delay of each illness by class of noise; then false alarms."""
    yield "| illness | < 1 % | 1-5 % | 5-15 % | > 15 % | < 5 % | >= 5 % |"
    yield "|---|---|---|---|---|---|---|"
    edges = [*pairwise(CLASSES), (0.0, 0.05), (0.05, np.inf)]
    for kind in dict.fromkeys(kind for one in measured for kind in one.outcomes):
        cells = [
            _cell([
                one.outcomes[kind]
                for one in measured
                if low <= one.noise < high and kind in one.outcomes
            ])
            for low, high in edges
        ]  # fmt: skip
        yield f"| {kind} | " + " | ".join(cells) + " |"
    for title, name in (("the end", "at_end"), ("any fiftieth", "at_fiftieths")):
        false = [one for one in measured if getattr(one, name)]
        yield f"False alarms at {title}: {len(false)}/{len(measured)}"
        for one in false:
            yield f"- {one.number} ({one.source}, noise {one.noise:.1%}): {getattr(one, name)}"
    yield ""


def _cell(outcomes: Sequence[Outcome]) -> str:
    hits = [one.delay for one in outcomes if one.hit]
    delay = f" ({np.median(hits):.1%})" if hits else ""
    return f"{len(hits)}/{len(outcomes)}{delay}"


def misses(measured: Sequence[Measured]) -> Iterator[str]:
    """Each case that was not found, with its noise."""
    for one in measured:
        for kind, outcome in one.outcomes.items():
            if not outcome.hit:
                before = ", an alarm before the onset" * outcome.before
                yield f"{kind}: {one.number} ({one.source}, noise {one.noise:.1%}{before})"


def main() -> None:
    """Print the table for all curves and for each half of the repositories."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--part", type=int, default=1, help="take each PARTth curve")
    parser.add_argument("--misses", action="store_true", help="name each case that was missed")
    args = parser.parse_args()
    public = read_curves()
    curves = [public[number] for number in healthy_curves(public)] + read_labelled()
    curves = [curve for curve in curves if curve.value.min() > 0]
    picked = list(range(0, len(curves), args.part))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        measured = list(pool.map(measure_curve, picked, [curves[n] for n in picked]))
    halves = {
        "All": measured,
        "The half that thresholds were chosen on": [
            one for one in measured if not is_held_out(one.source)
        ],
        "The half held out": [one for one in measured if is_held_out(one.source)],
    }
    for title, some in halves.items():
        sources = len({one.source for one in some})
        print(f"### {title}: {len(some)} curves of {sources} repositories\n")
        print("\n".join(tabulate(some)))
    if args.misses:
        print("\n".join(misses(measured)))


if __name__ == "__main__":
    main()
