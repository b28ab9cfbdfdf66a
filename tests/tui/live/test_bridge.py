"""A run's thread: what it posts when its log grows, is replaced, is huge or cannot be read."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logwatch.diagnosis.rule import Question
from logwatch.metrics import windows
from logwatch.parsing.library import Library
from logwatch.session import Session
from logwatch.sources.probe.client import Probe
from logwatch.sources.probe.source import ProbeSource
from logwatch.sources.source import SourceError
from logwatch.sources.targets import Target
from logwatch.tui.live import preview as preview_module
from logwatch.tui.live import reader
from logwatch.tui.live.bridge import Bridge
from logwatch.tui.live.reader import Tools
from logwatch.tui.live.snapshot import Snapshot
from tests.heard import FakeAttachment, probe_of, refused, values
from tests.tui.fakes import PATIENCE_S, FakeSource, make_run, make_samples


class Screen:
    """Takes snapshots, and waits for one that is wanted."""

    def __init__(self) -> None:
        self.snapshots: list[Snapshot] = []
        self._news = threading.Condition()

    def post(self, snapshot: Snapshot) -> None:
        """Take a snapshot."""
        with self._news:
            self.snapshots.append(snapshot)
            self._news.notify_all()

    def wait_for(self, wanted: Callable[[Snapshot], bool]) -> Snapshot:
        """The first snapshot, of old or new, that is as wanted."""
        with self._news:
            found: list[Snapshot] = []

            def look() -> bool:
                found[:] = [snapshot for snapshot in self.snapshots if wanted(snapshot)]
                return bool(found)

            assert self._news.wait_for(look, PATIENCE_S), self.snapshots[-1:]
            return found[0]

    def has(self, count: int, within_s: float) -> bool:
        """Whether so many snapshots have come, at the latest in so many seconds."""
        with self._news:
            return self._news.wait_for(lambda: len(self.snapshots) >= count, within_s)


Start = Callable[..., tuple[Screen, Bridge]]


@pytest.fixture
def start(library: Library) -> Iterator[Start]:
    """Start a bridge on a fake source; all are stopped in the end."""
    bridges: list[Bridge] = []

    def start_bridge(source: FakeSource, **tools: object) -> tuple[Screen, Bridge]:
        screen = Screen()
        known = Tools(open=lambda target: source, post_seconds=0.0, **tools)  # type: ignore[arg-type]
        bridges.append(Bridge(Target("fake.log"), library, Question(), screen.post, known))
        bridges[-1].start()
        return screen, bridges[-1]

    yield start_bridge
    for bridge in bridges:
        bridge.stop(PATIENCE_S)


def losses(snapshot: Snapshot) -> list[float]:
    """The values of train/loss."""
    series = snapshot.update.run.get("train/loss")
    return series.value.tolist() if series is not None else []


def log_of(count: int, first: int = 1) -> bytes:
    """A plain log."""
    return b"".join(b"step %d: loss %.4f\n" % (n, 2 + 3 / n) for n in range(first, first + count))


def test_what_is_there_is_shown_once_and_whole(start: Start) -> None:
    """A small log needs one snapshot, with all its samples."""
    screen, _ = start(FakeSource(log_of(20)))
    snapshot = screen.wait_for(lambda snapshot: len(losses(snapshot)) == 20)

    assert snapshot is screen.snapshots[0]
    assert (None, "fake", 20) == (snapshot.read_share, snapshot.source, snapshot.update.run.lines)


def test_growth_is_shown(start: Start) -> None:
    """New lines come with a new snapshot; the one before is not changed by it."""
    source = FakeSource(log_of(20))
    screen, _ = start(source)
    before = screen.wait_for(lambda snapshot: len(losses(snapshot)) == 20)
    source.data += log_of(5, 21)
    after = screen.wait_for(lambda snapshot: len(losses(snapshot)) == 25)

    assert losses(before) == losses(after)[:20]
    assert before.log_number == after.log_number
    assert after.grew_at is not None


@pytest.mark.parametrize("event", ["truncated", "replaced"])
def test_a_new_log_begins_a_new_run_and_says_so(start: Start, event: str) -> None:
    """Nothing of the old log is left, and the reader is told why."""
    source = FakeSource(log_of(20))
    screen, _ = start(source)
    before = screen.wait_for(lambda snapshot: len(losses(snapshot)) == 20)
    source.data = log_of(3)
    source.event = event
    after = screen.wait_for(lambda snapshot: len(losses(snapshot)) == 3)

    assert "new one" in after.note
    assert before.log_number != after.log_number


def test_an_ended_log_gives_its_last_line_too(start: Start) -> None:
    """A last line without a newline is a line once nothing more can come."""
    source = FakeSource(log_of(20) + b"step 21: loss 1.5")
    screen, _ = start(source)
    screen.wait_for(lambda snapshot: len(losses(snapshot)) == 20)
    source.event = "ended"
    snapshot = screen.wait_for(lambda snapshot: snapshot.has_ended)

    assert 1.5 == losses(snapshot)[-1]


def test_a_big_log_shows_its_end_first(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before all is read, the newest figures are there, marked as a preview with its progress."""
    monkeypatch.setattr(reader, "PREVIEW_FROM", 10_000)
    monkeypatch.setattr(preview_module, "PREVIEW_BYTES", 2_000)
    monkeypatch.setattr(reader, "CHUNK_BYTES", 5_000)
    monkeypatch.setattr(reader, "FIRST_BYTES", 1_000)
    monkeypatch.setattr(reader, "PATIENCE_SECONDS", 0.0)
    text = log_of(3000)
    screen, _ = start(FakeSource(text))
    whole = screen.wait_for(lambda snapshot: len(losses(snapshot)) == 3000)
    preview = screen.snapshots[0]
    partly = [snapshot for snapshot in screen.snapshots if snapshot.head is not None]

    assert preview.is_preview and losses(preview)[-1] == losses(whole)[-1]
    assert text[-2000:].partition(b"\n")[2] == preview.pread(0, 2000)
    assert partly and all(0 < (snapshot.read_share or 0) < 1 for snapshot in partly)
    assert whole.log_number != preview.log_number


def test_a_big_log_shows_its_course_before_it_is_read(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its end come samples of all of it, which go as exact reading comes to them."""
    monkeypatch.setattr(reader, "PREVIEW_FROM", 10_000)
    monkeypatch.setattr(reader, "CHUNK_BYTES", 5_000)
    monkeypatch.setattr(reader, "FIRST_BYTES", 1_000)
    monkeypatch.setattr(reader, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(preview_module, "PREVIEW_BYTES", 2_000)
    monkeypatch.setattr(preview_module, "WORTH_SECONDS", 0.0)
    for module in (windows, preview_module):
        monkeypatch.setattr(module, "WINDOW_BYTES", 400)
    screen, _ = start(FakeSource(log_of(4000)), clock=lambda: 0.0)
    whole = screen.wait_for(lambda snapshot: len(losses(snapshot)) == 4000)
    end, course, *partly = screen.snapshots
    places = [one.sampled["train/loss"].offset for one in (course, *partly[:-2])]

    assert end.is_preview and not end.sampled
    assert 0 == places[0][0] and len(places[0]) > 500
    assert all(
        offset[0] >= head.head.bytes for head, offset in zip(partly, places[1:], strict=False)
    )
    assert [len(one) for one in places] == sorted([len(one) for one in places], reverse=True)
    assert not whole.sampled


def test_a_log_that_cannot_be_read_is_one_sentence(library: Library) -> None:
    """The sentence of the source is shown, and a nudge tries again."""
    tries: list[str] = []

    def fail(target: Target) -> FakeSource:
        tries.append(target.name)
        if len(tries) == 1:
            raise SourceError("fake.log may not be read: permission denied")
        return FakeSource(log_of(4))

    screen = Screen()
    bridge = Bridge(Target("fake.log"), library, Question(), screen.post, Tools(open=fail))
    bridge.start()
    refused = screen.wait_for(lambda snapshot: bool(snapshot.error))
    bridge.nudge()
    read = screen.wait_for(lambda snapshot: len(losses(snapshot)) == 4)
    bridge.stop(PATIENCE_S)

    assert "fake.log may not be read: permission denied" == refused.error
    assert "" == read.error


def test_a_fault_of_ours_is_one_sentence_too(start: Start) -> None:
    """A session that raises ends the reading of its run, not the program."""

    def fail(library: Library, question: Question) -> Session:
        raise KeyError("oops")

    screen, _ = start(FakeSource(log_of(4)), session=fail)
    snapshot = screen.wait_for(lambda snapshot: bool(snapshot.error))

    assert "reading stopped by a fault of logwatch itself: KeyError: 'oops'" == snapshot.error


def test_a_line_of_evidence_is_read_from_the_log(start: Start) -> None:
    """Findings quote the line, or of a bar the drawing, without its controls."""
    text = log_of(30) + b"\x1b[31mstep 31: loss nan\x1b[0m\rstep 32: loss nan\n"
    screen, _ = start(FakeSource(text))
    snapshot = screen.wait_for(lambda snapshot: bool(snapshot.update.findings))
    quoted = [proof.text for one in snapshot.update.findings for proof in one.evidence]

    assert "step 31: loss nan" in quoted


def test_another_run_may_be_the_baseline(start: Start) -> None:
    """Findings that compare come as soon as there is something to compare with."""
    screen, bridge = start(FakeSource(log_of(60)))
    screen.wait_for(lambda snapshot: len(losses(snapshot)) == 60)
    better = make_run(make_samples("train/loss", [0.5 + 1 / n for n in range(1, 61)]))
    bridge.compare_with(lambda: better)
    snapshot = screen.wait_for(
        lambda snapshot: any(one.rule == "worse-than-baseline" for one in snapshot.update.findings)
    )

    assert 60 == len(losses(snapshot))


def test_a_stopped_thread_closes_its_source(start: Start) -> None:
    """Nothing is left open, and nothing is posted after the end."""
    source = FakeSource(log_of(4))
    screen, bridge = start(source)
    screen.wait_for(lambda snapshot: len(losses(snapshot)) == 4)
    bridge.stop(PATIENCE_S)
    count = len(screen.snapshots)

    assert source.is_closed
    assert count == len(screen.snapshots)


def test_no_more_snapshots_than_are_due(library: Library) -> None:
    """A log that grows all the time gives as many snapshots as the clock allows."""
    source, screen = FakeSource(log_of(10)), Screen()
    tools = Tools(open=lambda target: source, post_seconds=0.2)
    bridge = Bridge(Target("fake.log"), library, Question(), screen.post, tools)
    started = time.monotonic()
    bridge.start()
    count = 10
    while not screen.has(4, within_s=0.01):
        count += 1
        source.data += log_of(1, count)
        assert time.monotonic() - started < PATIENCE_S
    took = time.monotonic() - started
    bridge.stop(PATIENCE_S)

    assert 3 * 0.2 <= took


@pytest.fixture
def probe() -> Iterator[Probe]:
    """A probe that tells two steps, and then nothing more."""
    messages = (values(20, lr__head=0.1), values(21, lr__head=0.2))
    probe = probe_of(FakeAttachment(*messages))
    probe.start()
    yield probe
    probe.close()


def test_a_probe_joins_the_run(library: Library, tmp_path: Path, probe: Probe) -> None:
    """What it tells comes with the log's samples, its state with the snapshot, places of both."""
    path = tmp_path / "train.log"
    path.write_bytes(log_of(20))
    target, screen = Target(str(path), path), Screen()
    bridge = Bridge(target, library, Question(), screen.post, Tools(probes={target: probe}))
    bridge.start()

    snapshot = screen.wait_for(
        lambda seen: (
            "lr/head" in seen.update.run.series and len(seen.update.run.series["lr/head"]) == 2
        )
    )

    rates = snapshot.update.run.series["lr/head"]
    assert ([0.1, 0.2], [20, 20]) == (rates.value.tolist(), rates.line.tolist())
    assert b'{"step": 21,' == snapshot.pread(int(rates.offset[1]), 12)
    assert b"step 1" == snapshot.pread(0, 6)
    bridge.stop(PATIENCE_S)
    assert snapshot.probe is not None
    assert "attached" == snapshot.probe.phase


def test_a_refused_probe_leaves_the_log(library: Library, tmp_path: Path) -> None:
    """The log is read all the same, and the snapshot says why there is no probe."""
    path = tmp_path / "train.log"
    path.write_bytes(log_of(20))
    target, screen, probe = Target(str(path), path), Screen(), refused()
    probe.start()
    bridge = Bridge(target, library, Question(), screen.post, Tools(probes={target: probe}))
    bridge.start()

    snapshot = screen.wait_for(lambda seen: seen.probe is not None and seen.probe.is_over)
    bridge.stop(PATIENCE_S)
    probe.close()

    assert 20 == len(losses(snapshot))
    assert snapshot.probe is not None
    assert "process 4242 is stopped" == snapshot.probe.sentence


def test_a_probe_alone_is_read_as_a_log(library: Library, probe: Probe) -> None:
    """Without a log the recording is what the panes show."""
    target, screen = Target("process 4242"), Screen()
    tools = Tools(open=lambda _: ProbeSource(probe), probes={target: probe})
    bridge = Bridge(target, library, Question(), screen.post, tools)
    bridge.start()

    snapshot = screen.wait_for(lambda seen: "lr/head" in seen.update.run.series)
    bridge.stop(PATIENCE_S)

    assert ("logwatch-probe",) == snapshot.update.run.dialects
    assert b'{"event"' == snapshot.pread(0, 8)
