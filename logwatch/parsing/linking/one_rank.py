"""Of lines that several ranks print, those of one rank."""

from dataclasses import dataclass, replace

import numpy as np

from logwatch.parsing.library import ALL_RANKS
from logwatch.parsing.matching.reading import MatchedLines
from logwatch.parsing.record import Floats, Ints, Mask

SILENT_LINES = 200
"""Lines of one other rank, without any of the chosen one, after which that rank takes over. A rank
that writes to a file prints in blocks of 8 KiB, some hundred lines, before the next one does.
Source: CPython `io.DEFAULT_BUFFER_SIZE`."""

Key = tuple[str, str]


@dataclass(slots=True)
class _Choice:
    """The rank that counts, and the lines of each other one since it last printed."""

    rank: float
    others: dict[float, int]


class OneRank:
    """Chooses for each pattern the rank that printed it first, and another when that falls silent.

    A later attempt of a job may print from another rank than the first one did.
    """

    def __init__(self, rank: int | None) -> None:
        self._rank = rank
        self._choices: dict[Key, _Choice] = {}

    def keep(self, readings: list[MatchedLines]) -> list[MatchedLines]:
        """The readings without the lines of other ranks; those that are then empty are left out."""
        if self._rank == ALL_RANKS:
            return readings
        ranked: dict[Key, list[MatchedLines]] = {}
        for reading in readings:
            if "rank" in reading.axes and len(reading.rows):
                ranked.setdefault(_key(reading), []).append(reading)
        chosen = {key: self._follow(key, parts) for key, parts in ranked.items()}
        kept = [_without_others(one, chosen.get(_key(one))) for one in readings]
        return [one for one in kept if len(one.rows)]

    def _follow(self, key: Key, parts: list[MatchedLines]) -> tuple[Ints, Floats]:
        """Rows from which on a rank counts, and these ranks, over the lines of one pattern."""
        rows = np.concatenate([part.rows for part in parts])
        order = np.argsort(rows, kind="stable")
        rows, ranks = rows[order], np.concatenate([part.axes["rank"] for part in parts])[order]
        first = float(ranks[0]) if self._rank is None else float(self._rank)
        choice = self._choices.setdefault(key, _Choice(first, {}))
        starts, counts = [-1], [choice.rank]
        if self._rank is None and not (ranks == choice.rank).all():
            for row, rank in zip(rows.tolist(), ranks.tolist(), strict=True):
                if _gives_way(choice, rank):
                    starts.append(row)
                    counts.append(rank)
        elif self._rank is None:
            choice.others.clear()
        return np.array(starts), np.array(counts)


def _gives_way(choice: _Choice, rank: float) -> bool:
    """Take in the rank of the next line; True where it counts from here on."""
    if rank == choice.rank:
        choice.others.clear()
        return False
    choice.others[rank] = choice.others.get(rank, 0) + 1
    if choice.others[rank] <= SILENT_LINES:
        return False
    choice.rank = rank
    choice.others.clear()
    return True


def _without_others(reading: MatchedLines, chosen: tuple[Ints, Floats] | None) -> MatchedLines:
    ranks = reading.axes.get("rank")
    if chosen is None or ranks is None:
        return reading
    starts, counts = chosen
    keep = ranks == counts[np.searchsorted(starts, reading.rows, side="right") - 1]
    return reading if keep.all() else _where(reading, keep)


def _where(reading: MatchedLines, keep: Mask) -> MatchedLines:
    return replace(
        reading,
        rows=reading.rows[keep],
        axes={name: column[keep] for name, column in reading.axes.items()},
        metrics={name: column[keep] for name, column in reading.metrics.items()},
    )


def _key(reading: MatchedLines) -> Key:
    return reading.pattern.dialect, reading.pattern.name
