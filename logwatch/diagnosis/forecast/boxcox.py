"""Fits of a curve's shape in time that say when it comes down to a level.

The family is L(t) = A - b * (t**l - 1) / l: l = 1 is a line, l = 0 a line in log time, l < 0 a
power law that levels off. It needs no asymptote. Saturating fits invent one, and then call every
fourth level that real curves reached unreachable.
Source: Box & Cox 1964, https://doi.org/10.1111/j.2517-6161.1964.tb00553.x (the family).
"""

import math
from dataclasses import dataclass

import numpy as np

from logwatch.metrics.statistics import NORMAL_MAD, mad
from logwatch.parsing.record import Floats

BINS = 120
"""Points that a curve is thinned to: twice as many move no forecast by more than its rounding."""

BLOCKS_PER_BIN = 8
"""A bin is the median of so many means: as fast as a mean, as deaf to a spike as a median."""

EXPONENTS: Floats = np.round(np.arange(-1.5, 2.05, 0.1), 1)
"""The exponents l that are tried: from a curve that levels off at once to one that bends down."""

LOGARITHMIC = int(np.argmin(np.abs(EXPONENTS)))

EXPONENT_PRIOR = (0.2, 0.5)
"""Mean and deviation of l before the curve is seen: between a line and a line in log time."""

FEWEST_IN_WINDOW = 6
"""A window that holds fewer bins takes the last so many."""

OLDEST_WEIGHT = 0.3
"""Weight of a bin at time zero, against 1 now."""

LEAST_VARIANCE = 0.05
"""Part of the noise variance that every fit is granted, so that no lucky one is believed alone."""

TINY = 1e-18
"""Stands for zero variance, where heights are of order one."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Fits of one window, one for each exponent: (k,) levels now, slopes, and posterior weights.

    `falling` is the fall in log time in its standard errors; `start` is the first bin used.
    """

    level: Floats
    slope: Floats
    weight: Floats
    falling: float
    start: int

    def log_ratios(self) -> Floats:
        """(k,) log of the time at which each curve comes to height zero, over now.

        Inf where it never does, 0 where it is there already.
        """
        power = np.where(EXPONENTS == 0, 1.0, EXPONENTS)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            distance = np.where(self.slope > 0, self.level / self.slope, np.inf)
            distance = np.where(self.level <= 0, 0.0, distance)
            room = 1 + EXPONENTS * distance
            curved = np.where(room > 0, np.log(np.maximum(room, TINY)) / power, np.inf)
        return np.where(EXPONENTS == 0, distance, curved)

    def log_ratio(self) -> float:
        """The posterior median of `log_ratios`."""
        ratios = self.log_ratios()
        order = np.argsort(ratios)
        middle = int(np.searchsorted(np.cumsum(self.weight[order]), 0.5))
        return float(ratios[order[min(middle, len(order) - 1)]])

    def exponent(self) -> float:
        """The posterior mean of the exponent."""
        return float(self.weight @ EXPONENTS)


def thin(time: Floats, value: Floats) -> tuple[Floats, Floats]:
    """Thin (n,) samples at rising times to at most `BINS` of equal width; empty ones stay out."""
    if len(time) <= BINS:
        return time, value
    edges = np.linspace(time[0], time[-1], BINS * BLOCKS_PER_BIN + 1)[:-1]
    starts = np.searchsorted(time, edges)
    counts = np.diff(starts, append=len(time))
    full = np.flatnonzero(counts)
    tables = []
    for column in (time, value):
        table = np.full(len(edges), np.inf)
        table[full] = np.add.reduceat(column, starts[full]) / counts[full]
        tables.append(np.sort(table.reshape(BINS, BLOCKS_PER_BIN), axis=1))
    held = np.isfinite(tables[0]).sum(axis=1)
    used = np.flatnonzero(held)
    lower, upper = (held[used] - 1) // 2, held[used] // 2
    time, value = ((table[used, lower] + table[used, upper]) / 2 for table in tables)
    return time, value


def fit_window(time: Floats, height: Floats, start: float) -> Fit:
    """Fit the family by least squares to the (n,) bins from time `start` on; time ends at one."""
    first = min(int(np.searchsorted(time, start)), max(len(time) - FEWEST_IN_WINDOW, 0))
    height, weight = height[first:], weights(time[first:])
    basis = _basis(np.log(time[first:]))
    basis_mean, mean = basis @ weight, float(height @ weight)
    basis = basis - basis_mean[:, None]
    spread = np.maximum(basis**2 @ weight, TINY)
    slope = -(basis @ (weight * (height - mean))) / spread
    residual = height - mean + slope[:, None] * basis
    variance = residual**2 @ weight
    best = int(np.argmin(variance))
    count = _independent(residual[best])
    granted = variance[best] + LEAST_VARIANCE * _noise(height) ** 2 + TINY
    prior = (EXPONENTS - EXPONENT_PRIOR[0]) / EXPONENT_PRIOR[1]
    posterior = np.exp(-0.5 * (count * (variance - variance[best]) / granted + prior**2))
    falling = float(slope[LOGARITHMIC]) / math.sqrt(granted / (count * spread[LOGARITHMIC]))
    return Fit(mean + slope * basis_mean, slope, posterior / posterior.sum(), falling, first)


def weights(time: Floats) -> Floats:
    """(n,) weights of bins at times up to one, that sum to one: the newer the heavier."""
    weight = OLDEST_WEIGHT + (1 - OLDEST_WEIGHT) * time
    return np.asarray(weight / weight.sum())


def _basis(log_time: Floats) -> Floats:
    powers = np.exp(EXPONENTS[:, None] * log_time)
    powers = (powers - 1) / np.where(EXPONENTS == 0, 1.0, EXPONENTS)[:, None]
    powers[LOGARITHMIC] = log_time
    return np.asarray(powers)


def _independent(residual: Floats) -> float:
    """How many independent samples (n,) correlated residuals are worth, at least four.

    Source: Bartlett 1946 for a first-order process, n (1 - r) / (1 + r).
    """
    power = float(residual @ residual)
    lag = float(residual[1:] @ residual[:-1]) / power if power > 0 else 0.0
    lag = min(max(lag, 0.0), 0.95)
    return max(4.0, len(residual) * (1 - lag) / (1 + lag))


def _noise(height: Floats) -> float:
    """Standard deviation about the local trend, from the MAD of second differences."""
    if len(height) < 3:
        return 0.0
    return NORMAL_MAD * mad(np.diff(height, n=2)) / math.sqrt(6)
