"""A big log before all of it is read: its end as it is, its middle from windows."""

from collections.abc import Callable, Mapping

from logwatch.metrics.sampled import WINDOW_BYTES, WINDOWS, Sampled, place_windows
from logwatch.metrics.series import SeriesView
from logwatch.session import Session
from logwatch.tui.pages import Pread

PREVIEW_BYTES = 1 << 20
SAMPLING_SECONDS = 1.0
"""Reading on waits for the windows; of logs that are read slowly there are fewer of them."""


def shift(pread: Pread, origin: int) -> Pread:
    """The reading function for offsets that count from `origin`."""
    return pread if not origin else lambda offset, size: pread(offset + origin, size)


def read_end(pread: Pread, size: int, begin: Callable[[Pread], Session]) -> tuple[Session, Pread]:
    """The last whole lines of `size` bytes in a session of their own, and what reads its bytes."""
    raw = pread(size - PREVIEW_BYTES, PREVIEW_BYTES)
    raw = raw[raw.find(b"\n") + 1 :]
    own = shift(pread, size - len(raw))
    session = begin(own)
    session.feed(raw)
    return session, own


def sample_middle(
    pread: Pread, size: int, sampled: Sampled, seconds: float
) -> Mapping[str, SeriesView]:
    """The curves through windows of the first `size` bytes.

    `seconds` is how long it took to read `PREVIEW_BYTES` of this log: there are as many windows as
    can be read in `SAMPLING_SECONDS`.
    """
    each = seconds * WINDOW_BYTES / PREVIEW_BYTES
    count = WINDOWS if each * WINDOWS <= SAMPLING_SECONDS else int(SAMPLING_SECONDS / each)
    for offset in place_windows(size, count):
        sampled.feed(pread(offset, WINDOW_BYTES), offset)
    return sampled.curves()
