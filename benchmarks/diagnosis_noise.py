"""How much does logwatch find in noisy curves, and how much of it on repositories held out?

python benchmarks/diagnosis_noise.py      print the table; some minutes
"""

import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from diagnosis_injections import NOISY_INJECTIONS, Case, make_cases
from diagnosis_measure import Outcome, healthy_curves, noise_of, outcome_of_ours
from real_curves import Curve, read_curves, read_labelled

CLASSES = (0.0, 0.01, 0.05, 0.15, np.inf)
"""Edges of the classes of noise: robust deviations of the log differences of the later half."""

STANDS = 1.3
"""Times its best level that a rise must stand at in the end: a curve that falls on is not ill."""

MUST_STAND = ("slow divergence", "fast divergence", "spike, not recovered")


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


def measure_noise(curves: Sequence[Curve]) -> Iterator[str]:
    """A table: recall and median delay of each illness by class of noise."""
    yield "### By noise\n"
    yield "| illness | < 1 % | 1-5 % | 5-15 % | > 15 % | < 5 % | >= 5 % |"
    yield "|---|---|---|---|---|---|---|"
    noise = np.array([noise_of(curve) for curve in curves])
    for inject in NOISY_INJECTIONS:
        cases = list(enumerate(make_cases(inject, list(curves))))
        kept = [(number, case) for number, case in cases if stands(case)]
        found = {number: outcome_of_ours(number, case) for number, case in kept}
        edges = [*pairwise(CLASSES), (0.0, 0.05), (0.05, np.inf)]
        cells = [
            _cell([one for number, one in found.items() if low <= noise[number] < high])
            for low, high in edges
        ]
        yield f"| {cases[0][1].kind} | " + " | ".join(cells) + " |"
    yield ""


def _cell(outcomes: Sequence[Outcome]) -> str:
    hits = [one.delay for one in outcomes if one.hit]
    delay = f" ({np.median(hits):.1%})" if hits else ""
    return f"{len(hits)}/{len(outcomes)}{delay}"


def main() -> None:
    """Print the table for all curves and for each half of the repositories."""
    public = read_curves()
    curves = [public[number] for number in healthy_curves(public)] + read_labelled()
    curves = [curve for curve in curves if curve.value.min() > 0]
    halves = {
        "all": curves,
        "half": [curve for curve in curves if not is_held_out(curve.source)],
        "the other half": [curve for curve in curves if is_held_out(curve.source)],
    }
    for title, some in halves.items():
        print(
            f"{title}: {len(some)} curves of {len({curve.source for curve in some})} repositories"
        )
        print("\n".join(measure_noise(some)))


if __name__ == "__main__":
    main()
