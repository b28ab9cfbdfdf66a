"""A fault in one log never hides the others."""

import json
from pathlib import Path

import pytest

from logwatch.cli import exits, main
from logwatch.session import Session

LINE = "2024-01-01 00:00:00.{digits} step {step} loss {loss:.2f}\n"
HEALTHY = "".join(f"step {step} loss {3 - step / 100:.2f}\n" for step in range(100))


@pytest.fixture
def logs(tmp_path: Path) -> list[str]:
    """A log between two healthy ones, in which the reader will fail."""
    for name in ("a.log", "bad.log", "c.log"):
        (tmp_path / name).write_text(
            HEALTHY.replace("step", "stap") if name == "bad.log" else HEALTHY
        )
    return [str(tmp_path / name) for name in ("a.log", "bad.log", "c.log")]


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading fails wherever a log says `stap`."""
    feed = Session.feed

    def fail(self: Session, data: bytes) -> None:
        feed(self, data)
        if b"stap" in data:
            raise OverflowError("too large")

    monkeypatch.setattr(Session, "feed", fail)


@pytest.mark.parametrize("digits", [1, 9, 308, 309, 5000])
def test_a_time_with_many_digits_is_read(digits: int, tmp_path: Path, capsys):
    """A fraction of a second may have any length; the samples and their time are there."""
    log = tmp_path / "fraction.log"
    lines = (LINE.format(digits="1" * digits, step=n, loss=3 - n / 100) for n in range(100))
    log.write_text("".join(lines))

    assert exits.OK == main(["export", str(log), "--format", "jsonl"])
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert 1704067200.11 == pytest.approx(first["time"], abs=0.02)


@pytest.mark.usefixtures("fault")
def test_check_reports_the_other_logs(logs: list[str], capsys):
    """One object; the log with the fault has an error and what was read before it."""
    assert exits.UNREADABLE == main(["check", "--json", *logs])

    first, bad, last = json.loads(capsys.readouterr().out)["runs"]
    assert (100, 100) == (
        first["metrics"]["train/loss"]["count"],
        last["metrics"]["train/loss"]["count"],
    )
    assert bad["error"].startswith(f"{logs[1]} could not be read further: this is a fault of")
    assert "error" not in first


@pytest.mark.usefixtures("fault")
def test_export_writes_the_other_logs(logs: list[str], capsys):
    """The log with the fault is one sentence on stderr."""
    assert exits.UNREADABLE == main(["export", "--format", "jsonl", *logs])

    printed = capsys.readouterr()
    assert {logs[0], logs[2]} == {json.loads(row)["run"] for row in printed.out.splitlines()}
    assert "OverflowError: too large" in printed.err


@pytest.mark.usefixtures("fault")
def test_a_developer_gets_the_traceback(logs: list[str], monkeypatch: pytest.MonkeyPatch):
    """LOGWATCH_DEBUG raises the fault."""
    monkeypatch.setenv("LOGWATCH_DEBUG", "1")

    with pytest.raises(OverflowError):
        main(["check", *logs])
