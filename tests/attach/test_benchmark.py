"""The figures of `benchmarks/attach.py` are what they are called; how good they are is no test."""

import importlib
import math
import os
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
    bench = load(monkeypatch, "attach")

    assert pytest.approx((10.5, 19.0, 20.0)) == bench.quantiles(
        [number / 1e3 for number in range(20, 0, -1)]
    )
    assert all(math.isnan(value) for value in bench.quantiles([]))
    assert "1.00 / 1.00 / 1.00" == bench.show([0.001])
    assert "-" == bench.show([])


def test_goals_are_judged(monkeypatch):
    """One slow pause, one failed cycle: said to be missed."""
    bench = load(monkeypatch, "attach")
    good = bench.Tried("logwatch", "train", 0.01, 2, 2, [0.001, 0.001], [0.001], [0.1, 0.1])
    bad = bench.Tried("logwatch", "train", 0.01, 2, 1, [0.001, 0.09], [0.001], [0.4, 0.4])

    assert ["holds"] * 3 == [line.split(": ")[1].split()[0] for line in bench.sum_up([good])]
    assert ["missed"] * 3 == [line.split(": ")[1].split()[0] for line in bench.sum_up([bad])]


def test_long_steps_have_no_goal_for_the_first_data(monkeypatch):
    """What must wait for the end of a step of 200 ms is not counted among the first data."""
    bench = load(monkeypatch, "attach")
    short = bench.Tried("logwatch", "train", 0.01, 1, 1, [0.001], [0.001], [0.1])
    long = bench.Tried("logwatch", "threads", 0.2, 1, 1, [0.001], [0.001], [0.9])

    first = list(bench.sum_up([short, long]))[1]
    assert first.endswith("holds in the median (100 / 100 / 100).")


def test_tables_are_put_between_the_marks(monkeypatch, tmp_path):
    """What stands around them stays; writing twice changes nothing more."""
    bench = load(monkeypatch, "attach")
    path = tmp_path / "README.md"
    path.write_text(f"before\n{bench.BEGIN}\nold\n{bench.END}\nafter\n")

    bench.write_into(path, "new")
    bench.write_into(path, "new")

    assert f"before\n{bench.BEGIN}\nnew\n{bench.END}\nafter\n" == path.read_text()


def test_ratios_are_told_as_more_or_less(monkeypatch):
    """Median and quartiles in percent."""
    overhead = load(monkeypatch, "attach_overhead")

    assert "+2.00 % (+0.00 to +4.00)" == overhead.spread([1.0, 1.02, 1.04])
    assert "holds" == overhead.judge([1.0, 1.005, 1.01], 1.01)
    assert "missed" == overhead.judge([1.02, 1.03, 1.04], 1.01)
    assert "not resolved on this machine" == overhead.judge([0.9, 1.0, 1.1], 1.01)


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
