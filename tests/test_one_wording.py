"""A value reads the same in `check` and on the screen."""

from pathlib import Path

import pytest

from logwatch.metrics.run import RunView
from logwatch.parsing.library import Library
from logwatch.report.text import Style, metric_rows
from logwatch.session import Session
from logwatch.tui.text.facts import show_last

SAMPLES = Path(__file__).resolve().parent.parent / "sample_logs"
MOST_BYTES = 1 << 20


def read(library: Library, log: Path) -> RunView:
    """The run that the first bytes of a log tell."""
    session = Session(library)
    with log.open("rb") as data:
        session.feed(data.read(MOST_BYTES))
    session.finish()
    return session.view()


def differing(run: RunView) -> list[tuple[str, str]]:
    """The metrics whose newest value is not in the row that `check` prints, and that row."""
    rows = [row.strip() for row in metric_rows(run, Style())]
    told = {row.split()[0]: row for row in rows if row.split()[0] in run.series}
    return [
        (name, row)
        for name, row in told.items()
        if f" {show_last(run, name).strip()} " not in f" {row.replace(',', ' ')} "
    ]


@pytest.mark.parametrize("log", sorted(SAMPLES.glob("*.out")), ids=lambda log: log.stem)
def test_the_sample_logs(library: Library, log: Path) -> None:
    """Each newest value of a log of ours, character for character."""
    assert [] == differing(read(library, log))


@pytest.mark.real_logs
def test_the_real_logs(library: Library, shared: Path) -> None:
    """Each newest value of 60 logs of other programs."""
    logs = sorted(path for path in (shared / "logs").rglob("*") if path.is_file())

    assert {} == {log.name: found for log in logs[::4] if (found := differing(read(library, log)))}
