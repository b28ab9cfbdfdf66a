"""Real logs, read in place: the figures of an independent count, and nothing that is not there."""

import csv
import math
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from logwatch.metrics import windows
from logwatch.metrics.run import RunView
from logwatch.metrics.windows import FEWEST, WINDOWS, place_windows
from logwatch.parsing.library import ALL_RANKS, Library
from logwatch.session import Session
from logwatch.sources.dialects.load import load_library

pytestmark = pytest.mark.real_logs

ROOT = Path(__file__).resolve().parents[2] / "shared" / "logs"
DIALECTS = ("nanogpt", "llmc", "megatron", "megatron-deepspeed", "hf-trainer", "mae-json")
"""Folders whose logs must give each figure of the independent count."""
WINDOW = 4096
"""Bytes of a window of a log of some hundred kilobytes."""
EPOCH_AS_STEP = "last_step column holds last EPOCH"
MISREAD = {
    "sb3/cristianbautista123_hierarchical_rl_robotaxi__2025-12-06_21-21-02_train.out": (
        "a form that is not read: rewards of evaluations"
    ),
}
"""Logs whose figures are read wrongly, each with the kind of the fault."""


def rows() -> list[dict[str, str]]:
    """The independent counts; none where the logs are not beside the checkout."""
    truth = ROOT / "TRUTH.tsv"
    return list(csv.DictReader(truth.open(), delimiter="\t")) if truth.exists() else []


def labels() -> dict[str, dict[str, str]]:
    """What is right for each log; none where the logs are not beside the checkout."""
    path = ROOT / "LABELS.tsv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        table = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["file"]: row for row in table}


def files() -> list[str]:
    """All real logs, by their path under the folder."""
    return sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("*/*")) if ROOT.is_dir() else []


@pytest.fixture(autouse=True)
def _needs_logs(shared: Path) -> None:
    """The logs lie beside the checkout."""
    assert (shared / "logs").is_dir()


@cache
def run_of(name: str) -> RunView:
    """The run that a whole log gives."""
    session = Session(load_library()[0])
    with (ROOT / name).open("rb") as log:
        while data := log.read(1 << 20):
            session.feed(data)
    session.finish()
    return session.view()


def test_the_counts_are_there() -> None:
    """The folder of logs comes with its counts."""
    assert rows()


def counted() -> list[dict[str, str]]:
    """The counts of the logs of these dialects."""
    return [row for row in rows() if row["file"].split("/")[0] in DIALECTS]


@pytest.mark.parametrize("row", counted(), ids=lambda row: row["file"].split("/")[-1][:40])
def test_figures_are_those_of_the_count(row: dict[str, str]) -> None:
    """Count, first, last, lowest and last step of the train loss are those counted by hand."""
    series = run_of(row["file"]).get("train/loss")
    assert series is not None
    summary = series.summary()
    wanted = [float(row[key] or "nan") for key in ("first_loss", "last_loss", "min_loss")]

    assert int(row["n_train_points"]) == summary.count
    assert [repr(one) for one in wanted] == [
        repr(one) for one in (summary.first, summary.last, summary.min)
    ]
    last = float(series.epoch[-1]) if EPOCH_AS_STEP in row["note"] else summary.last_step
    assert row["last_step"] == "" or float(row["last_step"]) == last
    evals = [len(view) for name, view in run_of(row["file"]).series.items() if is_eval(name)]
    assert row["n_eval_points"] in ("", "0") or int(row["n_eval_points"]) in evals


def others() -> list[Any]:
    """The counts of the logs of other dialects, that of one stage of several left out."""
    wanted = [row for row in rows() if row not in counted() and "stage only" not in row["note"]]
    return [pytest.param(row, marks=marks(row["file"]), id=row["file"][-60:]) for row in wanted]


def marks(name: str) -> list[pytest.MarkDecorator]:
    """The mark of a log that is known to be read wrongly."""
    return [pytest.mark.xfail(strict=True, reason=MISREAD[name])] if name in MISREAD else []


def label_figures(name: str) -> str:
    """The figures of the train loss that the label of a log asks for."""
    label = labels()[name]
    return repr([float(label[key] or "nan") for key in ("n", "first", "last", "min")])


@pytest.mark.parametrize("row", others())
def test_figures_of_other_programs(row: dict[str, str]) -> None:
    """Some series of the training has count, first, last and lowest as they were counted by hand.

    What the count calls the loss is not a loss in all of them: perplexities, errors, rewards.
    """
    run = run_of(row["file"])
    wanted = [float(row[key]) for key in ("first_loss", "last_loss", "min_loss") if row[key]]
    found = [
        repr([float(len(view)), *(view.summary().first, view.summary().last, view.summary().min)])
        for name, view in run.series.items()
        if name.startswith("train/")
    ]

    if wanted:  # a label corrects a count that stopped early
        figures = {repr([float(row["n_train_points"]), *wanted]), label_figures(row["file"])}
        assert figures.intersection(found)
    else:
        assert "0" == row["n_train_points"] and "train/loss" not in run.series
    evals = [len(view) for name, view in run.series.items() if is_eval(name)]
    assert row["n_eval_points"] in ("", "0") or int(row["n_eval_points"]) in evals


def is_eval(name: str) -> bool:
    """Whether a metric is one of an evaluation."""
    return name.startswith(("eval/", "test/"))


@pytest.mark.parametrize("name", files(), ids=lambda name: name[-48:])
def test_every_log_is_read(name: str) -> None:
    """Every log is read to its end; NaN is claimed of a loss only where the log has one."""
    run = run_of(name)
    losses = [view for key, view in run.series.items() if key in ("train/loss", "eval/loss")]
    claims_nan = any(not math.isfinite(value) for view in losses for value in view.value.tolist())

    assert (ROOT / name).stat().st_size == run.bytes
    if claims_nan:
        assert "nan" == labels()[name]["illness"]


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in files()
        if name.endswith(("rollout.out", "nohup.out", "2_default_log_rank0.txt"))
    ],
)
def test_what_is_no_training_has_no_loss(name: str) -> None:
    """A robot's rollout, a usage message and dumps of settings give no loss."""
    assert None is run_of(name).get("train/loss")


@pytest.mark.parametrize(
    ("name", "metric", "count"),
    [
        ("custom-epoch/automl", "train/loss", 0),
        ("llmc/HectorFCardenas_llm.c__gpt2_train.11685414.log", "train/loss", 0),
        ("llmc/HectorFCardenas_llm.c__gpt2_train.11679010.log", "train/loss", 100),
        ("modded-nanogpt/KellerJordan_modded-nanogpt__2024-10-10", "step_time_s", 13),
    ],
)
def test_nan_is_told_of_what_is_nan(name: str, metric: str, count: int) -> None:
    """`(+nanz)` and `pos losses nan` make no loss NaN; `step_avg:nanms` is a time."""
    for file in [file for file in files() if file.startswith(name)]:
        series = run_of(file).get(metric)

        assert series is not None and count == series.summary().nonfinite


@pytest.mark.parametrize(("rank", "count"), [(None, 1549), (55, 1549), (ALL_RANKS, 1549), (0, 0)])
def test_whose_lines_count(rank: int | None, count: int) -> None:
    """Megatron's figures come from its last rank, here the 56th, under the labels of srun."""
    known = load_library()[0]
    session = Session(Library(known.dialects, known.entrances, rank))
    name = "megatron/elena-lyulina_Megatron-LM-Attention-Benchmark__logs_2340717.out"
    session.feed((ROOT / name).read_bytes())
    series = session.view().get("train/loss")

    assert count == (0 if series is None else len(series))


def test_source_code_at_the_head_is_no_metric() -> None:
    """modded-nanogpt logs begin with their own source: the first sample is the first step's."""
    for name in [name for name in files() if name.startswith("modded-nanogpt/")]:
        for key, view in run_of(name).series.items():
            assert view.step[0] <= 125, (name, key)
            line = (ROOT / name).read_bytes()[int(view.offset[0]) :][:80]
            assert re.search(rb"\bs(tep)?:\d", line)


def first_of_each_folder() -> list[str]:
    """One real log of each dialect that is long enough for windows."""
    large = [name for name in files() if (ROOT / name).stat().st_size > 2 * FEWEST * WINDOW]
    return list({name.split("/")[0]: name for name in reversed(large)}.values())


@pytest.mark.parametrize("name", first_of_each_folder(), ids=lambda name: name.split("/")[0])
def test_windows_tell_what_the_whole_log_tells(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample of a window is the one of the whole log there; one that is not lies within a bar."""
    monkeypatch.setattr(windows, "WINDOW_BYTES", WINDOW)
    raw, run = (ROOT / name).read_bytes(), run_of(name)
    reader = Session(load_library()[0]).sampled()
    for offset in place_windows(len(raw), min(WINDOWS, len(raw) // (2 * WINDOW))):
        reader.feed(raw[offset : offset + WINDOW], offset)

    for metric, course in reader.curves().items():
        whole = run.series[metric]
        at = np.minimum(np.searchsorted(whole.offset, course.offset), len(whole) - 1)
        same = whole.offset[at] == course.offset
        assert "step" == whole.axis
        assert whole.step[at][same].tolist() == course.step[same].tolist()
        assert np.array_equal(whole.value[at][same], course.value[same], equal_nan=True)
        if not same.all():  # a bar shows a figure again, which the whole run has once
            before = np.maximum(np.searchsorted(whole.offset, course.offset, "right") - 1, 0)
            assert np.ptp(whole.step) / 50 > np.abs(whole.step[before] - course.step).max()
