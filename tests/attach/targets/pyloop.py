"""Training with much pure Python between the steps."""

from training import end, run


def compute():
    """Some milliseconds of bytecode."""
    total = 0
    for number in range(50_000):
        total += number * number
    return total


run(compute)
end()
