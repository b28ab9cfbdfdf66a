"""Averages of curves that NaN does not stop. Pure numpy."""

import numpy as np

from logwatch.parsing.record import Floats

CHUNK = 128
"""Samples averaged by one matrix product; 0.5**128 is still a normal number."""


def smooth(values: Floats, weight: float) -> Floats:
    """The debiased moving average of the (n,) values with 0 <= weight < 1 on the past.

    NaN and Inf are skipped: their place in the result is NaN. n may be 0.

    Source: Kingma and Ba, Adam (2015), section 3, bias correction; the same as TensorBoard's
    https://github.com/tensorflow/tensorboard (vz_line_chart2, resmoothDataset).
    """
    finite = np.isfinite(values)
    known = values[finite]
    if not len(known) or weight <= 0:
        return np.where(finite, values, np.nan)
    rows = -(-len(known) // CHUNK)
    padded = np.zeros(rows * CHUNK)
    padded[: len(known)] = known
    age = np.arange(CHUNK)[:, None] - np.arange(CHUNK)
    with np.errstate(under="ignore"):
        kernel = np.where(age >= 0, (1 - weight) * weight ** np.maximum(age, 0), 0.0)
        inside = padded.reshape(rows, CHUNK) @ kernel.T
        carry = _carry(inside[:, -1], weight**CHUNK)
        decay = weight ** np.arange(1, CHUNK + 1)
        averages = (inside + carry[:, None] * decay).ravel()[: len(known)]
    early = min(len(known), int(-40 / np.log(weight)) + 1)  # e**-40 is below a float's resolution
    averages[:early] /= 1 - weight ** np.arange(1, early + 1)
    result = np.full(len(values), np.nan)
    result[finite] = averages
    return result


def _carry(ends: Floats, decay: float) -> Floats:
    """What each chunk inherits: the average at the end of the one before, (rows,)."""
    carried = np.zeros(len(ends))
    value = 0.0
    for row in range(1, len(ends)):
        value = value * decay + float(ends[row - 1])
        carried[row] = value
    return carried


def average(x: Floats, y: Floats, blocks: int) -> tuple[Floats, Floats]:
    """Means of x and y over at most `blocks` stretches of as many samples, in their order.

    NaN and Inf are left out; a stretch of nothing else has NaN. n may be 0.
    """
    count = min(blocks, len(y))
    if not count:
        return x[:0], y[:0]
    starts = np.linspace(0, len(y), count, endpoint=False).astype(np.int64)
    finite = np.isfinite(y) & np.isfinite(x)
    many = np.add.reduceat(finite, starts, dtype=np.int64)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = [np.add.reduceat(np.where(finite, v, 0.0), starts) / many for v in (x, y)]
    means[0] = np.where(many > 0, means[0], x[starts])
    return means[0], means[1]
