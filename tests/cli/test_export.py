"""`logwatch export`: every sample, exactly."""

import csv
import io
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logwatch.cli import exits, main
from logwatch.report.export import COLUMNS


def test_csv_has_the_columns_of_the_contract(tmp_path, capsys):
    """The first line names the columns; what the log does not tell is empty."""
    log = tmp_path / "train.log"
    log.write_text("step 1: loss 5.70\nstep 2: loss nan\n")

    assert exits.OK == main(["export", str(log)])

    assert [
        "run,metric,step,epoch,time,value,line,offset",
        f"{log},train/loss,1,,,5.7,1,0",
        f"{log},train/loss,2,,,NaN,2,18",
    ] == capsys.readouterr().out.splitlines()


def test_jsonl_has_an_object_a_line(tmp_path, capsys):
    """Each line is one object with the same names; what is not known is null."""
    log = tmp_path / "train.log"
    log.write_text("step 1: loss 5.70\nstep 2: loss -inf\n")

    main(["export", str(log), "--format", "jsonl"])

    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (
        dict(zip(COLUMNS, [str(log), "train/loss", 1, None, None, 5.7, 1, 0], strict=True)) == first
    )
    assert "-Infinity" == second["value"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_values_are_those_of_the_log(tmp_path, capsys, values):
    """Each value is, to the last bit, what float() makes of the text in the log."""
    log = tmp_path / "train.log"
    log.write_text("".join(f"step {n}: loss {value!r}\n" for n, value in enumerate(values)))

    main(["export", str(log)])

    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert values == [float(row["value"]) for row in rows]
    assert list(range(len(values))) == [int(row["step"]) for row in rows]


def test_samples_come_in_the_order_of_the_log(tmp_path, capsys):
    """Rows are sorted by their place in the log, whatever their metric."""
    log = tmp_path / "train.log"
    log.write_text("".join(f"step {n}: loss {5 - n / 100}, lr 1e-{n % 9 + 1}\n" for n in range(50)))

    main(["export", str(log)])

    offsets = [int(row["offset"]) for row in csv.DictReader(io.StringIO(capsys.readouterr().out))]
    assert 100 == len(offsets)
    assert sorted(offsets) == offsets


def test_one_metric_alone(tmp_path, capsys):
    """`--metric` leaves the others out, and a name that is not there is said."""
    log = tmp_path / "train.log"
    log.write_text("step 1: loss 5.7, lr 0.1\nstep 2: loss 5.6, lr 0.2\n")

    assert exits.OK == main(["export", str(log), "--metric", "lr", "--metric", "mfu"])

    shown = capsys.readouterr()
    assert ["0.1", "0.2"] == [row["value"] for row in csv.DictReader(io.StringIO(shown.out))]
    assert f"logwatch: {log} has no metric mfu\n" == shown.err


def test_the_others_go_on(tmp_path, capsys):
    """A target that cannot be read is one sentence and exit code 3; the rest is written."""
    log = tmp_path / "train.log"
    log.write_text("step 1: loss 5.70\n")

    assert exits.UNREADABLE == main(["export", str(tmp_path / "gone.log"), str(log)])

    shown = capsys.readouterr()
    assert 2 == shown.out.count("\n")
    assert 1 == shown.err.count("\n")
