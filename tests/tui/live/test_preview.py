"""How a big log is looked at before it is read."""

import itertools

import pytest

from logwatch.metrics.windows import FEWEST, WINDOWS
from logwatch.parsing.library import Library
from logwatch.session import Session
from logwatch.tui.live import preview
from logwatch.tui.live.preview import count_windows, read_end, sample_middle, shift
from tests.tui.fakes import pread_of

LINES = b"".join(b"step %d: loss %.4f\n" % (n, 2 + 3 / (1 + n)) for n in range(400_000))
"""Eight megabytes and more: 64 windows are less than half of them."""


@pytest.mark.parametrize(
    ("size", "seconds", "count"),
    [
        (10 << 30, 0.05, WINDOWS),
        (10 << 30, 1.0, 16),
        (10 << 30, 1e3, 0),
        (10 << 20, 0.05, 0),
        (10 << 20, 0.2, WINDOWS),
    ],
)
def test_windows_are_as_many_as_time_allows(size: int, seconds: float, count: int) -> None:
    """All where a megabyte is read fast, fewer where not; none of what is soon read anyway."""
    assert count == count_windows(size, seconds)


def test_the_end_begins_with_a_whole_line(library: Library) -> None:
    """Its session counts bytes from there, and so does what reads them."""
    session, own = read_end(pread_of(LINES), len(LINES), lambda pread: Session(library))
    start = len(LINES) - session.consumed

    assert preview.PREVIEW_BYTES - 30 < session.consumed <= preview.PREVIEW_BYTES
    assert LINES[start - 1 : start + 4] == b"\nstep"
    assert LINES[start : start + 40] == own(0, 40)
    assert b"ep 0" == shift(pread_of(LINES), 2)(0, 4)


def test_the_end_of_a_bar_that_is_one_line(library: Library) -> None:
    """Drawings without a newline between them are read, from the first whole one on."""
    drawing = b"\rtrain:  50%%|#####     | %06d/900000 [01:00<01:00, 9.5it/s, loss=1.5]"
    bar = b"".join(drawing % n for n in range(20_000)) + b"\n"
    session, _ = read_end(pread_of(bar), len(bar), lambda pread: Session(library))
    loss = session.view().series["train/loss"]

    assert session.consumed > preview.PREVIEW_BYTES - 100
    assert 19_999 == loss.step[-1]
    assert len(loss) > 10_000


def test_a_slow_disk_gives_the_beginning(library: Library) -> None:
    """When time is over the windows that were read are drawn."""
    sampler, ticks = Session(library).sampled(), itertools.count(0.0, 0.5)
    curves = sample_middle(pread_of(LINES), len(LINES), sampler, FEWEST, lambda: next(ticks))

    assert 0.4 < curves["train/loss"].offset[-1] / len(LINES) < 0.6
