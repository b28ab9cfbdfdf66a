"""A log and a probe's recording as one run."""

import numpy as np
import pytest

from logwatch.metrics.probed import own_name
from logwatch.parsing.record import PROBE_BASE
from logwatch.session import Session
from logwatch.sources.probe.recording import Recorder
from tests.heard import values


def recorded(*messages) -> bytes:
    """The lines of some messages."""
    recorder = Recorder()
    return b"".join(recorder.write(message) for message in messages)


@pytest.fixture
def session(library):
    """One that has read a log of 100 lines, a step each."""
    session = Session(library)
    session.feed(b"".join(b"step %d: loss %.2f\n" % (step, 3 - step / 100) for step in range(100)))
    return session


def test_what_only_the_probe_tells_joins_the_run(session):
    """Its samples lie in the recording, beside the log's newest line."""
    session.feed_probe(recorded(values(99, lr__head=0.1)), 0)

    view = session.view().series["lr/head"]

    assert ([0.1], [99.0], [100]) == (view.value.tolist(), view.step.tolist(), view.line.tolist())
    assert view.offset[0] > PROBE_BASE
    assert 1.76e9 + 99 == view.time[0]


def test_the_log_keeps_the_name_that_both_tell(session):
    """The probe's loss goes by a name of its own; neither is mixed into the other."""
    session.feed_probe(recorded(values(99, train__loss=1.5)), 0)

    run = session.view()

    assert 100 == len(run.series["train/loss"])
    assert [1.5] == run.series["probe/loss"].value.tolist()


def test_a_probe_alone_has_the_plain_names(library):
    """A log that tells nothing leaves `train/loss` to the probe, until it tells one."""
    session = Session(library)
    session.feed_probe(recorded(values(1, train__loss=1.5)), 0)
    before = session.view()

    session.feed(b"step 7: loss 2.5\n")
    after = session.view()

    assert [1.5] == before.series["train/loss"].value.tolist()
    assert [2.5] == after.series["train/loss"].value.tolist()
    assert [1.5] == after.series["probe/loss"].value.tolist()


def test_steps_are_the_logs(library):
    """A probe that counts from 1 at the log's step 501 is moved there, also what came before."""
    session = Session(library)
    line = "step {}: loss 2.0\n".format
    session.feed("".join(map(line, range(500))).encode())
    for count in range(1, 20):
        session.feed(line(500 + count).encode())
        session.feed_probe(recorded(values(count, counted="attach", lr__head=0.1)), 1000 * count)

    view = session.view().series["lr/head"]

    assert (501.0, 519.0) == (view.step[0], view.step[-1])


def test_events_of_the_probe_are_beside_the_log(session):
    """Their step is the log's, their place is in the recording."""
    worst = {"nonfinite/grad": "head.weight"}
    session.feed_probe(recorded(values(99, worst=worst, nonfinite__grad=1)), 0)

    (event,) = session.view().events_of("probe_worst")

    assert (99.0, 100) == (event.step, event.line)
    assert "head.weight" == event.fields["nonfinite/grad"]
    assert event.offset > PROBE_BASE


def test_lines_may_come_in_pieces(session):
    """A line that is cut anywhere is read once it is whole."""
    data = recorded(values(99, lr__head=0.1), values(100, lr__head=0.2))
    for at in range(0, len(data), 7):
        session.feed_probe(data[at : at + 7], at)

    view = session.view().series["lr/head"]

    assert [0.1, 0.2] == view.value.tolist()
    places = [data.index(b'{"step": 99'), data.index(b'{"step": 100')]
    assert [PROBE_BASE + place for place in places] == view.offset.tolist()


def test_a_crash_in_the_log_is_an_end_whatever_the_probe_says(session):
    """What the guest still sends after the traceback does not make the run go on."""
    session.feed(b'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: no\n')
    session.feed_probe(recorded(values(120, lr__head=0.1)), 0)
    session.finish()

    assert "failed" == session.update(1.0).status


def test_a_recording_read_as_a_file_gives_the_same(library):
    """What `attach --out` wrote holds the same samples as the live run."""
    session = Session(library)
    session.feed(b"a log that tells no figures\n")
    data = recorded(*(values(step, lr__head=step / 100, step_time=0.1) for step in range(50)))
    alone = Session(library)
    alone.feed(data)
    session.feed_probe(data, 0)

    live, read = session.view().series, alone.view().series

    for name in ("lr/head", "step_time_s"):
        assert np.array_equal(live[name].value, read[name].value)
        assert np.array_equal(live[name].step, read[name].step)
        assert np.array_equal(live[name].offset - PROBE_BASE, read[name].offset)


@pytest.mark.parametrize(
    ("name", "own"),
    [("train/loss", "probe/loss"), ("lr/head", "probe/lr/head"), ("lr", "probe/lr")],
)
def test_names_of_the_probe(name, own):
    """The phase goes, the rest stays."""
    assert own == own_name(name)
