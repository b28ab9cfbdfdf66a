"""All that a screen knows of one run at one moment: one frozen value, made by the run's thread."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.session import Update
from logwatch.sources.probe.state import ProbeState
from logwatch.tui.live.pages import Pread
from logwatch.tui.live.thinning import Thin


def read_nothing(offset: int, size: int) -> bytes:
    """The bytes of a log that was not opened yet."""
    return b""


@dataclass(frozen=True)
class Snapshot:
    """A run as the screen shows it; a newer one replaces it whole.

    `update` is what was read so far. While a big log is being read it is that of the log's end
    alone (`is_preview`), `head` is the run as read from its start, and `sampled` are curves through
    windows of what lies between. `read_share` goes from 0 to 1 and is None once all was read.
    `thin` holds the indices that a chart needs of long series, of `head` in a preview.
    `pread` takes offsets of `update`. `grew_at` is a reading of the monotonic clock, in seconds;
    `arrival` is how many steps a second come to the log, NaN where that is not known.
    `log_number` changes when the offsets mean another log. `error` is one sentence, or nothing.
    `probe` is how the probe in the process stands, None where none was asked for.
    """

    update: Update = field(default_factory=Update)
    head: RunView | None = None
    sampled: Mapping[str, SeriesView] = field(default_factory=dict)
    is_preview: bool = False
    read_share: float | None = None
    size: int = 0
    thin: Mapping[str, Thin] = field(default_factory=dict)
    pread: Pread = read_nothing
    log_number: int = 0
    grew_at: float | None = None
    silent_s: float | None = None
    arrival: float = math.nan
    has_ended: bool = False
    source: str = ""
    note: str = ""
    error: str = ""
    probe: ProbeState | None = None
