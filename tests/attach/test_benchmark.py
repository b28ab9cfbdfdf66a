"""The figures of `benchmarks/attach.py` are what they are called; how good they are is no test."""

import importlib
import math
import os
import random
import signal
import subprocess
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def load(monkeypatch, name):
    """A script of benchmarks/, which are no package."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module(name)


def test_quantiles(monkeypatch):
    """Median, 95th percentile and maximum, in ms; of nothing NaN."""
    run_maker = load(monkeypatch, "attach")

    assert pytest.approx((10.5, 19.0, 20.0)) == run_maker.quantiles(
        [number / 1e3 for number in range(20, 0, -1)]
    )
    assert all(math.isnan(value) for value in run_maker.quantiles([]))
    assert (2.0, 3.0, 3.0) == run_maker.quantiles([0.003, math.nan, 0.002, 0.001])
    assert "1.00 / 1.00 / 1.00" == run_maker.show([0.001])
    assert "-" == run_maker.show([])


def test_goals_are_judged(monkeypatch):
    """One slow pause, one failed cycle: said to be missed."""
    run_maker = load(monkeypatch, "attach")
    good = run_maker.Tried("logwatch", "train", 0.01, 2, 2, [0.001, 0.001], [0.001], [0.1, 0.1])
    bad = run_maker.Tried("logwatch", "train", 0.01, 2, 1, [0.001, 0.09], [0.001], [0.4, 0.4])

    assert ["holds"] * 3 == [line.split(": ")[1].split()[0] for line in run_maker.sum_up([good])]
    assert ["missed"] * 3 == [line.split(": ")[1].split()[0] for line in run_maker.sum_up([bad])]


def test_long_steps_have_no_goal_for_the_first_data(monkeypatch):
    """What must wait for the end of a step of 200 ms is not counted among the first data."""
    run_maker = load(monkeypatch, "attach")
    short = run_maker.Tried("logwatch", "train", 0.01, 1, 1, [0.001], [0.001], [0.1])
    long = run_maker.Tried("logwatch", "threads", 0.2, 1, 1, [0.001], [0.001], [0.9])

    first = list(run_maker.sum_up([short, long]))[1]
    assert first.endswith("holds in the median (100 / 100 / 100).")


def test_tables_are_put_between_the_marks(monkeypatch, tmp_path):
    """What stands around them stays; writing twice changes nothing more."""
    run_maker = load(monkeypatch, "attach")
    path = tmp_path / "README.md"
    path.write_text(f"before\n{run_maker.BEGIN}\nold\n{run_maker.END}\nafter\n")

    run_maker.write_into(path, "new")
    run_maker.write_into(path, "new")

    assert f"before\n{run_maker.BEGIN}\nnew\n{run_maker.END}\nafter\n" == path.read_text()


def test_ratios_are_told_as_more_or_less(monkeypatch):
    """The ratio of the sums in percent; a goal inside its interval is not decided."""
    overhead = load(monkeypatch, "attach_overhead")
    pairs = [(1.02, 1.0), (2.04, 2.0)]

    assert "+2.00 % (+2.00 to +2.00)" == overhead.spread(pairs)
    assert "+nan % (-inf to +inf)" == overhead.spread([])
    assert "holds" == overhead.judge(pairs, 1.03)
    assert "missed" == overhead.judge(pairs, 1.01)
    assert "not resolved on this machine" == overhead.judge([(1.1, 1.0), (0.9, 1.0)], 1.01)
    assert "not resolved on this machine" == overhead.judge([(1.0, 1.0)], 1.01)


def test_the_interval_holds_the_ratio(monkeypatch):
    """Of many measurements of the same about 95 % of the intervals hold the true ratio."""
    overhead = load(monkeypatch, "attach_overhead")
    monkeypatch.setattr(overhead, "RESAMPLES", 400)
    chance = random.Random(3)
    held = 0
    for _ in range(400):
        pairs = [(1.01 + chance.gauss(0, 0.1), 1 + chance.gauss(0, 0.1)) for _ in range(40)]
        _, low, high = overhead.find_ratio(pairs)
        held += low <= 1.01 <= high

    assert 0.9 <= held / 400 <= 0.98


def test_blocks_are_paired(monkeypatch):
    """Blocks with hooks are set against their neighbours without, in either order."""
    overhead = load(monkeypatch, "attach_overhead")
    steps = object.__new__(overhead.Steps)
    steps.blocks = [(0, 1.0, 2.0), (1, 3.0, 4.0), (2, 5.0, 6.0), (3, 7.0, 8.0), (1, 9.0, 0.5)]
    steps.blocks += [(0, 8.0, 0.25)]

    assert ([(3.0, 1.0), (9.0, 8.0)], [(4.0, 2.0), (0.5, 0.25)]) == steps.pairs((1, 0))
    assert ([(5.0, 7.0)], [(6.0, 8.0)]) == steps.pairs((2, 3))


@pytest.mark.torch
@pytest.mark.ptrace
def test_overhead_is_measured_in_a_real_process(monkeypatch, may_trace):
    """A guest comes into a real training, and its blocks are told; what they took is no test."""
    pytest.importorskip("torch", reason="needs torch")
    overhead = load(monkeypatch, "attach_overhead")
    found = overhead.measure_overhead(overhead.Size(32, 1, 1.0, 4, 0.03), 4.0)

    assert len(found.wall) >= 2
    assert len(found.control) >= 1
    assert found.step_s > 0


@pytest.mark.torch
def test_the_checks_of_a_gpu_hold_on_the_cpu(monkeypatch):
    """What must hold in a training on a GPU holds on the CPU, as far as it can be checked there."""
    pytest.importorskip("torch", reason="needs torch")
    checks = load(monkeypatch, "gpu_checks")

    assert 7 == len(checks.IN_PROCESS)
    for check in checks.IN_PROCESS:
        assert check("cpu")


@pytest.mark.parametrize("is_stopped", [True, False])
def test_the_sampler_sees_a_stop(monkeypatch, is_stopped):
    """A process that stands still is seen to; one that waits is not."""
    pause = load(monkeypatch, "attach_pause")
    child = subprocess.Popen(["sleep", "60"])
    try:
        with pause.Sampler(child.pid) as sampler:
            if is_stopped:
                os.kill(child.pid, signal.SIGSTOP)
                os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
    finally:
        child.kill()
        child.wait()
    assert (sampler.stopped_s > 0) == is_stopped
