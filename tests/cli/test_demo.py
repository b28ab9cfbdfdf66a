"""The demo: a sample log that grows."""

import threading
from pathlib import Path

from logwatch.cli import exits, main
from logwatch.cli.demo import HEAD_SHARE, SAMPLE, TICK_S, Replay, read_sample

LINES = [b"step %d: loss 3.0\n" % step for step in range(100)]


def wait_for(ticks: "list[float]", done: threading.Event, count: int = 10):
    """A clock that runs at once, and says when the replay must have written everything."""

    def wait(seconds: float) -> bool:
        ticks.append(seconds)
        if len(ticks) == count:
            done.set()
        return False

    return wait


def test_the_head_is_there_at_once(tmp_path: Path):
    """When the screen opens there is a curve to see, and only whole lines of it."""
    log = tmp_path / "train.log"

    with Replay(log, b"".join(LINES), 60.0, wait=lambda seconds: True):
        head = log.read_bytes()

    assert b"".join(LINES[: round(HEAD_SHARE * len(LINES))]) == head


def test_everything_is_written_in_the_end(tmp_path: Path):
    """The replay writes the very bytes of the sample, in the time that it is given."""
    log, ticks, done = tmp_path / "train.log", [], threading.Event()
    data = b"".join(LINES) + b"\rbar 1\rbar 2"

    replay = Replay(log, data, 1.0, wait=wait_for(ticks, done))
    with replay:
        assert done.wait(10.0)
        replay.join()

    assert data == log.read_bytes()
    assert [TICK_S] * 10 == ticks


def test_the_demo_ends_with_the_screen(tmp_path: Path):
    """Leaving the screen stops the writer at once, however much is left."""
    log = tmp_path / "train.log"

    with Replay(log, b"".join(LINES), 3600.0) as replay:
        pass

    assert not replay.is_alive()
    assert len(log.read_bytes()) < len(b"".join(LINES))


def test_the_sample_is_a_training_log():
    """The log of the demo is the healthy language model, to its end."""
    assert b"loss" in read_sample()
    assert b"finished" in read_sample()[-200:]


def test_without_a_screen_the_demo_checks_the_log(capsys):
    """`demo --no-screen` prints what `check` finds in the sample, which is healthy."""
    assert exits.OK == main(["demo", "--no-screen"])

    assert f"{SAMPLE}: ok; finished" in capsys.readouterr().out
