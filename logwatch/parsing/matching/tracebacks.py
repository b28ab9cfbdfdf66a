"""Tracebacks: from the head to the line that names the exception, many ranks interleaved."""

from dataclasses import dataclass, replace

import regex

from logwatch.parsing.matching.prefix import RANKS, SRUN, peel_prefix
from logwatch.parsing.record import Event
from logwatch.parsing.sanitize import clean_text, read_text

MAX_TITLE = 300
MAX_LINES = 400
"""Lines of a traceback that are waited for; Python folds the frames of a deep recursion."""
MAX_STRANGERS = 50
"""Lines of others in the midst of a traceback: stdout and stderr share a file."""
MAX_OPEN = 1024
"""Tracebacks that are open at once: one a rank."""

SURE = r"(?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit|Timeout|Failure)(?:: |:?$)"
SURE_EXCEPTION = regex.compile(SURE)
EXCEPTION = regex.compile(
    rf"{SURE}|(?:\w+\.)*[A-Z]\w*(?:: (?![-+.\d])|:?$)|(?:\w+\.)+\w*(?:error|timeout)(?:: |:?$)"
)
"""The last line of a traceback names the exception; a warning that quotes a stack has none. Behind
the lines of others, which may begin with a word and a colon as well, only a sure name counts."""
RANK = regex.compile(rf"(?:{RANKS.pattern}|{SRUN.pattern})*")

BAR = regex.compile(rb"[^\r\n]*\d[^\[\]]*\[[^\[\]]*(?:/s|s/ ?\w+)[^\[\]]*\](?=\[|Trace)")


@dataclass
class _Open:
    """A traceback whose end has not come.

    `rank` is what the launcher put before its head, and `indent` how far the head is moved in;
    `logged` tells that a logger stands before all lines and eats their indent.
    """

    event: Event
    rank: str
    indent: int
    logged: bool
    lines: int = 0
    strangers: int = 0


class Tracebacks:
    """Follows open tracebacks line by line; one may end in a later stretch of the log."""

    def __init__(self) -> None:
        self._open: list[_Open] = []

    def __bool__(self) -> bool:
        return bool(self._open)

    def begin(self, event: Event, line: bytes) -> None:
        """Take the head of a traceback."""
        if len(self._open) < MAX_OPEN:
            rank, text = _split_rank(line[_end_of_bar(line) :])
            indent = len(text) - len(text.lstrip())
            self._open.append(_Open(event, rank, indent, _end_of_logger(text) > 0))

    def follow(self, line: bytes) -> Event | None:
        """Offer a line; gives the traceback that it ends, titled by the exception."""
        rank, text = _split_rank(line)
        one = next((one for one in self._open if one.rank == rank), None)
        if one is None:
            return None
        one.lines += 1
        if one.logged:
            text = text[_end_of_logger(text) :]
        elif not text[: one.indent].strip():
            text = text[one.indent :]
        ends = SURE_EXCEPTION if one.strangers or one.logged else EXCEPTION
        if ends.match(text):
            self._open.remove(one)
            return replace(one.event, title=clean_text(text.encode())[:MAX_TITLE])
        one.strangers += not (one.logged or text[:1].isspace() or not text.strip())
        if one.lines > MAX_LINES or one.strangers > MAX_STRANGERS:
            self._open.remove(one)
        return None

    def finish(self) -> list[Event]:
        """The tracebacks that the log leaves without an end."""
        return [one.event for one in self._open]


def _end_of_bar(line: bytes) -> int:
    """Where the bar ends behind which a head stands, without a newline between."""
    found = BAR.match(line)
    return found.end() if found else 0


def _split_rank(line: bytes) -> tuple[str, str]:
    """What a launcher put before a line, and the line behind it."""
    text = read_text(line).text
    found = RANK.match(text)
    end = found.end() if found else 0
    return text[:end], text[end:]


def _end_of_logger(text: str) -> int:
    return peel_prefix(read_text(text.encode()), labelled=False).end
