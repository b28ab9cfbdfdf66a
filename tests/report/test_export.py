"""Samples written as they are read."""

import csv
import io
import json
from pathlib import Path

import pytest

from logwatch.cli import main
from logwatch.intake import CHUNK_BYTES
from logwatch.metrics import run as run_module
from logwatch.report.export import FORMATS, csv_writer, export_target
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


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(sign: str) -> None:
    """A text that a spreadsheet would run begins with a quotation mark; a number stays as it is."""
    out = io.StringIO()
    row = (f"{sign}cmd|' calc'!A0", f"{sign}x", -1, None, None, -0.5, 1, 0)

    csv_writer(out)(iter([row]))

    _, cells = csv.reader(io.StringIO(out.getvalue()))
    shown = f"'{sign}" if sign.isprintable() else repr(sign)[1:-1]
    assert [f"{shown}cmd|' calc'!A0", f"{shown}x", "-1", "", "", "-0.5", "1", "0"] == cells


def test_a_file_named_like_a_formula(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run's column is a text, whatever its file is called."""
    name = "=cmd|' calc'!A0.log"
    (tmp_path / name).write_text("step 1 loss 2.5\nstep 2 loss 1.5\n")
    monkeypatch.chdir(tmp_path)

    assert 0 == main(["export", name])

    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))[1:]
    assert {f"'{name}"} == {row[0] for row in rows}


def test_means_have_one_name_for_all_rows(tmp_path: Path, library):
    """They are the loss of a log that has nothing finer, which only its end tells."""
    path = tmp_path / "train.log"
    count = 2 * CHUNK_BYTES // 40
    path.write_text("".join(f"step {n}: train loss {n % 7}.5, val loss 1\n" for n in range(count)))
    out = io.StringIO()

    export_target(Target("train.log", path), library, FORMATS["jsonl"](out), set())

    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert {"train/loss", "eval/loss"} == {row["metric"] for row in rows}
    assert list(range(count)) == [row["step"] for row in rows if row["metric"] == "train/loss"]
