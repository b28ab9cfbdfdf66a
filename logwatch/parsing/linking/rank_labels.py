"""Whether `srun --label` put a rank before each line."""

import regex

HEAD_BYTES = 1 << 16
"""How much of a log is looked at; a thousand ranks write their first line twice in less."""
MIN_LABELS = 5
LABELLED_SHARE = 0.8
"""srun --label marks every line; a program that numbers its lines does not repeat the numbers.
What the batch script says before the first `srun` has no label."""
LABEL = regex.compile(rb"^ *(?:P\d+ +)?(\d+): ", regex.MULTILINE)


class Labels:
    """Watches the head of a log until it is sure."""

    def __init__(self) -> None:
        self._head = b""
        self._found = False

    def look(self, data: bytes) -> bool:
        """Take in the next bytes; True once, when labels are found."""
        if self._found or len(self._head) >= HEAD_BYTES:
            return False
        self._head = (self._head + data[:HEAD_BYTES])[:HEAD_BYTES]
        self._found = has_labels(self._head)
        return self._found


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
