"""Columns only grow, and a view of them stays as it was."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.metrics.series import EMPTY, FIRST_ROOM, Column, Series, SeriesView, SparseColumn

FLOATS = st.floats(width=64)
PARTS = st.lists(st.lists(FLOATS, max_size=2 * FIRST_ROOM), max_size=5)


def samples(values: list[float], first_line: int = 1) -> dict[str, np.ndarray]:
    """Columns of samples that count steps."""
    count = len(values)
    lines = np.arange(first_line, first_line + count)
    nothing = np.full(count, np.nan)
    return {
        "value": np.array(values),
        "step": lines.astype(np.float64),
        "epoch": nothing,
        "time": nothing,
        "line": lines,
        "offset": lines * 10,
    }


def view_of(values: list[float]) -> SeriesView:
    """A view of these values."""
    series = Series("train/loss", "step")
    series.extend(samples(values))
    return series.view()


def bits(values: np.ndarray) -> list[int]:
    """The values bit by bit, so that NaN equals NaN."""
    return np.asarray(values, np.float64).view(np.uint64).tolist()


class TestColumn:
    @given(parts=PARTS)
    def test_holds_all_in_order(self, parts: list[list[float]]) -> None:
        """What is appended in parts is held as a whole."""
        column = Column(np.float64)
        for part in parts:
            column.extend(np.array(part, np.float64))

        assert bits(np.array(list(itertools.chain(*parts)), np.float64)) == bits(column.view())

    @given(parts=PARTS)
    def test_views_never_change(self, parts: list[list[float]]) -> None:
        """A view taken at any time is the same after any growth."""
        column, views, copies = Column(np.float64), [], []
        for part in parts:
            column.extend(np.array(part, np.float64))
            views.append(column.view())
            copies.append(bits(column.view()))

        assert copies == [bits(view) for view in views]

    def test_views_cannot_be_written(self) -> None:
        """Nobody writes into what others look at."""
        column = Column(np.int64)
        column.extend(np.array([1, 2, 3]))

        with pytest.raises(ValueError, match="read-only"):
            column.view()[0] = 9

        column.extend(np.array([4]))
        assert [1, 2, 3, 4] == column.view().tolist()


class TestSparseColumn:
    @given(parts=st.lists(st.lists(st.sampled_from([math.nan, 1.0, math.inf]), max_size=9)))
    def test_holds_what_a_column_holds(self, parts: list[list[float]]) -> None:
        """Silence at the beginning is kept as a number, and nobody sees a difference."""
        sparse, plain = SparseColumn(), Column(np.float64)
        for part in parts:
            sparse.extend(np.array(part, np.float64))
            plain.extend(np.array(part, np.float64))

            assert np.array_equal(plain.view(), sparse.view(), equal_nan=True)
            assert not sparse.view().flags.writeable


class TestSummary:
    @given(values=st.lists(FLOATS, min_size=1))
    def test_figures(self, values: list[float]) -> None:
        """Count and ends are of all samples, bounds of the finite ones."""
        summary = view_of(values).summary()

        finite = [value for value in values if math.isfinite(value)]
        assert (len(values), len(values) - len(finite)) == (summary.count, summary.nonfinite)
        assert bits(np.array([values[0], values[-1]])) == bits(
            np.array([summary.first, summary.last])
        )
        assert (1.0, float(len(values))) == (summary.first_step, summary.last_step)
        if finite:
            assert (min(finite), max(finite)) == (summary.min, summary.max)
        else:
            assert math.isnan(summary.min) and math.isnan(summary.max)

    def test_empty(self) -> None:
        """Without samples there is a count of zero, and NaN."""
        view = view_of([])

        assert EMPTY is view.summary()
        assert 0 == len(view) and math.isnan(view.last)


class TestSeriesView:
    def test_parts(self) -> None:
        """A tail, a mask and the finite samples keep all columns together."""
        view = view_of([3.0, math.nan, 2.0, math.inf, 1.0])

        assert ([2.0, math.inf, 1.0], [3, 4, 5]) == (
            view.tail(2).value.tolist(),
            view.tail(2).line.tolist(),
        )
        assert ([3.0, 2.0, 1.0], [10, 30, 50]) == (
            view.finite().value.tolist(),
            view.finite().offset.tolist(),
        )
        assert [1.0] == view.where(view.value == 1).value.tolist()
        assert 1.0 == view.last


class TestSeries:
    def test_a_view_is_of_its_moment(self) -> None:
        """What comes later is not in an earlier view."""
        series = Series("train/loss", "step")
        series.extend(samples([3.0]))
        early = series.view()
        series.extend(samples([2.0] * FIRST_ROOM, 2))

        assert ([3.0], FIRST_ROOM + 1) == (early.value.tolist(), len(series.view()))

    def test_counting_by_another_axis(self) -> None:
        """A log that begins to count makes what came before stand at 0; old views stay."""
        series = Series("train/loss")
        series.extend(samples([3.0, 2.0]))
        early = series.view()

        series.count_by("step")
        series.extend(samples([1.0], 7))

        assert ([0, 0, 7], "step") == (series.view().step.tolist(), series.view().axis)
        assert ([1, 2], "sample") == (early.step.tolist(), early.axis)
