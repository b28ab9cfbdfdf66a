"""A big log before all of it is read: its end as it is, its middle from windows."""

from collections.abc import Callable, Mapping

from logwatch.metrics.series import SeriesView
from logwatch.metrics.windows import WINDOW_BYTES, WINDOWS, Sampled, place_windows
from logwatch.session import Session
from logwatch.tui.live.pages import Pread

PREVIEW_BYTES = 1 << 20
SAMPLING_SECONDS = 1.0
"""MatchedLines on waits for the windows; of logs that are read slowly there are fewer of them."""
WORTH_SECONDS = 1.0
"""A log that is read in less time needs no windows."""


def shift(pread: Pread, origin: int) -> Pread:
    """The reading function for offsets that count from `origin`."""
    return pread if not origin else lambda offset, size: pread(offset + origin, size)


def read_end(pread: Pread, size: int, begin: Callable[[Pread], Session]) -> tuple[Session, Pread]:
    """The last whole lines of `size` bytes in a session of their own, and what reads its bytes.

    Drawings of a bar count as lines: a whole epoch of them may be one.
    """
    raw = pread(size - PREVIEW_BYTES, PREVIEW_BYTES)
    ends = [at for at in map(raw.find, (b"\n", b"\r")) if at >= 0]
    raw = raw[min(ends, default=-1) + 1 :]
    own = shift(pread, size - len(raw))
    session = begin(own)
    session.feed(raw)
    return session, own


def count_windows(size: int, seconds: float) -> int:
    """How many windows of `size` bytes to read, where reading `PREVIEW_BYTES` takes `seconds`."""
    if seconds * size / PREVIEW_BYTES < WORTH_SECONDS:
        return 0
    each = seconds * WINDOW_BYTES / PREVIEW_BYTES
    return WINDOWS if each * WINDOWS <= SAMPLING_SECONDS else int(SAMPLING_SECONDS / each)


def sample_middle(
    pread: Pread, size: int, sampled: Sampled, count: int, clock: Callable[[], float]
) -> Mapping[str, SeriesView]:
    """The curves through windows of the first `size` bytes.

    On a disk so slow that it takes twice as long as it should, they end where that time is over.
    """
    until = clock() + 2 * SAMPLING_SECONDS
    for offset in place_windows(size, count):
        sampled.feed(pread(offset, WINDOW_BYTES), offset)
        if clock() > until:
            break
    return sampled.curves()
