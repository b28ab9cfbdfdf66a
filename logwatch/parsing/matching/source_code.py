"""Source code, comments and commands, which name losses and numbers as a log does.

Programs print their own source, tests, commands and help into their logs. What stands in such a
line is no figure of a run. What only looks so counts when it comes again with other numbers.
"""

import regex

from logwatch.parsing.values import NUMBER_TEXT

COMMAND = regex.compile(
    r"^\s*(?:[+$>] *)?(?:\w+=\S+ +)*(?:\S*/)?"
    r"(?:srun|sbatch|mpirun|torchrun|deepspeed|accelerate|python[\d.]*|bash|sh|export|git|grep|sed)"
    r"\s+(?=.*(?:--?\w|\.py\b|\.sh\b|=))"
)
"""A command as `set -x` or a launcher prints it: its options are settings."""
COMMENT = regex.compile(
    r"^\s*(?:\#+\s|//|/\*|<!--|;\s|%\s|>>>\s*[\w.]+\s*[=(]|\.\.\.\s|[rfbu]{0,2}(?:\"{3}|'{3}))"
)
STATEMENT = regex.compile(
    r"^\s*(?:return|yield|assert|raise|lambda|global|del|(?:async\s+)?def|class)\b"
    r"|^\s*(?:if|elif|while|for|with|from|import|except|not)\b.*:\s*$"
    r"|[)\]]\s*:\s*$|;\s*$|\\\s*$"
)
OPEN_CALL = regex.compile(r"\w\.\w+\((?:[^()]|\([^()]*\))*$")
"""A method that is called, `G.add_edge(0, 1, cost=6`; a class that shows itself has no dot."""
ARITHMETIC = regex.compile(r"^\s*\*\*?\s*[A-Za-z_(\d]")
"""What may stand behind a number of an expression: `0.5 * (a + b)`."""
QUOTES = "\"'"
INSIDE = regex.compile(r"[(=,\[{:+]\s*[rfbu]{0,2}$|^\s*[rfbu]{0,2}$")
"""What stands before the quote that begins a string of a program; prose has a blank or a letter."""
BEFORE_OBJECT = regex.compile(r"(?:\breturn|\byield|\bin|[\w\])]\s*=(?<!==))\s*$")
BEHIND_OBJECT = regex.compile(r"^\s*(?:\#\s|//|\)\s*:|\.\w+\(|\[)")

UNCERTAIN = "\0"
"""Begins the skeleton of what may be code: it counts when it comes again with other numbers."""


def find_uncertainty_of_pairs(line: str, begin: int, end: int, tentative: str) -> str | None:
    """How sure pairs are that begin and end at these characters of a line.

    `tentative` where nothing looks like code, a skeleton after UNCERTAIN where it may be code, None
    where it is code: a comment, a string or a statement without a counter, the arguments of a
    method, a command.
    """
    if COMMAND.match(line) or OPEN_CALL.search(line, 0, begin) or ARITHMETIC.match(line[end:]):
        return None
    if COMMENT.match(line) or STATEMENT.search(line) or _is_in_string(line[:begin]):
        return None if tentative else UNCERTAIN + skeleton_of(line)
    return tentative


def find_uncertainty_of_object(line: str, begin: int, end: int, tentative: str) -> str | None:
    """How sure an object is that stands at these characters of a line, as for pairs."""
    before, behind = line[:begin], line[end:]
    code = BEFORE_OBJECT.search(before) or BEHIND_OBJECT.match(behind) or COMMENT.match(line)
    if not (code or _is_open(before) or _is_in_string(before)):
        return tentative
    return None if tentative else UNCERTAIN + skeleton_of(line[begin:end])


def skeleton_of(line: str) -> str:
    """A line without its numbers."""
    return str(regex.sub(r"\d+", "0", NUMBER_TEXT.sub("0", line.strip())))


def _is_open(before: str) -> bool:
    """Whether a bracket is open: what follows is an argument, or a part of other data."""
    return any(before.count(a) > before.count(b) for a, b in ("()", "[]", "{}"))


def _is_in_string(before: str) -> bool:
    """Whether a string of a program is open."""
    for quote in QUOTES:
        if before.count(quote) % 2 and INSIDE.search(before[: before.rfind(quote)]):
            return True
    return False
