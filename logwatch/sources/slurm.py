"""How long a Slurm job may run: as its log, its environment or the scheduler says."""

import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from logwatch.diagnosis.config import read_duration
from logwatch.sources.trusted_files import read_regular

HEAD_BYTES = 64 << 10
"""Bytes of a log in which a batch script or its environment would be printed."""

TIMEOUT_S = 1.0
"""So long may the scheduler take to answer; nobody waits longer for a log to open."""

FRESH_S = 24 * 3600.0
"""Of a log that was written to longer ago the scheduler is not asked: it forgets a job five minutes
after its end. Source: https://slurm.schedmd.com/slurm.conf.html (MinJobAge)."""

SBATCH = re.compile(r"^[^\S\n]*#SBATCH[^\S\n]+(?:--time(?:=|[^\S\n]+)|-t[^\S\n]*)([\d:-]+)", re.M)
SHOWN = re.compile(r"\bTimeLimit=([\d:-]+)")
"""How batch scripts and `scontrol show job` write the limit.
Source: https://slurm.schedmd.com/sbatch.html, https://slurm.schedmd.com/scontrol.html."""

STARTED = re.compile(r"\bSLURM_JOB_START_TIME=(\d+)")
ENDS = re.compile(r"\bSLURM_JOB_END_TIME=(\d+)")
"""Seconds since 1970, as a printed environment has them."""

NAMED = re.compile(r"(?<!\d)(\d{2,10}(?:_\d+)?)(?!\d)")
"""A number in a log's name that may be a job's; the scheduler then says whether it is."""

SAID = re.compile(
    r"\bSLURM_(?:ARRAY_)?JOB_?ID\s*[=:]\s*(\d+)|\bslurm job id:?\s*(\d+)", re.IGNORECASE
)
"""How logs tell the job that they are of."""

STDOUT = re.compile(r"\bStd(?:Out|Err)=(\S+)")


def find_limit(log: Path | None, environment: Mapping[str, str]) -> float:
    """Seconds that the job of a log may run, 0 where nothing tells it; None is standard input."""
    head = _read_head(log)
    found = read_limit(head)
    if found:
        return found
    named = _jobs_of(log, head)
    own = environment.get("SLURM_JOB_ID", "")
    if own and (log is None or own in named):
        found = _of_environment(environment)
    if found or log is None or not named or not _is_fresh(log):
        return found
    return next((limit for job in named if (limit := ask_scheduler(job, log.name))), 0.0)


def read_limit(text: str) -> float:
    """Seconds that a text of a log tells, 0 where it tells none."""
    for pattern in (SHOWN, SBATCH):
        if found := pattern.search(text):
            seconds = read_duration(found[1])
            return seconds if seconds > 0 else 0.0
    started, ends = STARTED.search(text), ENDS.search(text)
    return max(0.0, float(ends[1]) - float(started[1])) if started and ends else 0.0


@lru_cache(maxsize=64)
def ask_scheduler(job: str, log: str) -> float:
    """Seconds that a job may run as `scontrol` says, 0 where it says none or of another log.

    Asked once for each job: each call is a request to the cluster's only controller.
    Source: https://slurm.schedmd.com/sbatch.html (PERFORMANCE).
    """
    program = shutil.which("scontrol")
    if program is None:
        return 0.0
    words = [program, "show", "job", job]
    try:
        told = subprocess.run(words, capture_output=True, timeout=TIMEOUT_S, check=False, text=True)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0.0
    writes = {Path(name).name for name in STDOUT.findall(told.stdout)}
    return read_limit(told.stdout) if log in writes else 0.0


def _of_environment(environment: Mapping[str, str]) -> float:
    """The limit of the job that logwatch itself runs in."""
    names = ("SLURM_JOB_START_TIME", "SLURM_JOB_END_TIME")
    return read_limit("\n".join(f"{name}={environment.get(name, '')}" for name in names))


def _jobs_of(log: Path | None, head: str) -> list[str]:
    """Ids of the job that may have written a log, the likeliest first, each once."""
    said = [found[1] or found[2] for found in SAID.finditer(head)][:1]
    named = list(reversed(NAMED.findall(log.name))) if log is not None else []
    return list(dict.fromkeys([*said, *named]))[:3]


def _read_head(log: Path | None) -> str:
    with suppress(OSError):
        if log is not None:
            return read_regular(log, HEAD_BYTES).decode("utf-8", "replace")
    return ""


def _is_fresh(log: Path) -> bool:
    with suppress(OSError):
        return time.time() - log.stat().st_mtime < FRESH_S
    return False
