"""What launchers and loggers put before a line: the rank that printed it, a time, a level."""

from dataclasses import dataclass

import numpy as np
import regex

from logwatch.parsing.record import Floats
from logwatch.parsing.sanitize import Text
from logwatch.parsing.values import Number, locate_number

RANKS = regex.compile(
    r"(?:\[(?:[a-z_]+)(?P<rank>\d+)\]: ?"  # torchrun --tee, torch's excepthook
    r"|\[\d+,(?P<rank>\d+)\]<std(?:out|err)>: ?"  # Open MPI --tag-output
    r"|\((?:[\w.]+ )?pid=\d+(?:, ip=[\d.]+)?\) ?)"  # Ray
)
"""Source: torch/distributed/elastic/multiprocessing/tail_log.py; torch/distributed/
distributed_c10d.py (excepthook); orte/mca/iof of open-mpi/ompi; ray/_private/log_monitor.py."""

SRUN = regex.compile(r" *(?:P\d+ +)?(?P<rank>\d+): ")
"""`srun --label`. Source: Slurm, src/common/write_labelled_message.c, `_build_label`."""

TIME = (
    r"(?:\d{4}[-/]\d\d[-/]\d\d[T ,]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\d\d[/-]\d\d[ ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?"
    r"|\d\d?[/.-]\d\d?[/.-]\d{4}[ ,]+\d\d:\d\d:\d\d(?:[.,]\d+)?(?: [AP]M)?"
    r"|\d\d-[A-Z][a-z]{2}-\d\d(?:\d\d)? \d\d:\d\d:\d\d(?:[.,]\d+)?"
    r"|[A-Z][a-z]{2},? \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d"
    r"|\d\d:\d\d:\d\d(?:[.,]\d+)?)"
)
LEVEL = r"(?:DEBUG|INFO|SUCCESS|NOTICE|WARNING|WARN|ERROR|CRITICAL|FATAL|TRACE)"
LOGGER = regex.compile(
    rf"[DIWEF]\d{{4}} \d\d:\d\d:\d\d(?:\.\d+)? +\d+ [^\s\]]+\] ?"  # glog, absl
    rf"|\[?(?P<time>{TIME})(?:[ ,]+[^\]\[|]{{0,60}})?\]:? *(?:- |\| )?"  # [time ...]
    rf"|(?P<time>{TIME})\s*(?:- |\| |: |(?=[\[(\w]))"  # time -
    r"|\[[\w.:/-]+\] (?=\d{4}-)"  # [name] time
    rf"|\[(?:{LEVEL}|[DIWEF])(?:[:| ][^\]]*)?\]:? *(?:- |\| )?"  # [INFO], [INFO:name]
    rf"|{LEVEL}:[\w.]+:(?=\S)"  # INFO:name:
    rf"|{LEVEL}(?: *[-|:] *(?=\S)| +(?=\S))"  # INFO -
    r"|\[[\w.]+\.py:\d+(?::\w+)?\] *(?:\((?P<rank>\d+)/\d+\) (?=\S))?"  # [file.py:12] (0/8)
    r"|\((?:[\w./]+\.\w+[: ]|(?!(?i:epoch|ep|step|iter|batch))[\w./]+:)\d+\):? *"  # (file.py 12)
    r"|[\w./]+\.py:\d+(?:\]| --| -|:) +"  # file.py:12]
    r"|[\w.<>]+:[\w.<>]+:\d+ +(?:- |\| )"  # module:function:12 -
    r"|\[[\w.]+:\d+\] *(?=\[PID)|\[PID[: ]\d+\] *|\[(?:RANK|Rank)[: ](?P<rank>\d+)\] *"
)
PHASE = r"(?i:train(?:ing)?|val(?:id(?:ation)?)?|eval(?:uation)?|test(?:ing)?|dev)"
NAME = regex.compile(
    rf"(?!{PHASE}(?: - | \| )(?!\[?{LEVEL}\b))"  # `| valid | loss 3.2` is no train loss
    rf"[A-Za-z_][\w.]*(?:(?: - | \| )(?=\S)| +(?={LEVEL} ))"
)
"""Source: logging of Python, absl-py/absl/logging, glog, deepspeed/utils/logging.py, mmengine/
logging/logger.py, detectron2/utils/logger.py, axolotl/logging_config.py, loguru/_defaults.py,
icefall/utils.py `setup_logger` (`(rank/ranks)`), espnet2/bin/launch.py (`[host]`)."""

STAMP = regex.compile(
    r"(?P<year>\d{4})[-/](?P<month>\d\d)[-/](?P<day>\d\d)[T ,]"
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d(?:[.,]\d+)?)"
)


@dataclass(frozen=True, slots=True)
class Prefix:
    """Where the body of a line begins, the number of its rank, the parts of its time stamp."""

    end: int
    rank: Number | None = None
    stamp: tuple[Number, ...] = ()


FRACTION_DIGITS = 9
"""Digits of a fraction of a second that are read: a nanosecond. More digits say nothing more."""


def peel_prefix(line: Text, labelled: bool) -> Prefix:
    """Find what a launcher or a logger put before the text; `labelled` allows srun's labels."""
    text = line.text
    end, rank = 0, None
    stamp: tuple[Number, ...] = ()
    while True:
        found = RANKS.match(text, end) or (SRUN.match(text, end) if labelled and not end else None)
        if not found:
            break
        end = found.end()
        if found.groupdict().get("rank") and rank is None:
            rank = locate_number(line, *found.span("rank"))
    body = len(text) - len(text[end:].lstrip(" "))
    start = body
    while True:
        found = LOGGER.match(text, body) or (NAME.match(text, body) if body > start else None)
        if not found or found.end() == body:
            break
        stamp = stamp or _locate_stamp(line, body, found.end())
        if found.groupdict().get("rank") and rank is None:
            rank = locate_number(line, *found.span("rank"))
        body = end = found.end()
    return Prefix(end, rank, stamp)


def _locate_stamp(line: Text, start: int, end: int) -> tuple[Number, ...]:
    found = STAMP.search(line.text, start, end)
    if not found:
        return ()
    spans = [found.span(part) for part in ("year", "month", "day", "hour", "minute", "second")]
    whole = found["second"].replace(",", ".").find(".")
    numbers = [locate_number(line, *span) for span in spans[:5]]
    start, end = spans[5]
    numbers.append(locate_number(line, start, start + whole if whole > 0 else end))
    if whole > 0 and end > start + whole + 1:
        first = start + whole + 1
        numbers.append(locate_number(line, first, min(end, first + FRACTION_DIGITS)))
    return tuple(number for number in numbers if number) if all(numbers) else ()


def seconds_of(parts: list[Floats], fraction_digits: int) -> Floats:
    """Seconds since 1970 of (n,) years, months, days, hours, minutes, seconds, fractions.

    Source: H. Hinnant, chrono-compatible low-level date algorithms, days_from_civil.
    """
    year, month, day, hour, minute, second = (part.astype(np.int64) for part in parts[:6])
    year = year - (month <= 2)
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    days = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
    seconds = (days * 86400 + hour * 3600 + minute * 60 + second).astype(np.float64)
    return np.asarray(seconds + parts[6] / 10.0**fraction_digits if len(parts) > 6 else seconds)
