"""The log of a baseline, read on as it grows."""

from pathlib import Path

from logwatch.diagnosis.rule import Question
from logwatch.parsing.library import Library
from logwatch.session import Session
from logwatch.sources.targets import Target
from logwatch.tui.live.baseline_log import BaselineLog
from logwatch.tui.live.bridge import Bridge
from logwatch.tui.live.reader import Tools
from tests.tui.fakes import PATIENCE_S, FakeSource
from tests.tui.live.test_bridge import Screen, log_of


def open_log(library: Library, source: FakeSource) -> BaselineLog:
    """A baseline on a source in memory."""
    return BaselineLog(source, lambda question: Session(library, question))


def test_it_is_read_on(library: Library) -> None:
    """What came since is there the next time; the same object while nothing came."""
    source = FakeSource(log_of(10))
    log = open_log(library, source)
    first = log.view()
    assert first is not None
    assert len(first.series["train/loss"]) == 10
    assert first is log.view()
    source.data += log_of(5, 11)
    later = log.view()
    assert later is not None
    assert len(later.series["train/loss"]) == 15


def test_half_of_it_is_no_measure(library: Library) -> None:
    """Before a long log was read to its end once, and while time is up, there is no run."""
    clock = iter(range(100))
    source = FakeSource(log_of(2000))
    whole = source.read
    source.read = lambda size, seconds: whole(1 << 10, seconds)  # type: ignore[method-assign]
    log = BaselineLog(source, lambda question: Session(library, question), lambda: next(clock))

    assert None is log.view()


def test_growing_baseline_of_a_context_moves_the_verdict(tmp_path: Path, library: Library) -> None:
    """The file that logwatch.toml names is compared with as it is now, though the run is silent."""
    (tmp_path / "logwatch.toml").write_text('baseline = "old.out"\n[targets]\n"train/loss" = 0.1\n')
    log, old = tmp_path / "a.out", tmp_path / "old.out"
    log.write_bytes(log_of(60))
    old.write_bytes(log_of(8))
    screen, tools = Screen(), Tools(post_seconds=0.0)
    bridge = Bridge(Target("a.out", log), library, Question(), screen.post, tools)
    bridge.start()

    def pairs(snapshot) -> float:
        found = [one for one in snapshot.update.findings if one.rule == "level-with-baseline"]
        return found[0].values["pairs"] if found else 0.0

    screen.wait_for(lambda snapshot: pairs(snapshot) == 8)
    with old.open("ab") as file:
        file.write(log_of(52, 9))
    screen.wait_for(lambda snapshot: pairs(snapshot) == 60)
    bridge.stop(PATIENCE_S)

    assert {"train/loss": 0.1} == bridge.question.targets
    assert bridge.question.baseline is not None
