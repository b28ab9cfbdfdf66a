"""Whether `srun --label` put a rank before each line."""

import regex

HEAD_BYTES = 1 << 16
"""How much of a log is looked at; a thousand ranks write their first line twice in less."""
MIN_LABELS = 5
LABELLED_SHARE = 0.8
"""srun --label marks every line; a program that numbers its lines does not repeat the numbers.
What the batch script says before the first `srun` has no label."""
LABEL = regex.compile(rb"^ *(?:P\d+ +)?(\d+): ", regex.MULTILINE)


class RankLabels:
    """Watches the head of a log; what it finds may change until the head is whole."""

    def __init__(self) -> None:
        self.head = b""
        self.found = False

    @property
    def settled(self) -> bool:
        """Whether no line that was seen will be read in another way."""
        return len(self.head) >= HEAD_BYTES or LABEL.search(self.head) is None

    def look(self, data: bytes) -> bool:
        """Take in the next bytes; whether they change what all lines of the log are."""
        if len(self.head) >= HEAD_BYTES:
            return False
        before = self.found
        self.head = (self.head + data[:HEAD_BYTES])[:HEAD_BYTES]
        self.found = has_labels(self.head)
        return self.found != before


def has_labels(head: bytes) -> bool:
    """Whether nearly all lines from the first label on begin with a small number that repeats."""
    first = LABEL.search(head)
    if first is None:
        return False
    labels = LABEL.findall(head, first.start())
    lines = max(1, head.count(b"\n", first.start()))
    return (
        len(labels) >= MIN_LABELS
        and len(labels) >= LABELLED_SHARE * lines
        and len(set(labels)) * 2 < len(labels)
    )
