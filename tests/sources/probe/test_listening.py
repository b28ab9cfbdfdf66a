"""How long a log has been silent."""

from pathlib import Path

import pytest

from logwatch.sources.probe.listening import silence


def test_silence_counts_from_the_last_write(tmp_path: Path) -> None:
    """Silence is the file's age, never below zero although clocks of servers differ."""
    log = tmp_path / "train.log"
    log.write_text("step 1: loss 3\n")
    written = log.stat().st_mtime

    assert 90.0 == pytest.approx(silence(log, lambda: written + 90.0))
    assert 0.0 == silence(log, lambda: written - 5.0)
    assert silence(None) is None
    assert silence(tmp_path / "gone.log") is None
