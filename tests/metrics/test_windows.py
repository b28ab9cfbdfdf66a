"""What windows of a log tell of a run is true, or nothing."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.metrics import windows as module
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.windows import FEWEST, Sampled, beyond, cut_window, place_windows
from logwatch.parsing.library import Library
from logwatch.session import Session

WIDTH = 1000
"""Bytes of a window in these tests."""

COUNT = 4000
PLAIN = b"".join(b"step %d: loss %.4f\n" % (n, 2 + 3 / (1 + n)) for n in range(COUNT))
BAR = b"".join(
    b"\rEpoch %d/4:  %d%%|##  | %d/1000 [00:10<00:20, 9.00it/s, loss=%.4f]"
    % (1 + n // 1000, n % 1000 // 10, n % 1000, 2 + 3 / (1 + n))
    for n in range(COUNT)
)


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows are narrow, so that a small log has many."""
    monkeypatch.setattr(module, "WINDOW_BYTES", WIDTH)


def sample(library: Library, log: bytes, count: int = 20) -> dict[str, SeriesView]:
    """The curves through the windows of a log."""
    sampled = Sampled(library)
    for offset in place_windows(len(log), count):
        sampled.feed(log[offset : offset + WIDTH], offset)
    return sampled.curves()


def read(library: Library, log: bytes) -> RunView:
    """The run as the whole log tells it."""
    session = Session(library)
    session.feed(log)
    session.finish()
    return session.view()


def test_windows_are_evenly_spaced() -> None:
    """The first is the log's beginning; the last ends before the log does."""
    places = place_windows(1_000_000, 10)

    assert list(range(0, 1_000_000, 100_000)) == places


@pytest.mark.parametrize(("size", "count"), [(1_000_000, FEWEST - 1), (20 * WIDTH - 1, 10), (0, 9)])
def test_few_or_crowded_windows_are_none(size: int, count: int) -> None:
    """A log that is half read by its windows is read as a whole instead."""
    assert [] == place_windows(size, count)


@given(st.lists(st.sampled_from([b"loss 3", b"\n", b"\r", b"\r\n", b""]), max_size=20))
def test_a_window_holds_whole_lines(parts: list[bytes]) -> None:
    """What lies before the first end of a line and after the last is left out."""
    raw = b"".join(parts)
    whole, place = cut_window(raw, 500)

    assert whole == raw[place - 500 :][: len(whole)]
    assert not whole or (raw[place - 501] in b"\r\n" and whole[-1] in b"\r\n")
    assert raw.startswith(cut_window(raw, 0)[0])


@pytest.mark.parametrize("log", [PLAIN, BAR], ids=["lines", "bar"])
def test_samples_are_those_of_the_whole_log(library: Library, log: bytes) -> None:
    """Values, steps and places are the same as when all is read, all along the run."""
    course, whole = sample(library, log)["train/loss"], read(library, log).series["train/loss"]
    at = np.searchsorted(whole.offset, course.offset)

    assert whole.value[at].tolist() == course.value.tolist()
    assert whole.step[at].tolist() == course.step.tolist()
    assert (0, "step") == (course.step[0], course.axis)
    assert np.diff(course.step).max() < COUNT / 15


def test_a_counter_that_begins_anew_is_not_drawn(library: Library) -> None:
    """Steps within an epoch whose length no line tells are no steps of the run."""
    log = b"".join(
        b"epoch %d step %d loss %.4f\n" % (n // 500, n % 500, 2 + 3 / (1 + n)) for n in range(COUNT)
    )

    assert {} == sample(library, log)


def test_a_resumed_run_is_not_drawn(library: Library) -> None:
    """Where the step goes back the course is left to the exact reading."""
    assert {} == sample(library, PLAIN + PLAIN[len(PLAIN) // 2 :])


def test_samples_without_a_step_are_not_drawn(library: Library) -> None:
    """How many samples lie between two windows is not known."""
    log = b"".join(b"loss %.4f\n" % (2 + 3 / (1 + n)) for n in range(COUNT))

    assert {} == sample(library, log)


def test_a_step_is_not_carried_from_window_to_window(library: Library) -> None:
    """A line that relies on the bar before it counts only where that bar is in its window."""
    bar = b"\r %d%%|##  | %d/4000 [00:10<00:20, 9.00it/s]"
    line = b"\n{'loss': %.4f, 'learning_rate': 5e-05, 'epoch': %.3f}\n"
    log = b"".join(
        bar % (n // 40, n) + (line % (3 - n / 9000, n / 1000) if n % 37 == 36 else b"")
        for n in range(COUNT)
    )
    course, whole = sample(library, log)["train/loss"], read(library, log).series["train/loss"]
    steps = dict(zip(whole.value.tolist(), whole.step.tolist(), strict=True))

    assert [steps[value] for value in course.value.tolist()] == course.step.tolist()
    assert 3 < len(course) < len(whole)


def test_a_log_of_no_training_has_no_curves(library: Library) -> None:
    """Bytes that end no line, and lines that nothing reads, are nothing."""
    assert {} == sample(library, b"x" * 100_000)
    assert {} == sample(library, b"hello there\n" * 9000)


def test_what_was_read_replaces_the_samples(library: Library) -> None:
    """Of the curves only what lies beyond the head is drawn, and nothing once all is read."""
    curves, session = sample(library, PLAIN), Session(library)
    session.feed(PLAIN[: len(PLAIN) // 2])
    head = session.view()
    rest = beyond(curves, head)["train/loss"]

    assert rest.offset[0] >= len(PLAIN) // 2
    assert rest.step[0] > head.series["train/loss"].step[-1]
    assert curves["train/loss"].last == rest.last
    assert {} == beyond(curves, read(library, PLAIN))


def test_curves_that_do_not_go_on_from_what_was_read_are_not_drawn(library: Library) -> None:
    """Where exact reading counts otherwise than the windows did, it is believed."""
    curves, session = sample(library, PLAIN), Session(library)
    session.feed(PLAIN.replace(b"step ", b"step 9")[: len(PLAIN) // 2])

    assert math.isfinite(curves["train/loss"].last)
    assert {} == beyond(curves, session.view())
