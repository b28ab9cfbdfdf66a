"""Which samples of a long series a chart needs: found once, as the series grows. Pure numpy."""

import numpy as np

from logwatch.metrics.series import Column
from logwatch.parsing.record import Floats, Ints

BLOCK = 256
"""Samples of which at most five are kept. A chart of 400 dot columns then shows the same picture
from 100 000 samples on (400 columns x 256), and costs a fiftieth."""


class Thinning:
    """Grows with a series: per block its first, last, smallest, largest and a non-finite sample."""

    def __init__(self) -> None:
        self._kept = Column(np.int64)
        self._seen = 0

    def extend(self, y: Floats) -> Ints:
        """The indices to draw of the (n,) samples so far, ascending; `y` only grows between calls.

        The newest samples, which do not fill a block yet, are all kept.
        """
        whole = len(y) // BLOCK * BLOCK
        if whole > self._seen:
            self._kept.extend(_choose(y[self._seen : whole]) + self._seen)
            self._seen = whole
        return np.concatenate([self._kept.view(), np.arange(self._seen, len(y))])


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
