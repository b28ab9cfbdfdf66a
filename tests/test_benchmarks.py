"""The logs and readers of `benchmarks/throughput.py` are right; how fast they are is no test."""

import importlib
import json
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import regex

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
SCALE = 0.001
BAR = "\rEpoch 2/3:  10%|█▏        | 5/50 [00:01<00:09,  9.50it/s, loss=1.2345, lr=1.00e-05]"
EVAL = "\n[Eval] step 9: kd_loss: 3.10 feature_loss: 20.00 attention_loss: 0.47 total: 23.57\n"
PAIRS = "1970-01-02 00:00:01 step=7 loss=0.1000 lr=3.00e-05\n"


def load(monkeypatch, name):
    """A script of benchmarks/, which are no package, with those it imports."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module(name)


@pytest.fixture
def logs(monkeypatch, tmp_path):
    """`throughput_logs`, keeping what it writes in a folder of the test's own."""
    module = load(monkeypatch, "throughput_logs")
    monkeypatch.setattr(module, "FOLDER", tmp_path / "logs")
    return module


@pytest.fixture
def readers(monkeypatch):
    """`throughput_readers`."""
    return load(monkeypatch, "throughput_readers")


@pytest.fixture
def lnav(monkeypatch, logs):
    """`throughput_lnav`, in the folder of the logs."""
    module = load(monkeypatch, "throughput_lnav")
    monkeypatch.setattr(module, "FOLDER", logs.FOLDER)
    logs.FOLDER.mkdir()
    return module


@pytest.fixture
def report(monkeypatch):
    """`throughput_report`."""
    return load(monkeypatch, "throughput_report")


@pytest.mark.parametrize("kind", ["tqdm", "kv", "prose"])
def test_log_is_the_same_each_time(logs, kind):
    """A log's text is a function of its kind and size alone."""
    pieces = logs.LOGS[kind].pieces

    assert "".join(pieces(50_000)) == "".join(pieces(50_000))


@pytest.mark.parametrize("kind", ["tqdm", "kv", "prose"])
def test_log_has_about_the_size_that_was_asked_for(logs, kind):
    """Sizes are right to a tenth."""
    size = 2_000_000

    assert size == pytest.approx(len("".join(logs.LOGS[kind].pieces(size)).encode()), rel=0.1)


def test_prose_has_no_line_twice(logs):
    """Each line of prose is a shape of its own."""
    lines = "".join(logs.LOGS["prose"].pieces(200_000)).splitlines()

    assert len(lines) == len(set(lines))


def test_log_is_kept(logs):
    """A log that is there is not written again."""
    logs.FOLDER.mkdir()
    first = logs.keep(logs.LOGS["kv"], SCALE)
    first.write_text("kept")

    assert "kept" == logs.keep(logs.LOGS["kv"], SCALE).read_text()


def test_endless_gives_all_its_bytes_and_no_cut(logs):
    """The file that is on no disk has the size it says, and nothing that ends a line."""
    endless = logs.Endless(1000)
    read = b"".join(iter(lambda: endless.read(64), b""))

    assert (1000, []) == (len(read), [cut for cut in b"\n\r\b\0" if cut in read])


@pytest.mark.parametrize("kind", ["tqdm", "kv"])
def test_readers_give_the_same_bits(logs, readers, kind):
    """All readers read the same values of a log, and not none."""
    logs.FOLDER.mkdir()
    told = readers.compare(kind, logs.keep(logs.LOGS[kind], SCALE))

    assert {"regex": [], "hand": []} == told["differ"]
    assert told["rows"] == told["values"] // {"tqdm": 5, "kv": 4}[kind]


@pytest.mark.parametrize("reader", ["regex", "hand"])
def test_bar_is_read_by_line(readers, reader):
    """A reader by line gives what a bar and an evaluation say, steps through all epochs."""
    columns = readers.BY_LINE["tqdm"][reader](BytesIO((BAR + EVAL).encode()))
    table = {name: column.tolist() for name, column in readers.table_of_lines(columns).items()}

    assert {
        "epoch": [2.0], "epochs": [3.0], "step": [55.0], "total": [50.0], "rate": [9.5],
        "loss": [1.2345], "lr": [1e-5], "eval/step": [9.0], "eval/kd_loss": [3.1],
        "eval/feature_loss": [20.0], "eval/attention_loss": [0.47], "eval/total": [23.57],
    } == table  # fmt: skip


@pytest.mark.parametrize("reader", ["regex", "hand"])
def test_pairs_are_read_by_line(readers, reader):
    """A reader by line gives the time as seconds since 1970, and the pairs."""
    columns = readers.BY_LINE["kv"][reader](BytesIO(PAIRS.encode()))

    assert {"time": [86401.0], "step": [7.0], "loss": [0.1], "lr": [3e-5]} == columns


@pytest.mark.parametrize("size", [1, 7, 100])
def test_lines_do_not_depend_on_reads(readers, monkeypatch, size):
    """Lines are the same wherever a read ends, also within a character."""
    by_line = importlib.import_module("throughput_by_line")
    monkeypatch.setattr(by_line, "CHUNK", size)
    text = BAR + BAR + EVAL + "an unfinished end"
    lines = [line for some in by_line.split_lines(BytesIO(text.encode())) for line in some]

    assert [line for line in text.replace("\r", "\n").split("\n") if line] == [
        line for line in lines if line
    ]


def test_one_bit_is_a_difference(readers):
    """A column that differs in its last bit, or is missing, is told."""
    ours = {"loss": np.array([0.1, np.nan]), "lr": np.array([1.0]), "step": np.array([1.0])}
    theirs = {"loss": np.array([np.nextafter(0.1, 1.0), np.nan]), "lr": np.array([1.0])}

    assert ["loss", "step"] == readers.differing(ours, theirs)


def test_memory_is_measured_in_bytes(readers):
    """What a process holds is no more than what it held at most, and more than Python itself."""
    assert 5e6 < readers.memory("VmRSS") <= readers.memory("VmHWM") < 1e12


@pytest.mark.parametrize("kind", ["tqdm", "kv"])
def test_format_of_lnav_fits_the_log(logs, kind):
    """Each line that is not blank matches one pattern of the format file, as do its samples."""
    formats = json.loads((FOLDER / f"lnav_{kind}.json").read_text(encoding="utf-8"))
    (table,) = (formats[name] for name in formats if not name.startswith("$"))
    patterns = [regex.compile(one["pattern"]) for one in table["regex"].values()]
    text = "".join(logs.LOGS[kind].pieces(1000)).replace("\r", "\n")
    lines = [*text.split("\n"), *(one["line"] for one in table["sample"])]

    assert {1} == {sum(bool(one.match(line)) for one in patterns) for line in lines if line}


def test_turned_log_has_no_return_and_no_blank_start(logs, tmp_path):
    """What lnav gets is the log with `\\r` as `\\n`, without the line that makes it crash."""
    path = tmp_path / "a.log"
    path.write_bytes((BAR + BAR + EVAL).encode())

    assert (BAR[1:] + BAR.replace("\r", "\n") + EVAL).encode() == logs.turn_returns(
        path
    ).read_bytes()


def test_sums_of_lnav_are_held_against_ours(lnav):
    """Lines that were missed, sums that are wrong and sums of nothing are told; rounding is not."""
    row = {"rows": "3", "loss": "1.0000000000001", "lr": "2.0", "eval_total": lnav.NULL}

    assert ["rows", "lr", "eval/total"] == lnav.disagreements(
        row, 4, {"loss": 1.0, "lr": 2.1, "eval/total": 5.0, "time": 9.0}
    )


def test_crash_of_lnav_is_a_fault(lnav, tmp_path):
    """Where lnav wrote no answer, nothing agrees."""
    assert ["no answer"] == lnav.disagreements(lnav.read_answer(tmp_path / "none.csv"), 4, {})


def test_lnav_may_be_missing(lnav, monkeypatch, tmp_path):
    """Without lnav its version is empty, and nothing is raised."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "" == lnav.find_lnav()


@pytest.mark.parametrize("kind", ["tqdm", "kv"])
def test_lnav_reads_the_same(logs, lnav, readers, kind):
    """The real lnav gives as many lines and the same sums as the readers by line."""
    if shutil.which("lnav") is None:
        pytest.skip("needs lnav")
    path = logs.keep(logs.LOGS[kind], SCALE)
    told = readers.compare(kind, path)
    reader = lnav.Lnav(logs.LOGS[kind], path)
    reader.run()

    assert [] == reader.check(told["rows"], told["sums"])
    assert [lnav.TURNED] * (kind == "tqdm") == reader.notes


def test_target_is_judged_by_the_ratio(report):
    """A ratio below its target is missed; a reader that did not run has no verdict."""
    ours = report.Figure("logwatch", "logwatch", 100.0, 100.0, 0.0, 1e6)
    slow = report.Figure("regex", "by line", 25.0, 25.0, 0.0, 1e6)
    result = report.Result("A log", (ours, slow), ratios=report.rate((ours, slow)))

    assert {"regex": 4.0} == result.ratios
    assert ["- At least 5 x `regex`: MISSED (4.0 x).", "- All values are exact."] == report.judge(
        result
    )


def test_values_that_differ_are_told(report):
    """A reader whose values differ is told below the table, however fast it is."""
    result = report.Result("A log", (), faults=("hand: loss",))

    assert "- NOT EXACT: hand: loss" == report.describe_one(result).splitlines()[-1]


def test_figures_replace_only_figures(report, tmp_path):
    """What stands around the marks stays."""
    path = tmp_path / "README.md"
    path.write_text(f"before {report.BEGIN} old {report.END} after")
    report.write_readme("new", path)

    assert f"before {report.BEGIN}\nnew\n{report.END} after" == path.read_text()


def test_readme_without_marks_is_left_alone(report, tmp_path):
    """A file that lacks a mark is refused, not overwritten."""
    path = tmp_path / "README.md"
    path.write_text("text")

    with pytest.raises(ValueError, match="lacks"):
        report.write_readme("new", path)

    assert "text" == path.read_text()
