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
SIDE, SIDE_THREAD = "side_error", "thread_error"
"""Kinds of events for errors that ended no program, or a thread of it alone."""
MAX_OPEN = 1024
"""Tracebacks that are open at once: one a rank."""

SURE = r"(?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit|Timeout|Failure)(?:: |:?$)"
SURE_EXCEPTION = regex.compile(SURE)
EXCEPTION = regex.compile(
    rf"{SURE}|(?:\w+\.)*[A-Z]\w*(?:: (?![-+.\d])|:?$)|(?:\w+\.)+\w*(?:error|timeout)(?:: |:?$)"
)
"""The last line of a traceback names the exception; a warning that quotes a stack has none. Behind
the lines of others, which may begin with a word and a colon as well, only a sure name counts."""
UNFINISHED = regex.compile(r"(?:\w+\.)*\w*(?:Error|Exception): *$")
"""A name whose text begins on the next line."""
ASIDE = regex.compile(
    r"Exception ignored |Exception in (?:callback|async|default)"
    r"|--- Logging error ---|Error in (?:atexit|sys\.excepthook)|exception was never retrieved"
    r"|^future: <|exception calling callback|Exception raised in background|Error in sitecustomize"
)
"""What stands before a traceback that ends no program: Python prints it and goes on.
Source: CPython, `PyErr_WriteUnraisable`, threading `_make_invoke_excepthook`, logging
`handleError`, atexit; asyncio `call_exception_handler`; concurrent.futures `_invoke_callbacks`."""
THREAD = regex.compile(r"Exception in thread (?!MainThread)|^Thread [\w-]+:\s*$")
"""The same for a thread, which may leave the others waiting for it."""
WARNED = regex.compile(r"\bW\d{4} \d\d:|\bWARN(?:ING)?\b")
"""A logger's level that says that the program goes on."""
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
    title: str = ""


class Tracebacks:
    """Follows open tracebacks line by line; one may end in a later stretch of the log."""

    def __init__(self) -> None:
        self._open: list[_Open] = []

    def __bool__(self) -> bool:
        return bool(self._open)

    def begin(self, event: Event, line: bytes, before: bytes = b"") -> None:
        """Take the head of a traceback, and the line before it, which may tell that none died."""
        if len(self._open) < MAX_OPEN:
            rank, text = _split_rank(line[_end_of_bar(line) :])
            kind = side_kind(text, _split_rank(before)[1])
            if kind:
                event = replace(event, kind=kind, severity="info")
            indent = len(text) - len(text.lstrip())
            self._open.append(_Open(event, rank, indent, _end_of_logger(text) > 0))

    def follow(self, line: bytes) -> Event | None:
        """Offer a line; gives the traceback that it ends, titled by the exception."""
        rank, text = _split_rank(line)
        one = next((one for one in self._open if one.rank == rank), None)
        if one is None:
            return None
        one.lines += 1
        if one.title:
            self._open.remove(one)
            more = text.strip() if any(map(str.isalpha, text)) else ""
            return _titled(one.event, f"{one.title} {more}")
        if one.logged:
            text = text[_end_of_logger(text) :]
        elif not text[: one.indent].strip():
            text = text[one.indent :]
        ends = SURE_EXCEPTION if one.strangers or one.logged else EXCEPTION
        if ends.match(text):
            if UNFINISHED.match(text):
                one.title = text.strip()
                return None
            self._open.remove(one)
            return _titled(one.event, text)
        one.strangers += not (one.logged or text[:1].isspace() or not text.strip())
        if one.lines > MAX_LINES or one.strangers > MAX_STRANGERS:
            self._open.remove(one)
        return None

    def finish(self) -> list[Event]:
        """The tracebacks that the log leaves without an end."""
        return [_titled(one.event, one.title) if one.title else one.event for one in self._open]


def side_kind(head: str, before: str) -> str:
    """The kind of event that a traceback with this head, behind this line, is if it ended nothing;
    empty where it may have ended a program."""
    if THREAD.search(before):
        return SIDE_THREAD
    return SIDE if ASIDE.search(before) or WARNED.search(head) else ""


def _titled(event: Event, text: str) -> Event:
    return replace(event, title=clean_text(text.encode())[:MAX_TITLE])


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
