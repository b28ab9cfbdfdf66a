"""Every message of the screen."""

from textual.message import Message

from logwatch.diagnosis.finding import Finding
from logwatch.tui.live.search import Hit
from logwatch.tui.live.snapshot import Snapshot


class RunMoved(Message):
    """A run has a newer snapshot; of several that wait, only the newest is handled."""

    def __init__(self, number: int, snapshot: Snapshot) -> None:
        super().__init__()
        self.number = number
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Whether this one makes `message` stale."""
        return isinstance(message, RunMoved) and message.number == self.number


class MetricChosen(Message):
    """The user moved to a metric in the table."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class FindingChosen(Message):
    """The user moved to a finding; with `jump` its first line of evidence is to be shown."""

    def __init__(self, finding: Finding, *, jump: bool) -> None:
        super().__init__()
        self.finding = finding
        self.jump = jump


class LineWanted(Message):
    """The line that holds this byte of the log is to be shown; of a probe's, the line beside it."""

    def __init__(self, offset: int, line: int) -> None:
        super().__init__()
        self.offset = offset
        self.line = line


class SearchMoved(Message):
    """A search has looked at this share of the log (0 to 1)."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def can_replace(self, message: Message) -> bool:
        """Only the newest share counts."""
        return isinstance(message, SearchMoved)


class SearchEnded(Message):
    """A search found something, found nothing (None), or could not be done (`problem`)."""

    def __init__(self, hit: Hit | None, problem: str = "") -> None:
        super().__init__()
        self.hit = hit
        self.problem = problem
