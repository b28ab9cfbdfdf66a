"""A series grows, and a view of it stays as it was."""

import itertools
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from logwatch.metrics.column import FIRST_ROOM
from logwatch.metrics.halving import RECENT
from logwatch.metrics.series import EMPTY, Series, SeriesView

FLOATS = st.floats(width=64)


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


LONG = 6 * RECENT + 1234
ODD = st.lists(
    st.tuples(
        st.integers(0, LONG - 1), st.sampled_from([math.nan, math.inf, -math.inf, 9.0, -9.0])
    ),
    max_size=30,
)


def long_samples(odd: list[tuple[int, float]] = ()) -> dict[str, np.ndarray]:
    """Columns of many samples, some of them odd."""
    values = np.random.default_rng(0).normal(3, 0.1, LONG)
    for at, value in odd:
        values[at] = value
    return samples(values.tolist())


def part_of(columns: dict[str, np.ndarray], start: int, end: int) -> dict[str, np.ndarray]:
    """Some of the samples."""
    return {name: column[start:end] for name, column in columns.items()}


class TestHalving:
    @settings(max_examples=25)
    @given(st.lists(st.integers(1, LONG - 1), max_size=5), st.integers(0, 5), ODD)
    def test_what_is_kept_does_not_depend_on_how_samples_came(
        self, cuts: list[int], early: int, odd: list[tuple[int, float]]
    ) -> None:
        """In pieces or at once, halved early or late: the same samples stay."""
        columns, ends = long_samples(odd), [0, *sorted(cuts), LONG]
        grown, whole = Series("train/loss", "step"), Series("train/loss", "step")
        for number, (start, end) in enumerate(itertools.pairwise(ends)):
            grown.extend(part_of(columns, start, end))
            grown.halve(3 if number >= early else 1)
        grown.halve(3)
        whole.extend(columns)
        whole.halve(3)

        assert whole.view().line.tolist() == grown.view().line.tolist()
        assert bits(whole.view().value) == bits(grown.view().value)
        assert whole.view().whole == grown.view().whole

    @settings(max_examples=25)
    @given(st.integers(1, LONG - 1), ODD)
    def test_of_earlier_samples_none_comes_back(
        self, cut: int, odd: list[tuple[int, float]]
    ) -> None:
        """What a later view holds of the log's beginning, an earlier one held. It is as it was."""
        columns, series = long_samples(odd), Series("train/loss", "step")
        series.extend(part_of(columns, 0, cut))
        series.halve(2)
        early = series.view()
        before = early.line.tolist()
        series.extend(part_of(columns, cut, LONG))
        later = series.view().line.tolist()

        assert before == early.line.tolist()
        assert {line for line in later if line <= cut} <= set(before)
        assert before[: early.settled] == later[: early.settled]

    @settings(max_examples=25)
    @given(ODD)
    def test_the_summary_is_of_all_samples(self, odd: list[tuple[int, float]]) -> None:
        """Counts, ends and bounds are what they are without halving."""
        columns, series = long_samples(odd), Series("train/loss", "step")
        series.extend(columns)
        plain = series.view().summary()
        series.halve(4)

        assert len(series.view()) < LONG
        assert repr(plain) == repr(series.view().summary())

    def test_recent_samples_are_whole(self) -> None:
        """The newest samples, and each column of those that stay, are those of the log."""
        columns, series = long_samples(), Series("train/loss", "step")
        series.extend(columns)
        series.halve(2)
        view = series.view()

        assert list(range(LONG - RECENT + 1, LONG + 1)) == view.line[-RECENT:].tolist()
        assert (view.line * 10).tolist() == view.offset.tolist()
        assert bits(columns["value"][view.line - 1]) == bits(view.value)
        assert LONG == view.count

    def test_a_part_counts_its_own_samples(self) -> None:
        """A tail of a view is a series of its own."""
        series = Series("train/loss", "step")
        series.extend(long_samples())
        series.halve(2)

        assert 5 == series.view().tail(-5).summary().count

    def test_forgotten_samples_are_still_counted(self) -> None:
        """After forgetting, a view holds what came later, and tells how many there were."""
        columns, series = long_samples(), Series("train/loss")
        series.extend(part_of(columns, 0, 6000))
        series.halve(1)
        early = series.view()
        series.forget()
        series.extend(part_of(columns, 6000, 6010))
        view = series.view()

        assert list(range(6001, 6011)) == view.line.tolist()
        assert (6010, 10) == (view.count, series.unforgotten)
        assert 1 == early.line[0]
