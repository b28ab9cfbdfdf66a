"""The runs that are watched."""

from logwatch.diagnosis.rule import Question
from logwatch.parsing.library import Library
from logwatch.sources.targets import Target
from logwatch.tui.watched import Watched, shorten_names
from tests.tui.fakes import make_run, make_samples, make_snapshot


def test_names_are_as_short_as_they_tell_apart() -> None:
    """The file's name alone, unless another run has the same one."""
    assert ["a.out", "b.out"] == shorten_names(["runs/x/a.out", "runs/y/b.out"])
    assert ["x/log.out", "y/log.out"] == shorten_names(["runs/x/log.out", "runs/y/log.out"])
    assert ["a.out", "a.out"] == shorten_names(["a.out", "a.out"])


def test_a_baseline_is_never_compared_with_itself(library: Library) -> None:
    """The others see it, as it is now; it sees what the user asked for at the start."""
    asked = make_run(make_samples("train/loss", [9.0]))
    targets = [Target("a.log"), Target("b.log")]
    watched = Watched(targets, library, Question(baseline=asked), lambda number, snapshot: None)
    snapshot = make_snapshot(make_run(make_samples("train/loss", [1.0])))
    watched.runs[0].snapshot = snapshot
    watched.set_baseline(0)

    assert None is watched.baseline_of(watched.runs[0])
    assert snapshot.update.run is watched.baseline_of(watched.runs[1])
    watched.set_baseline(None)
    assert asked is watched.baseline_of(watched.runs[1])
