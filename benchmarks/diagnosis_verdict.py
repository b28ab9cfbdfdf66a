"""Where is logwatch at least as good as each other monitor's rule, and where is it not?"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from diagnosis_measure import Outcome

Row = tuple[int, Mapping[str, Sequence[Outcome]]]
"""Healthy curves with an alarm, and the outcomes of each illness."""


def judge(ours: Row, others: Mapping[str, Row], illnesses: Sequence[str]) -> Iterator[str]:
    """A table: for each rule and illness whether ours has no more false alarms and no less recall.

    Beside it the delays, ours first, of the cases that both found.
    """
    yield "### On both axes, rule by rule\n"
    yield (
        "`yes`: no more healthy curves alarmed, and no fewer cases found; a `+` says that one of "
        "the two is better. In brackets our median delay less theirs on the cases that both found, "
        "as a part of the run: below zero we are earlier.\n"
    )
    yield "| rule | false alarms | " + " | ".join(illnesses) + " |"
    yield "|---" * (len(illnesses) + 2) + "|"
    for name, theirs in others.items():
        cells = [_compare(ours, theirs, illness) for illness in illnesses]
        yield f"| {name} | {ours[0]} against {theirs[0]} | " + " | ".join(cells) + " |"
    yield ""


def _compare(ours: Row, theirs: Row, illness: str) -> str:
    mine, other = ours[1][illness], theirs[1][illness]
    more = sum(one.hit for one in mine) - sum(one.hit for one in other)
    fewer = theirs[0] - ours[0]
    verdict = ("yes +" if more > 0 or fewer > 0 else "yes") if min(more, fewer) >= 0 else "**no**"
    both = [a.delay - b.delay for a, b in zip(mine, other, strict=True) if a.hit and b.hit]
    return f"{verdict} ({100 * float(np.median(both)):+.1f} %)" if both else verdict
