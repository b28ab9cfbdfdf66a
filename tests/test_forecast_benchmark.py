"""The regressions behind the forecasts: they find what is there, and hold out what they say."""

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def calibration(monkeypatch):
    """The benchmark's module."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield importlib.import_module("calibration")
    for name in ("calibration", "real_curves", "reaching"):
        sys.modules.pop(name, None)


def rows_of(matrix: np.ndarray, answer: np.ndarray, sources: list[str]) -> list:
    """Cases as a table sees them."""
    parts = zip(matrix, answer, sources, strict=True)
    return [SimpleNamespace(x=x, answer=y, source=source) for x, y, source in parts]


def kind_of(calibration, free: set[int]):
    """A way to forecast whose row is the case's own."""
    return calibration.Kind(lambda row: row.x, frozenset(free), (0.1, 0.5, 0.9))


def test_regression_finds_quantiles(calibration):
    """Of a line with noise the median's slope is the line's, and a tenth lies below the first."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 2000)
    answer = 0.5 + 2 * x + rng.normal(0, 0.3, 2000)
    matrix = np.column_stack([np.ones(2000), x])
    kind = kind_of(calibration, {0})
    table = calibration.regress(rows_of(matrix, answer, ["a"] * 2000), kind)

    assert [0.5, 2.0] == pytest.approx(table[1], abs=0.05)
    assert 0.1 == pytest.approx(np.mean(answer < matrix @ table[0]), abs=0.02)
    assert 0.9 == pytest.approx(np.mean(answer < matrix @ table[2]), abs=0.02)


def test_slope_is_negative_only_where_it_may_be(calibration):
    """A measure that would bring a lower level sooner is left out, unless it is free."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (500, 2))
    matrix = np.column_stack([np.ones(500), x])
    rows = rows_of(matrix, x[:, 0] - x[:, 1], ["a"] * 500)
    held = calibration.regress(rows, kind_of(calibration, {0}))
    free = calibration.regress(rows, kind_of(calibration, {0, 2}))

    assert (held[:, 2] == 0).all()
    assert -1 == pytest.approx(free[1, 2], abs=0.1)


def test_sources_weigh_the_same(calibration):
    """A source of a hundred cases counts no more than one of two."""
    weight = calibration.weigh(["a"] * 100 + ["b"] * 2)

    assert 0.5 == pytest.approx(weight[:100].sum())
    assert 1.0 == pytest.approx(weight.sum())


def test_group_is_forecast_without_itself(calibration, monkeypatch):
    """No row of a group is among those that its table was made from."""
    asked = []
    monkeypatch.setattr(
        calibration, "regress", lambda rows, kind: asked.append({row.source for row in rows})
    )
    monkeypatch.setattr(calibration, "answer", lambda row, table, kind: row.source)
    rows = rows_of(np.ones((6, 1)), np.ones(6), list("aabbcc"))
    found = calibration.hold_out(rows, rows, kind_of(calibration, {0}), lambda row: row.source)

    assert list("aabbcc") == found
    assert [{"b", "c"}, {"a", "c"}, {"a", "b"}] == asked


def test_rank_is_the_area_under_the_curve(calibration):
    """All hits before all misses is 1, the reverse 0."""
    reaching = importlib.import_module("reaching")
    hit = np.array([False, False, True, True])

    assert reaching.rank(np.array([0.1, 0.2, 0.8, 0.9]), hit) == 1
    assert reaching.rank(np.array([0.9, 0.8, 0.2, 0.1]), hit) == 0
