"""Training that allocates and frees all the time."""

from training import end, run

KEPT = []


def allocate():
    """A few hundred blocks of many sizes, by Python's allocator and by malloc."""
    KEPT.clear()
    for size in range(1, 300):
        KEPT.append(bytearray(size * 37))


run(allocate)
end()
