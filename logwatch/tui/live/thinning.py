"""Which samples of a long series a chart needs: found once, as the series grows. Pure numpy."""

from dataclasses import dataclass

import numpy as np

from logwatch.metrics.column import Column
from logwatch.metrics.run import RunView
from logwatch.parsing.record import Floats, Ints

BLOCK = 256
"""Samples of which at most five are kept. A chart of 400 dot columns then shows the same picture
from 100 000 samples on (400 columns x 256), and costs a fiftieth."""


@dataclass(frozen=True, slots=True)
class Thin:
    """What a chart needs of a long series: ascending indices, and the mean of each whole block.

    `mean` is (m,), of samples [i * BLOCK, (i + 1) * BLOCK); NaN where none of them is a number.
    """

    index: Ints
    mean: Floats


class Thinning:
    """Grows with a series: per block its first, last, smallest, largest and a non-finite sample."""

    def __init__(self) -> None:
        self._kept = Column(np.int64)
        self._means = Column(np.float64)
        self._seen = 0

    def extend(self, y: Floats, settled: int | None = None) -> Thin:
        """What to draw of the (n,) samples so far; the first `settled` (all) only grow by others.

        The samples after them, and those that do not fill a block yet, are all kept.
        """
        whole = (len(y) if settled is None else settled) // BLOCK * BLOCK
        if whole > self._seen:
            fresh = y[self._seen : whole]
            self._kept.extend(_choose(fresh) + self._seen)
            self._means.extend(_average(fresh))
            self._seen = whole
        rest = np.arange(self._seen, len(y))
        return Thin(np.concatenate([self._kept.view(), rest]), self._means.view())


class Thinnings:
    """What to draw of each long series of a run that grows."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int], Thinning] = {}

    def extend(self, run: RunView) -> dict[str, Thin]:
        """What to draw of the series that are long now, by name."""
        thin = {}
        for name, view in run.series.items():
            if len(view) > 8 * BLOCK:
                level = view.whole.level if view.whole is not None else 0
                key = name, int(view.offset[0]), level  # a name may pass from the probe to the log
                found = self._found.setdefault(key, Thinning())
                thin[name] = found.extend(view.value, view.settled)
        return thin


def _average(y: Floats) -> Floats:
    """The mean of the finite samples of each block."""
    blocks = y.reshape(-1, BLOCK)
    finite = np.isfinite(blocks)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(finite, blocks, 0.0).sum(axis=1) / finite.sum(axis=1))


def _choose(y: Floats) -> Ints:
    """Indices to keep of whole blocks."""
    blocks = y.reshape(-1, BLOCK)
    finite = np.isfinite(blocks)
    start = np.arange(len(blocks)) * BLOCK
    keep = np.zeros(len(y), bool)
    keep[start] = keep[start + BLOCK - 1] = True
    keep[start + np.where(finite, blocks, np.inf).argmin(axis=1)] = True
    keep[start + np.where(finite, blocks, -np.inf).argmax(axis=1)] = True
    bad = finite.argmin(axis=1)
    keep[(start + bad)[~finite.all(axis=1)]] = True
    for infinite in (np.inf, -np.inf):
        found = blocks == infinite
        keep[(start + found.argmax(axis=1))[found.any(axis=1)]] = True
    return np.flatnonzero(keep)
