"""A probe as a source: what it hears is kept, and refusals are sentences."""

import json

import pytest

from logwatch.parsing.record import PROBE_BASE
from logwatch.sources.pipe import Spool
from logwatch.sources.probe.client import FAULT, Probe
from logwatch.sources.probe.listening import Listening
from logwatch.sources.probe.source import ProbeSource
from logwatch.sources.source import SourceError
from tests.heard import FakeAttachment, options, probe_of, refused, values, wait_until


@pytest.fixture
def started():
    """Starts probes, and closes them at the end."""
    probes = []

    def start(probe):
        probes.append(probe)
        probe.start()
        return probe

    yield start
    for probe in probes:
        probe.close()


def kept(probe) -> list[dict]:
    """The lines of the recording."""
    return [json.loads(line) for line in probe.read(0, 1 << 20)[1].splitlines()]


def test_what_is_heard_is_kept(started):
    """The way in is the first line, then comes what the guest says."""
    probe = started(probe_of(FakeAttachment(values(1, lr__head=0.1), ends=True)))
    wait_until(lambda: probe.state.is_over, probe)

    attached, _, told, detached = kept(probe)

    assert ("attached", 4242, "ptrace") == tuple(
        attached[key] for key in ("event", "pid", "method")
    )
    assert 0.1 == told["lr/head"]
    assert {"event": "detached", "reason": "the process has ended"} == detached


def test_the_state_tells_what_probing_costs(started):
    """Cadence, share of the time and what was lost come from the guest; the budget is ours."""
    cadence = {"kind": "cadence", "every": 6, "share": 0.008, "cost_s": 0.1, "dropped": 2}
    probe = started(probe_of(FakeAttachment(cadence)))
    wait_until(lambda: probe.state.every == 6, probe)

    state = probe.state

    assert ("attached", "ptrace", 0.0007) == (state.phase, state.method, state.pause_s)
    assert (0.008, 0.01, 2) == (state.share, state.budget, state.dropped)


def test_closing_detaches(started):
    """The attachment is closed, whatever it was doing, and the recording says why it ends."""
    attachment = FakeAttachment()
    probe = started(probe_of(attachment))
    wait_until(lambda: probe.state.phase == "attached", probe)

    probe.leave()

    assert attachment.is_closed
    assert "logwatch has left" == kept(probe)[-1]["reason"]


def test_a_refusal_is_a_state(started):
    """Its sentence, what would help and its exit code are there to be shown."""
    probe = started(refused())
    wait_until(lambda: probe.state.is_over, probe)

    assert ("refused", 23) == (probe.state.phase, probe.state.exit_code)
    assert "process 4242 is stopped. Let it go on first: kill -CONT 4242." == probe.state.told
    assert 0 == probe.size


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ProcessLookupError(3, "No such process"), "process 1 cannot be probed: no such process"),
        (ZeroDivisionError("no"), "probing stopped by a fault of logwatch itself: "
         "ZeroDivisionError: no"),
    ],
)  # fmt: skip
def test_no_fault_of_a_probe_is_raised(started, error, sentence):
    """A process that ends meanwhile, or a fault of ours, leaves the log as it is."""

    def attach(*_):
        raise error

    probe = started(Probe(1, options(), attach=attach))
    wait_until(lambda: probe.state.is_over, probe)

    assert (sentence, FAULT) == (probe.state.sentence, probe.state.exit_code)


def test_a_full_disk_ends_the_probe_in_a_sentence(started):
    """What cannot be kept is not asked for any longer: the guest is let go."""
    attachment, spool = FakeAttachment(), Spool()
    spool.close()
    spool.failure = "no space left on device"
    probe = started(Probe(1, options(), attach=lambda *_: attachment, spool=spool))
    wait_until(lambda: probe.state.is_over, probe)
    source = ProbeSource(probe)

    assert "what process 1 tells cannot be kept: no space left on device" == probe.state.sentence
    assert attachment.is_closed
    assert "ended" == source.read(100, 0.1).event
    assert not source.wait(0.0)


def test_silence_is_counted_from_the_last_figures(started):
    """A note is no sign that the training goes on; figures are."""
    now = [100.0]
    attachment = FakeAttachment()
    probe = started(
        Probe(1, options(), attach=lambda *_: attachment, clock=lambda: now[0])
    )  # fmt: skip
    attachment.say({"kind": "note", "text": "so far nothing"})
    wait_until(lambda: probe.state.sentence == "so far nothing", probe)
    before = probe.silent_s

    attachment.say(values(1, lr__head=0.1))
    wait_until(lambda: probe.silent_s is not None, probe)
    now[0] = 107.0

    assert (None, 7.0) == (before, probe.silent_s)


def test_the_oldest_lines_give_way(started):
    """Of a recording that is too long the last part is kept, from a whole line on."""
    attachment = FakeAttachment(*(values(step, lr__head=0.1) for step in range(100)), ends=True)
    probe = started(Probe(1, options(), attach=lambda *_: attachment, spool=Spool(1000)))
    wait_until(lambda: probe.state.is_over, probe)

    offset, data = probe.read(0, 1 << 20)

    assert offset > 0
    assert offset + len(data) == probe.size
    assert data.startswith(b"{") and len(data) <= 1000


def test_a_recording_is_read_like_a_log(started):
    """Without a log the probe is one: chunks that follow each other, then the end."""
    probe = started(probe_of(FakeAttachment(values(1, lr__head=0.1), ends=True)))
    wait_until(lambda: probe.state.is_over, probe)
    source = ProbeSource(probe)

    first, last = source.read(1 << 20, 1.0), source.read(1 << 20, 1.0)

    assert (0, probe.size, "") == (first.offset, first.size, first.event)
    assert "ended" == last.event
    assert first.data[:20] == source.pread(0, 20)


def test_a_refused_probe_without_a_log_cannot_be_read(started):
    """The sentence and the remedy are what there is to say."""
    probe = started(refused())
    wait_until(lambda: probe.state.is_over, probe)

    with pytest.raises(SourceError, match=r"is stopped\. Let it go on first"):
        ProbeSource(probe).read(100, 1.0)


def test_two_places_are_told_apart_by_the_offset(started):
    """From PROBE_BASE on it is the recording, below it is the log."""
    probe = started(probe_of(FakeAttachment(ends=True)))
    wait_until(lambda: probe.state.is_over, probe)
    pread = Listening(probe).join(lambda offset, size: b"log"[offset : offset + size])

    assert b"log" == pread(0, 3)
    assert b'{"event"' == pread(PROBE_BASE, 8)


def test_each_line_is_heard_once(started):
    """What was fed is not fed again, but to a new session."""
    probe = started(probe_of(FakeAttachment(ends=True)))
    wait_until(lambda: probe.state.is_over, probe)
    listening, fed = Listening(probe), []

    told = [listening.feed(lambda data, offset: fed.append((offset, data))) for _ in range(2)]
    listening.begin()
    listening.feed(lambda data, offset: fed.append((offset, data)))

    assert [True, False] == told
    assert fed[0] == fed[1]
    assert not listening.has_news
