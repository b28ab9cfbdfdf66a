"""Samples written as they are read."""

import io
import json
from pathlib import Path

import pytest

from logwatch.intake import CHUNK_BYTES
from logwatch.metrics import run as run_module
from logwatch.report.export import FORMATS, export_target
from logwatch.sources.targets import Target


@pytest.fixture
def log(tmp_path: Path) -> Target:
    """A log of several chunks."""
    path = tmp_path / "train.log"
    count = 2 * CHUNK_BYTES // 20
    path.write_text("".join(f"step {n}: loss {n % 7}.5\n" for n in range(count)))
    return Target("train.log", path)


def test_each_sample_is_written_once(log, library):
    """Chunks leave no gap and repeat nothing."""
    out = io.StringIO()

    names = export_target(log, library, FORMATS["jsonl"](out), set())

    steps = [json.loads(line)["step"] for line in out.getvalue().splitlines()]
    assert list(range(len(steps))) == steps
    assert log.path.read_text().count("\n") == len(steps)
    assert {"train/loss"} == names


def test_rows_are_written_while_the_log_is_read(log, library):
    """The first rows are out before the last chunk is read: nothing is held back."""
    batches = []

    export_target(log, library, lambda rows: batches.append(len(list(rows))), set())

    assert len([size for size in batches if size]) >= 2


def test_an_offset_is_the_place_in_the_file(log, library):
    """At the offset of a row the log has the line with its value."""
    rows = []

    export_target(log, library, rows.extend, set())

    raw = log.path.read_bytes()
    for row in rows[:: len(rows) // 10]:
        assert f"step {row[2]}: loss {row[5]}".encode() == raw[row[7] :].partition(b"\n")[0]


def test_a_run_too_long_to_be_kept_is_written_whole(log, library, monkeypatch):
    """Export lets go of what it wrote, so that no sample is halved away."""
    monkeypatch.setattr(run_module, "MAX_SAMPLES", 60_000)
    rows = []

    export_target(log, library, rows.extend, set())

    assert log.path.read_text().count("\n") == len(rows)
    assert len(rows) > 60_000
