"""The status of a run: what its last words and its silence say."""

import pytest

from logwatch.session import FORGOTTEN_S, STALL_FLOOR_S, Session

TRAINED = "step 1 loss 2.50\nstep 2 loss 2.25\nstep 3 loss 2.00\n"
CRASHED = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: no\n'
INTERRUPTED = "Main process received SIGTERM, exiting\n"
FINISHED = "Training completed\n"
EVALUATED = "eval loss 1.9\n"


@pytest.fixture
def judge(library):
    """The status of a log that has been silent for so long."""

    def judge(text, silent_s=1.0):
        session = Session(library)
        session.feed(text.encode())
        return session.update(silent_s).status

    return judge


@pytest.mark.parametrize(
    ("silent_s", "expected"),
    [
        (STALL_FLOOR_S, "running"),
        (STALL_FLOOR_S + 1, "stalled"),
        (FORGOTTEN_S + 1, "unknown"),
        (None, "unknown"),
    ],
)
def test_silence(judge, silent_s, expected):
    """A log without last words runs while it speaks, then stalls; after a week it is forgotten."""
    assert expected == judge(TRAINED, silent_s)


def test_a_bar_at_its_end_is_finished(judge):
    """A silent bar that has come to its total is no stall."""
    bar = "\rtrain: 100%|████| 50/50 [00:05<00:00,  9.50it/s, loss=1.23]\n"
    assert "finished" == judge(bar, STALL_FLOOR_S + 1)
    assert "stalled" == judge(bar.replace("100%", " 50%").replace("50/50", "25/50"), 700.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(TRAINED + CRASHED, "failed", id="a crash"),
        pytest.param(TRAINED + CRASHED + TRAINED, "running", id="a crash and a new attempt"),
        pytest.param(TRAINED + INTERRUPTED, "failed", id="killed"),
        pytest.param(TRAINED + INTERRUPTED + TRAINED, "running", id="killed and started again"),
        pytest.param(INTERRUPTED + FINISHED, "finished", id="a first attempt was killed"),
        pytest.param(FINISHED + INTERRUPTED, "failed", id="killed at last"),
        pytest.param(TRAINED + FINISHED, "finished", id="its end"),
        pytest.param(TRAINED + FINISHED + EVALUATED, "finished", id="an evaluation after its end"),
        pytest.param(TRAINED + CRASHED + FINISHED, "failed", id="one process crashed"),
    ],
)
def test_last_words(judge, text, expected):
    """What is said after the last step of training decides."""
    assert expected == judge(text)
