"""The tables of `benchmarks/diagnosis.py`: what they compare is what they say."""

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def load(monkeypatch):
    """Import a module of the benchmarks."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))

    def get(name: str) -> ModuleType:
        return importlib.import_module(name)

    return get


def outcomes(load, *delays: float):
    """Outcomes of one illness; NaN is a miss."""
    made = load("diagnosis_measure").Outcome
    return {"NaN": [made(number, delay, False) for number, delay in enumerate(delays)]}


@pytest.mark.parametrize(
    ("alarmed", "delays", "verdict"),
    [
        (0, (0.02, 0.04), "yes (+1.0 %)"),
        (1, (0.02, 0.04), "yes + (+1.0 %)"),
        (0, (0.02, np.nan), "yes + (+1.0 %)"),
        (-1, (0.02, 0.04), "**no** (+1.0 %)"),
        (0, (np.nan, np.nan), "yes +"),
    ],
)
def test_a_rule_is_beaten_on_both_axes_or_not(load, alarmed, delays, verdict):
    """As good on both is yes, better on one yes +, worse on one no; delays of what both found."""
    ours = (1, outcomes(load, 0.03, 0.05))

    rows = list(
        load("diagnosis_verdict").judge(
            ours, {"x": (1 + alarmed, outcomes(load, *delays))}, ["NaN"]
        )
    )

    assert rows[-2] == f"| x | 1 against {1 + alarmed} | {verdict} |"


def test_a_mixed_run_is_the_same_each_time(load):
    """Three to five tasks of one length, whose sum is the train loss; the seed decides."""
    make_curve, mix = load("real_curves").make_curve, load("diagnosis_mixtures").mix
    curves = [make_curve("x", np.arange(n), np.linspace(3, 1, n)) for n in range(50, 90, 5)]

    one, two = (mix(curves, np.random.default_rng(3)) for _ in range(2))

    tasks = [value for name, value in one.series.items() if name != "train/loss"]
    assert 3 <= len(tasks) <= 5
    assert np.allclose(one.loss, np.sum(tasks, axis=0))
    assert all((one.series[name] == two.series[name]).all() for name in one.series)


@pytest.mark.parametrize(("name", "expected"), [("step_time_s", 2.0), ("tokens_per_s", 0.5)])
def test_steps_that_take_twice_as_long_have_half_the_rate(load, name, expected):
    """From the sample on that is named, and not before."""
    case = load("diagnosis_injections").Case
    curve = load("real_curves").make_curve("x", np.arange(40), np.ones(40))
    view = case("", curve, {name: np.ones(40)}, 0, ()).view(40).series[name]

    slow = load("diagnosis_speeds").slow_down(view, 2.0, 30)

    assert [1.0, expected] == [slow.value[29], slow.value[30]]
