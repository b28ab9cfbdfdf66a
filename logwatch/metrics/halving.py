"""Which samples of a run stay in memory when it has more of them than it may keep. Pure numpy.

A series that is too long is halved: of each two samples one is kept, so that it looks like that of
a program which logged half as often, and all that is said of equal counts of samples stays true.
What is kept depends on the samples and their number alone, not on how they arrived.
"""

import numpy as np

from logwatch.parsing.record import Floats, Ints, Mask

MAX_SAMPLES = 1 << 22
"""Samples that a run keeps of all its metrics together, 200 MB: three metrics of 1.4 million steps.
A chart draws 100 000 of a metric, most rules look at 65 536."""

BLOCK = 2048
"""Samples of which half are kept at once, four of them because they must be. So few leave medians
where they are, and six halvings raise what is taken for noise by 2 %; with 512 they did by 6 %."""

AT_ONCE = 16 * BLOCK
"""Samples looked at together: what is computed of them stays in the processor's cache."""

RECENT = 4096
"""The newest samples stay whole: no rule looks at more of them one by one."""

MOST_TURNS = BLOCK // 8
"""Where a block has more turns than this, they are what is usual in it."""

COIN = np.array([number.bit_count() % 2 for number in range(BLOCK // 2)])
"""Which of each two samples is kept. It is not always the first, as what alternates (two losses
under one name) would lose one side. Source: the sequence of Thue and Morse, which never repeats."""


def find_levels(counts: Ints, most: int) -> Ints:
    """How often to halve series of (m,) samples so that they keep at most `most` in all: (m,).

    The longest are halved first. No series that grows makes another one keep more.
    """
    cap = 1 << int(counts.max(initial=0)).bit_length()
    while cap > BLOCK and np.minimum(counts, cap).sum() > most:
        cap //= 2
    return np.ceil(np.log2(np.maximum(counts / cap, 1.0))).astype(np.int64)


def halve(value: Floats, step: Floats) -> Ints:
    """Which samples to keep of whole blocks, (n * BLOCK,): (n * BLOCK / 2,) indices, ascending.

    The first and the last of a block are kept, its smallest and largest number, and both sides of
    each turn: where numbers begin or cease to be finite, and where the step goes back.
    """
    blocks = value.reshape(-1, BLOCK)
    needed = _find_needed(blocks, step.reshape(-1, BLOCK))
    first, second = needed[:, ::2], needed[:, 1::2]
    chosen = 2 * np.arange(BLOCK // 2) + np.where(first | second, second & ~first, COIN)
    for row in np.flatnonzero((first & second).any(axis=1)):
        chosen[row] = _choose(needed[row], chosen[row])
    return np.asarray((chosen + BLOCK * np.arange(len(blocks))[:, None]).ravel())


def _find_needed(value: Floats, step: Floats) -> Mask:
    """The samples of (n, BLOCK) that must be kept."""
    finite = np.isfinite(value)
    between = step[:, 1:] < step[:, :-1]
    low, high = value, value
    if not finite.all():
        between |= finite[:, 1:] != finite[:, :-1]
        low, high = np.where(finite, value, np.inf), np.where(finite, value, -np.inf)
    needed = np.zeros(value.shape, bool)
    if between.any():
        between &= between.sum(axis=1, keepdims=True) <= MOST_TURNS
        needed[:, 1:] |= between
        needed[:, :-1] |= between
    rows = np.arange(len(value))
    needed[rows, low.argmin(axis=1)] = needed[rows, high.argmax(axis=1)] = True
    needed[:, [0, -1]] = True
    return needed


def _choose(needed: Mask, chosen: Ints) -> Ints:
    """Half of a block, (BLOCK / 2,) ascending, where both of two are needed: one of others goes."""
    free = chosen[~needed[chosen]]
    more = np.count_nonzero(needed) - (len(chosen) - len(free))
    dropped = free[np.linspace(0, len(free) - 1, more).astype(np.int64)]
    return np.union1d(np.setdiff1d(chosen, dropped), np.flatnonzero(needed))


def halve_old(value: Floats, step: Floats, sizes: list[int]) -> tuple[Ints, list[int]]:
    """Halve what is no longer recent; which of (n,) samples stay, and how many of each level.

    `sizes` tells how many were halved never, once, twice and so on; those halved most often come
    first. The list that is returned has one level more, for which it tells what is added.
    """
    ends = len(value) - np.cumsum([0, *sizes])
    carried, levels = np.empty(0, np.int64), []
    for level, (start, end) in enumerate(zip(ends[1:], ends[:-1], strict=True)):
        here = np.concatenate([np.arange(start, end), carried])
        old = max(len(here) - (0 if level else RECENT), 0) // BLOCK * BLOCK
        levels.append(here[old:])
        parts = np.split(here[:old], range(AT_ONCE, old, AT_ONCE))
        carried = np.concatenate([part[halve(value[part], step[part])] for part in parts])
    levels.append(carried)
    return np.concatenate(levels[::-1]), [len(level) for level in levels]
